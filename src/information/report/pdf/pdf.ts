import { SignPdf } from '@signpdf/signpdf';
import { Signer } from '@signpdf/utils';
import type { SignedReport } from '../sign.ts';
import type { CertifiedKey } from '#kernel';
import { signCades } from './cades.ts';
import type { PdfCompiler } from './compile.ts';
import { addSignaturePlaceholder } from './placeholder.ts';

/** A finished PDF, and the characters its font could not draw (printed as code points). */
export type RenderedPdf = { readonly pdf: Buffer; readonly missing: readonly number[] };

/** The PDF form: PDF/A-3u with the token attached, signed as a whole by PAdES B-B (ETSI EN 319 142-1). */
export async function renderPdf(
  report: SignedReport,
  by: { compile: PdfCompiler; key: CertifiedKey },
): Promise<RenderedPdf> {
  const { cover } = report.payload;
  const { pdf, missing } = by.compile(report);
  const prepared = addSignaturePlaceholder(pdf, {
    reason: `${cover.title} ${cover.number}`,
    name: cover.nodeName,
    at: new Date(cover.issuedAt),
  });
  return { pdf: await new SignPdf().sign(prepared, new CadesSigner(by.key)), missing };
}

/** Hands the content to be signed from @signpdf to our own CAdES. */
class CadesSigner extends Signer {
  readonly #key: CertifiedKey;

  constructor(key: CertifiedKey) {
    super();
    this.#key = key;
  }

  override sign(content: Buffer): Promise<Buffer> {
    return Promise.resolve(signCades(content, this.#key));
  }
}
