import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignedReport } from '../sign.ts';
import type { Font } from './font.ts';
import { viewOf } from './view.ts';

/** Makes the unsigned PDF of a report; owns one Typst instance, whose font and template stay loaded. */
export type PdfCompiler = (report: SignedReport) => { pdf: Buffer; missing: number[] };

/** Compiles after which Typst may forget what it has not used since: bounds its memory at no cost in time. */
const CACHE_COMPILES = 2;

/**
 * PDF/A-3u: PDF/A-2u with one difference, that a file of any type may be attached, and the signed token is attached
 * (`report.sd-jwt`, relationship Source), so that the PDF alone gives machines what people read.
 */
const PDF_STANDARD = 'a-3u';

/** Opens the compiler on the package's template and a font. Compiling blocks the thread for some 20 ms. */
export async function openPdfCompiler(packageFolder: string, font: Font): Promise<PdfCompiler> {
  // Loaded with the first PDF: it is large, and most processes print none.
  const { NodeCompiler } = await import('@myriaddreamin/typst-ts-node-compiler');
  const folder = join(packageFolder, 'assets/report');
  const template = readFileSync(join(folder, 'report.typ'), 'utf8');
  const compiler = NodeCompiler.create({ workspace: folder, fontArgs: [{ fontBlobs: [font.bytes] }] });
  return (report) => {
    const { view, missing } = viewOf(report, font);
    const pdf = compiler.pdf(
      // The token apart: it is as long as all that is printed, and text in the view is looked through more than once.
      { mainFileContent: template, inputs: { view: JSON.stringify(view), token: report.token } },
      {
        pdfStandard: PDF_STANDARD,
        // The HTML form is the accessible one; tags would more than double the file.
        pdfTags: false,
        creationTimestamp: Math.floor(Date.parse(report.payload.cover.issuedAt) / 1000),
      },
    );
    compiler.evictCache(CACHE_COMPILES);
    return { pdf, missing };
  };
}
