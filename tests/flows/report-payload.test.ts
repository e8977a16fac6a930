import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  dataset,
  field,
  labelOf,
  packageFolder,
  penaltyDefinition,
  record,
  sampleInput,
  silentDataset,
} from './report-sample.ts';
import { composeReport, type Outcome, readOutline, type ReportInput } from '#information';
import { OUTCOME_SENTENCES } from '../../src/information/report/words.ts';

const outline = readOutline(packageFolder);
const compose = (change: Partial<ReportInput> = {}) =>
  composeReport(sampleInput(change), { labelOf, outline });

test('a report has cover, explanation, summary and details by list, in the order of the standard', () => {
  const payload = compose();
  assert.equal(payload.format, 'xinqiao.report/1');
  assert.deepEqual(Object.keys(payload), ['format', 'cover', 'explanation', 'summary', 'details', 'receipt']);
  assert.deepEqual(
    payload.details.map(({ list }) => list),
    ['national', 'beijing', 'voluntary'],
  );
  assert.deepEqual(
    payload.explanation.map(({ title }) => title),
    ['数据截至', '信息来源', '没有记录的含义', '异议', '信用修复', '有效期', '核验', '使用范围'],
  );
});

test('the cover says number, code, times, node, purpose and that the data are synthetic', () => {
  const { cover } = compose();
  assert.equal(cover.number, 'RPT-2026-0302-000017');
  assert.equal(cover.issuedAt, '2026-03-02T09:30:00+08:00');
  assert.equal(cover.asOf, '2026-03-01T23:59:59+08:00');
  assert.equal(cover.validUntil, '2026-04-01');
  assert.equal(cover.kind, '公开信息版');
  assert.match(cover.usccNote ?? '', /GB 32100/);
  assert.match(cover.syntheticNotice ?? '', /合成/);
  assert.equal(compose({ isSynthetic: false }).cover.syntheticNotice, null);
});

test('an enterprise without a code says so', () => {
  const enterprise = { ...sampleInput().enterprise, uscc: null };
  assert.match(compose({ enterprise }).cover.usccNote ?? '', /没有统一社会信用代码/);
});

test('an item carries source, update time, data cut-off and evidence level', () => {
  const section = compose().details[0]?.datasets.find(({ contract }) => contract === 'n08_penalty');
  assert.equal(section?.provider, '全国信用信息共享平台');
  assert.equal(section.updatedAt, '2026-03-01T10:15:00+08:00');
  assert.equal(section.cutOff, '2026-02-28');
  assert.equal(section.evidence, '提供单位归集');
  assert.equal(section.frequency, '每日');
  const voluntary = compose().details[2]?.datasets[0];
  assert.equal(voluntary?.evidence, 'L0 企业自报');
});

test('a value stands twice, canonical and as people read it', () => {
  const cells = penaltyCells(compose());
  assert.deepEqual(cells.get('fine'), {
    field: 'fine',
    title: '罚款金额',
    value: '500000',
    text: '5,000.00 元',
    isMasked: false,
  });
  assert.equal(cells.get('penalty_kind')?.text, '罚款');
});

test('a public report carries public fields alone, the enterprise sees all its fields', () => {
  assert.ok(!penaltyCells(compose()).has('inspector'));
  assert.equal(penaltyCells(compose({ purpose: 'self' })).get('inspector')?.text, '王某');
});

test('marks are shown and disputes are counted', () => {
  const payload = compose();
  const section = payload.details[0]?.datasets.find(({ contract }) => contract === 'n08_penalty');
  assert.deepEqual(section?.records[0]?.marks, [{ mark: 'disputed', text: '异议处理中' }]);
  assert.equal(payload.summary.counts.disputed, 1);
  assert.match(payload.explanation[3]?.text ?? '', /行政处罚信息（双公示）/);
});

test('every outcome has a sentence of its own, and only two of them judge', () => {
  const outcomes = Object.keys(OUTCOME_SENTENCES) as Outcome[];
  assert.equal(new Set(Object.values(OUTCOME_SENTENCES)).size, 8);
  for (const outcome of outcomes) {
    const { details, summary } = compose({ datasets: [silentDataset('n20_patent', '专利', outcome)] });
    const section = details[0]?.datasets[0];
    const shown = outcome === 'ok' ? 'no_data' : outcome;
    assert.equal(section?.outcome, shown);
    assert.equal(section.sentence, OUTCOME_SENTENCES[shown]);
    const isKnown = ['ok', 'no_data', 'not_covered'].includes(outcome);
    assert.equal(summary.counts.datasetsNotAnswered, isKnown ? 0 : 1, outcome);
    assert.equal(summary.positive.notAnswered.length, isKnown ? 0 : 1, outcome);
  }
});

test('records under an outcome that has none are a programmer’s error', () => {
  for (const outcome of ['denied', 'no_data', 'not_covered', 'not_connected', 'source_down'] as const) {
    const datasets = [dataset(penaltyDefinition, [record('p', { fine: '1' })], { outcome })];
    assert.throws(() => compose({ datasets }), { name: 'AssertionError' });
  }
});

test('of two thousand records fifty are printed and the rest is counted', () => {
  const records = Array.from({ length: 2000 }, (_, i) => record(`p${i}`, { fine: String(i) }));
  const section = compose({ datasets: [dataset(penaltyDefinition, records)] }).details[0]?.datasets[0];
  assert.equal(section?.records.length, 50);
  assert.equal(section.moreRecords, 1950);
  assert.equal(section.totalRecords, 2000);
});

test('records that exist beyond those handed in are counted too', () => {
  const datasets = [dataset(penaltyDefinition, [record('p', { fine: '1' })], { totalRecords: 7 })];
  assert.equal(compose({ datasets }).details[0]?.datasets[0]?.moreRecords, 6);
});

test('the summary names adverse and good datasets with their counts, and what it could not judge', () => {
  const { summary } = compose();
  assert.deepEqual(
    summary.adverse.found.map(({ contract, records }) => [contract, records]),
    [
      ['n05_abnormal_list', 1],
      ['n08_penalty', 1],
    ],
  );
  assert.deepEqual(summary.adverse.notAnswered, ['各领域严重失信主体名单', '安全生产处罚与事故']);
  assert.deepEqual(
    summary.positive.found.map(({ contract }) => contract),
    ['n12_taxpayer_a', 'b02_license_bj'],
  );
});

test('basic information comes from the registration, without empty values', () => {
  const registration = {
    id: 'n01_registration',
    list: 'national' as const,
    name: '市场主体登记基本信息',
    provider: '登记机关',
    fields: [field('kind', '企业类型'), field('address', '住所')],
  };
  const datasets = [dataset(registration, [record('r', { kind: '有限责任公司', address: null })])];
  const { basic } = compose({ datasets }).summary;
  assert.deepEqual(
    basic?.cells.map(({ title, text }) => [title, text]),
    [['企业类型', '有限责任公司']],
  );
  assert.equal(compose({ datasets: [] }).summary.basic, null);
});

test('money of a foreign currency keeps it', () => {
  const definition = { ...penaltyDefinition, fields: [field('fine', '罚款金额', { kind: 'money' })] };
  const datasets = [dataset(definition, [record('p', { fine: '5000000', fine_currency: 'USD' })])];
  const cell = compose({ datasets }).details[0]?.datasets[0]?.records[0]?.cells[0];
  assert.equal(cell?.text, '50,000.00 USD');
});

test('the summary looks only at datasets that the lists know', () => {
  const known = new Set(
    ['national', 'beijing', 'voluntary'].flatMap((list) => readdirSync(join(packageFolder, 'lists', list))),
  );
  for (const id of [...outline.basic, ...outline.adverse, ...outline.positive]) {
    assert.ok(known.has(`${id}.odcs.yaml`), id);
  }
});

test('the same input gives the same payload', () => {
  assert.equal(JSON.stringify(compose()), JSON.stringify(compose()));
});

function penaltyCells(payload: ReturnType<typeof compose>) {
  const section = payload.details[0]?.datasets.find(({ contract }) => contract === 'n08_penalty');
  return new Map(section?.records[0]?.cells.map((cell) => [cell.field, cell]));
}
