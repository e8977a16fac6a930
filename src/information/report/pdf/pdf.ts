import type { SignedReport } from '../sign.ts';
import type { CertifiedKey } from '#kernel';
import { signCades } from './cades.ts';
import type { PdfCompiler } from './compile.ts';
import { signPdf } from './sign-pdf.ts';

/** A finished PDF, and the characters its font could not draw (printed as code points). */
export type RenderedPdf = { readonly pdf: Buffer; readonly missing: readonly number[] };

/** The PDF form: PDF/A-3u with the token attached, signed as a whole by PAdES B-B (ETSI EN 319 142-1). */
export function renderPdf(
  report: SignedReport,
  by: { compile: PdfCompiler; key: CertifiedKey },
): RenderedPdf {
  const { cover } = report.payload;
  const { pdf, missing } = by.compile(report);
  const signed = signPdf(pdf, {
    reason: `${cover.title} ${cover.number}`,
    name: cover.nodeName,
    at: new Date(cover.issuedAt),
    sign: (content) => signCades(content, by.key),
  });
  return { pdf: signed, missing };
}
