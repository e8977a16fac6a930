import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import {
  crossValidate,
  findLeaks,
  binVariables,
  loadIndicators,
  readTable,
  readTarget,
  shapePlan,
} from '#evaluation';
import { inTransaction, readEnv } from '#kernel';
import { type DeliveryReceipt, findEnterprise } from '#lists';
import { deliverInvoices } from '../../examples/invoices-default/deliver.ts';
import { type Direction, type Firm, readFirms } from '../../examples/invoices-default/files.ts';
import {
  type FirmValues,
  invoiceIndicators,
  readValues,
  toCsv,
} from '../../examples/invoices-default/values.ts';
import { accountedRows, openTestLists } from '../support/lists.ts';
import { callerOf } from './consent-setting.ts';

/** Real files are read where they are; no row of them appears in the project. */
const samples = readEnv().XINQIAO_SAMPLE_DATA;
const skip = samples === undefined ? 'needs XINQIAO_SAMPLE_DATA' : false;
const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(samples ?? '', 'invoices');
const AS_OF = '2020-02-21';
/** The same invoice twice is one; two that contradict each other are both held back. */
const INPUT = { rows: 210_947, new: 210_140, quarantined: 4, duplicateInFile: 803, held: 0 };
const OUTPUT = { rows: 162_484, new: 158_046, quarantined: 2, duplicateInFile: 4_436, held: 0 };
/** Stated in docs/laboratory.md for the mean over the folds. */
const AUC = { from: 0.8, to: 0.88 };
/** Brier score of saying the share of defaults of every firm: 27 · 96 / 123². */
const BRIER_OF_RATE = 0.171;

const lists = await openTestLists({ after });
const book = loadIndicators([join(ROOT, 'models')], lists.catalogue);
const compiled = invoiceIndicators(book);
const folder = mkdtempSync(join(tmpdir(), 'xinqiao-invoices-'));
after(() => rmSync(folder, { recursive: true }));
const at = { firms: [] as Firm[], rows: [] as FirmValues[] };

test('the invoices of 123 firms load whole, every row accounted for', { skip }, async () => {
  at.firms = readFirms(FOLDER);
  assert.equal(at.firms.length, 123);
  assert.equal(at.firms.filter(({ hasDefaulted }) => hasDefaulted).length, 27);
  const delivered = async (direction: Direction) => {
    const receipt = await deliverInvoices(lists, FOLDER, { direction, firms: at.firms });
    assert.equal(accountedRows(receipt), receipt.rows);
    return countsOf(receipt);
  };
  assert.deepEqual(await delivered('input'), INPUT);
  assert.deepEqual(await delivered('output'), OUTPUT);
});

test('each firm reads the values of its own invoices, and every indicator tells firms apart', {
  skip,
}, async () => {
  at.rows = await readValues(lists, compiled, { firms: at.firms, asOf: AS_OF, signIn: representative });
  for (const [n, id] of compiled.ids.entries()) {
    const values = at.rows.map(({ values: own }) => own[n]?.value ?? null);
    assert.ok(new Set(values).size > 5, id);
  }
});

test('a model of default under cross-validation has its AUC within the stated range', { skip }, async () => {
  const file = join(folder, 'values.csv');
  writeFileSync(file, toCsv(at.rows, compiled.ids));
  const plan = shapePlan(parse(readFileSync(join(ROOT, 'examples/invoices-default/plan.yaml'), 'utf8')));
  const table = await readTable(file);
  const target = readTarget(table, plan.target.column, plan.target.bad);
  assert.deepEqual([...table.columns.keys()], ['firm', 'defaulted', ...compiled.ids]);
  const leaks = findLeaks({ table, target, plan }, binVariables(table, target, plan));
  assert.deepEqual(leaks, []);
  const { auc, brier, refused } = crossValidate(table, target, plan, { folds: 5, repeats: 4, seed: 1 });
  assert.deepEqual(refused, {});
  assert.ok(auc.mean > AUC.from && auc.mean < AUC.to, JSON.stringify(auc));
  assert.ok(auc.low > 0.5 && auc.high < 1, JSON.stringify(auc));
  assert.ok(brier.mean < BRIER_OF_RATE, JSON.stringify(brier));
});

function countsOf({ rows, new: fresh, quarantined, duplicateInFile, held }: DeliveryReceipt) {
  return { rows, new: fresh, quarantined, duplicateInFile, held };
}

async function representative({ code }: Firm) {
  const { enterpriseId } = await inTransaction(lists.database, (tx) => findEnterprise(tx, code));
  return callerOf({ id: `acc_${code}`, kind: 'enterprise', roles: ['legal_representative'], enterpriseId });
}
