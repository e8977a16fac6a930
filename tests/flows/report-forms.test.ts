import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { canonicalJson, Refusal } from '#kernel';
import {
  composeReport,
  openFont,
  openPdfCompiler,
  readOutline,
  renderHtml,
  renderJson,
  renderPdf,
  type SignedReport,
  sealPayload,
  signReport,
  verifyReportFile,
} from '#information';
import { labelOf, packageFolder, sampleInput, sampleNode } from './report-sample.ts';

/** Positions tried per file when looking for a byte that could be changed unseen. */
const POSITIONS = 400;

suite('a report in its forms', () => {
  const node = sampleNode();
  const files: Record<string, Buffer> = {};
  let report: SignedReport;

  before(async () => {
    const payload = composeReport(sampleInput(), { labelOf, outline: readOutline(packageFolder) });
    report = signReport(sealPayload(payload), node.report);
    const compile = await openPdfCompiler(packageFolder, await openFont(packageFolder));
    files['token'] = Buffer.from(report.token);
    files['json'] = Buffer.from(renderJson(report));
    files['html'] = Buffer.from(renderHtml(report, node.report));
    files['pdf'] = renderPdf(report, { compile, key: node.pdf }).pdf;
  });

  const file = (form: string) => files[form] ?? assert.fail(form);
  const verify = (bytes: Buffer, trust = node.trust) => verifyReportFile(bytes, trust);
  const refuses = (bytes: Buffer, code: string | RegExp, trust = node.trust) =>
    assert.rejects(verify(bytes, trust), (error: unknown) => {
      assert.ok(error instanceof Refusal, String(error));
      assert.match(error.code, typeof code === 'string' ? new RegExp(`^${code}$`) : code);
      return true;
    });

  for (const form of ['token', 'json', 'html', 'pdf']) {
    test(`the ${form} form verifies and gives back the payload`, async () => {
      const verified = await verify(file(form));
      assert.equal(verified.form, form);
      assert.equal(verified.hash, report.hash);
      assert.equal(canonicalJson(verified.payload), canonicalJson(report.payload));
    });

    test(`one changed bit anywhere in the ${form} form is refused`, async () => {
      const bytes = file(form);
      const step = Math.max(1, Math.floor(bytes.length / POSITIONS));
      for (let at = 0; at < bytes.length; at += step)
        await refuses(flipped(bytes, at, 1 << (at % 8)), /^report\./);
    });

    test(`a letter that changes only its case in the ${form} form is refused`, async () => {
      const bytes = file(form);
      const step = Math.max(1, Math.floor(bytes.length / POSITIONS));
      for (let at = 7; at < bytes.length; at += step) await refuses(flipped(bytes, at, 0x20), /^report\./);
    });

    test(`the ${form} form is refused with a byte more at its end or one less`, async () => {
      await refuses(Buffer.concat([file(form), Buffer.from('\n')]), /^report\./);
      await refuses(file(form).subarray(0, -1), /^report\./);
    });

    test(`the ${form} form of a node that is not trusted is refused`, async () => {
      await refuses(
        file(form),
        /^report\.(key_unknown|pdf_certificate_untrusted)$/,
        sampleNode('another').trust,
      );
    });

    test(`the ${form} form under a key of the same name but another value is refused`, async () => {
      await refuses(file(form), /^report\.(signature_wrong|pdf_certificate_untrusted)$/, sampleNode().trust);
    });
  }

  test('a byte order mark before the file is a change', async () => {
    const mark = Buffer.from([0xef, 0xbb, 0xbf]);
    await refuses(Buffer.concat([mark, file('html')]), /^report\./);
    await refuses(Buffer.concat([mark, file('json')]), /^report\./);
  });

  test('readable content beside an honest token is refused when it says something else', async () => {
    const changed = file('json').toString('utf8').replace('5,000.00 元', '0.00 元');
    await refuses(Buffer.from(changed), 'report.content_changed');
    const page = file('html').toString('utf8').replace('5,000.00 元', '0.00 元');
    await refuses(Buffer.from(page), 'report.content_changed');
  });

  test('the signature of one page does not serve another', async () => {
    const other = signReport(
      sealPayload({ ...report.payload, cover: { ...report.payload.cover, number: 'RPT-2026-0302-000018' } }),
      node.report,
    );
    const slot = /(<template id="xinqiao-signature">)([^<]*)/;
    const foreign = slot.exec(renderHtml(other, node.report))?.[2] ?? assert.fail('no signature');
    const page = file('html')
      .toString('utf8')
      .replace(slot, (_, open: string) => open + foreign);
    await refuses(Buffer.from(page), 'report.content_changed');
  });

  test('every byte of the signature dictionary of the PDF counts', async () => {
    const bytes = file('pdf');
    const start = bytes.indexOf('/ByteRange');
    const end = bytes.indexOf('/Contents <') + 2600; // past the end of the signature itself, into its padding
    for (let at = start; at < end; at += 3) await refuses(flipped(bytes, at, 1), /^report\./);
  });

  test('an incremental update after the signature is refused by its name', async () => {
    const update = Buffer.from('\n99 0 obj\n<< >>\nendobj\nstartxref\n0\n%%EOF\n');
    await refuses(Buffer.concat([file('pdf'), update]), 'report.pdf_extended');
  });

  test('a PDF whose visible text was changed is refused by its name', async () => {
    const at = file('pdf').indexOf('stream\n') + 40;
    await refuses(flipped(file('pdf'), at, 1), 'report.pdf_changed');
  });

  test('other files are not taken for reports', async () => {
    for (const text of ['', 'hello', '{}', '[]', '%PDF-1.7\n%%EOF', '<!doctype html><p>', 'ey', 'a.b.c~']) {
      await refuses(Buffer.from(text), /^report\./);
    }
  });

  test('a token with the algorithm none is refused', async () => {
    const header = Buffer.from(JSON.stringify({ alg: 'none', kid: node.report.kid })).toString('base64url');
    const [, payload] = report.token.split('.');
    await refuses(Buffer.from(`${header}.${payload}.~`), /^report\./);
  });
});

function flipped(bytes: Buffer, at: number, mask: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}
