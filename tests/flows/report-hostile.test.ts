import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import {
  composeReport,
  openFont,
  openPdfCompiler,
  type PdfCompiler,
  readOutline,
  renderHtml,
  renderPdf,
  type ReportInput,
  sealPayload,
  signReport,
  verifyReportFile,
} from '#information';
import {
  dataset,
  labelOf,
  packageFolder,
  penaltyDefinition,
  record,
  sampleInput,
  sampleNode,
  silentDataset,
} from './report-sample.ts';

const HOSTILE = [
  '#let x = 1; #panic("x") *粗* _斜_ $a/b$ `raw` @ref <label> \\u{0} // 注释 /* */ [内容] #{ 1 }',
  '<script>alert(1)</script><img src=x onerror=alert(1)>"\'&amp;</template><style>*{display:none}</style>',
  '= 标题\n- 条\n+ 项\n#read("/etc/passwd")',
  'A'.repeat(3000),
  '\u202e反向\u0007响铃\u200b',
];

suite('a report with hostile or unusual content', () => {
  const node = sampleNode();
  let compile: PdfCompiler;
  before(async () => {
    compile = await openPdfCompiler(packageFolder, await openFont(packageFolder));
  });

  function signed(change: Partial<ReportInput>) {
    const payload = composeReport(sampleInput(change), { labelOf, outline: readOutline(packageFolder) });
    return signReport(sealPayload(payload), node.report);
  }

  for (const [i, text] of HOSTILE.entries()) {
    test(`text that looks like markup is only text (${i + 1} of ${HOSTILE.length})`, async () => {
      const report = signed({
        enterprise: { ...sampleInput().enterprise, name: text, formerNames: [text, text] },
        nodeName: text,
        datasets: [
          dataset({ ...penaltyDefinition, name: text, provider: text }, [
            record('p', { reason: text }, [text]),
          ]),
        ],
      });
      const { pdf } = renderPdf(report, { compile, key: node.pdf });
      assert.equal((await verifyReportFile(pdf, node.trust)).payload.cover.enterpriseName, text);
      const page = renderHtml(report, node.report);
      assert.equal(
        (await verifyReportFile(Buffer.from(page), node.trust)).payload.cover.enterpriseName,
        text,
      );
      assert.deepEqual(tagsBeyondOurs(page), []);
    });
  }

  test('the page has no script, no handler and no reference outside itself', async () => {
    const page = renderHtml(signed({}), node.report);
    assert.doesNotMatch(page, /<script|\son\w+=|javascript:|\ssrc=|\shref=|url\(|@import/i);
    assert.match(page, /<html lang="zh-CN">/);
    assert.match(page, /Content-Security-Policy" content="default-src &#39;none&#39;/);
  });

  test('characters without a glyph are printed as code points and reported', async () => {
    const report = signed({ enterprise: { ...sampleInput().enterprise, name: '北京𠀀한글😀公司' } });
    const { pdf, missing } = renderPdf(report, { compile, key: node.pdf });
    assert.deepEqual(new Set(missing), new Set([0x20000, 0xd55c, 0xae00, 0x1f600]));
    assert.equal((await verifyReportFile(pdf, node.trust)).payload.cover.enterpriseName, '北京𠀀한글😀公司');
  });

  test('rare Han characters of names and all of GB 2312 have their glyphs', async () => {
    const { hasGlyph } = await openFont(packageFolder);
    for (const character of '龘㙓䶮𬭚𫖯𫗧〇①㎡℃￥—…')
      assert.ok(hasGlyph(character.codePointAt(0) ?? 0), character);
    const decoder = new TextDecoder('gb18030', { fatal: true });
    for (let row = 0xb0; row <= 0xf7; row += 1) {
      for (let cell = 0xa1; cell <= (row === 0xd7 ? 0xf9 : 0xfe); cell += 1) {
        const character = decoder.decode(Uint8Array.of(row, cell));
        assert.ok(hasGlyph(character.codePointAt(0) ?? 0), character);
      }
    }
  });

  test('two thousand records and every dataset of the lists fit into one report', async () => {
    const records = Array.from({ length: 2000 }, (_, i) =>
      record(`p${i}`, {
        decision_no: `京罚〔2025〕${i} 号`,
        fine: String(i * 100),
        decided_on: '2025-11-20',
      }),
    );
    const others = Array.from({ length: 104 }, (_, i) =>
      silentDataset(`${'nbv'[i % 3]}${String(i % 100).padStart(2, '0')}_other`, `数据集 ${i}`, 'no_data'),
    );
    const report = signed({ datasets: [dataset(penaltyDefinition, records), ...others] });
    const page = renderHtml(report, node.report);
    assert.match(page, /共 2000 条，此处列出 50 条，另有 1950 条未列出/);
    const { pdf } = renderPdf(report, { compile, key: node.pdf });
    const { payload } = await verifyReportFile(pdf, node.trust);
    assert.equal(payload.details.flatMap(({ datasets }) => datasets).length, 105);
  });

  test('a report without any dataset can still be issued', async () => {
    const report = signed({ datasets: [] });
    const { pdf } = renderPdf(report, { compile, key: node.pdf });
    assert.equal((await verifyReportFile(pdf, node.trust)).payload.details.length, 0);
  });

  test('the PDF says of itself that it is PDF/A-3u and carries the token as its source', async () => {
    const { pdf } = renderPdf(signed({}), { compile, key: node.pdf });
    const text = pdf.toString('latin1');
    assert.match(text, /<pdfaid:part>3<\/pdfaid:part>/);
    assert.match(text, /<pdfaid:conformance>U<\/pdfaid:conformance>/);
    assert.match(text, /\/AFRelationship \/Source/);
    assert.equal(text.match(/\/ID \[/g)?.length, 2, 'both trailers carry the file identifier');
  });
});

/** Element names in a page that its own drawing never uses. */
function tagsBeyondOurs(page: string): string[] {
  const ours = new Set(
    'html head meta title style body main header div p h1 h2 h3 h4 svg path dl dt dd section small ul li span table thead tbody tr th td article footer br template'.split(
      ' ',
    ),
  );
  const used = [...page.matchAll(/<([a-z][a-z0-9]*)/gi)].map(([, name]) => (name ?? '').toLowerCase());
  return used.filter((name) => !ours.has(name));
}
