import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readEnv, Refusal } from '#kernel';
import { loadCatalogue } from '../contract/load.ts';
import { checkFile, type CheckSink } from './check-file.ts';
import type { CheckSummary } from './check-task.ts';
import { type Mapping, parseMapping } from './mapping.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const samples = readEnv().XINQIAO_SAMPLE_DATA;
const skip = samples === undefined ? 'XINQIAO_SAMPLE_DATA names no folder of real files' : false;

async function check(
  file: string,
  contractId: string,
  mapping?: Mapping,
): Promise<CheckSummary & { text: string }> {
  const catalogue = loadCatalogue([join(ROOT, 'lists')]);
  const contract = catalogue.contracts.get(contractId);
  assert.ok(contract !== undefined);
  const buffers: Buffer[] = [];
  const keep = (lines: Buffer): Promise<void> => Promise.resolve(void buffers.push(lines));
  const sink: CheckSink = { rows: keep, defects: keep };
  const path = join(samples ?? '', file);
  const task = { path, contract, codeTables: catalogue.codeTables, mapping, today: '2026-01-15' };
  return { ...(await checkFile(task, sink)), text: Buffer.concat(buffers).toString('utf8') };
}

test('the Beijing registrations of 2019 load whole, every amount read', { skip }, async () => {
  const summary = await check('registration/beijing_2019.csv', 'n01_registration');
  assert.deepEqual([summary.rows, summary.accepted, summary.quarantined], [4626, 4626, 0]);
  assert.equal(summary.filled.registered_capital, 4626 - 447, '447 cells say that there is no amount');
  assert.deepEqual(summary.ignoredColumns, []);
});

test('the registrations of all provinces load whole', { skip }, async () => {
  const summary = await check('registration/provinces_2019_sample.csv', 'n01_registration');
  assert.deepEqual([summary.rows, summary.quarantined], [3100, 0]);
  assert.equal(summary.filled.registered_capital, 3100 - 531);
});

const TAX = 'tax/a_taxpayers_heilongjiang_2018.csv';

test('the taxpayers of Heilongjiang are refused as they stand, with what was seen', { skip }, async () => {
  await assert.rejects(check(TAX, 'n12_taxpayer_a'), (error: unknown) => {
    assert.ok(error instanceof Refusal && error.code === 'delivery.header_misfit');
    assert.deepEqual([error.params.headerColumns, error.params.rowColumns, error.params.rows], [6, 5, 50]);
    return true;
  });
});

test('with a mapping of a few lines they load, numbers shaped like identity cards masked', {
  skip,
}, async () => {
  const text = readFileSync(join(ROOT, 'tests/fixtures/mappings/n12_taxpayer_a.heilongjiang.yaml'), 'utf8');
  const summary = await check(TAX, 'n12_taxpayer_a', parseMapping(text));
  assert.deepEqual([summary.rows, summary.accepted], [5233, 5233]);
  assert.equal(summary.filled.credit_level, 5233);
  const failed = new Map(summary.checks.map((one) => [one.rule, one.failed]));
  assert.equal(failed.get('subject.id_card_shaped'), 3);
  assert.equal([...summary.text.matchAll(/\t\d{6}\*{8,10}\d{3}[\dX]\t/g)].length, 3);
});
