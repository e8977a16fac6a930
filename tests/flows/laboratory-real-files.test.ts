import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  binVariables,
  crossValidate,
  findLeaks,
  fitCard,
  ivOfEachValue,
  type LeakageRules,
  type Plan,
  readTable,
  readTarget,
  shapePlan,
  sharesOf,
} from '#evaluation';
import { readEnv } from '#kernel';

/** Real files are read where they are; no row of them appears in the project. */
const samples = readEnv().XINQIAO_SAMPLE_DATA;
const skip = samples === undefined ? 'needs XINQIAO_SAMPLE_DATA' : false;

test('German credit: 13 of 20 variables pass, and the checking account has IV 0.666', { skip }, async () => {
  const { table, target } = await open('germancredit.csv', {
    target: { column: 'creditability', bad: 'bad' },
  });
  assert.deepEqual([table.rowCount, table.brokenRows], [1_000, 0]);
  const variables = [...table.columns.values()].filter(({ name }) => name !== 'creditability');
  const passed = variables.filter(
    (column) =>
      ivOfEachValue(column, target) >= 0.02 && sharesOf(column, table.rowCount).identicalShare <= 0.95,
  );
  assert.deepEqual([variables.length, passed.length], [20, 13]);
  const [account] = variables;
  assert.ok(account !== undefined);
  assert.equal(ivOfEachValue(account, target).toFixed(3), '0.666');
});

test('German credit: the card tells bad from good about as well as published ones do', { skip }, async () => {
  const { table, target, plan } = await open('germancredit.csv', {
    target: { column: 'creditability', bad: 'bad' },
  });
  assert.deepEqual(fitCard(table, target, plan).leaks, []);
  const { auc, refused } = crossValidate(table, target, plan, { folds: 5, repeats: 2, seed: 1 });
  assert.deepEqual(refused, {});
  assert.ok(auc.mean > 0.75 && auc.mean < 0.82 && auc.low > 0.65, JSON.stringify(auc));
});

test('Polish companies, five years: a card of ratios with gaps, outside of its own rows', {
  skip,
}, async () => {
  const { table, target, plan } = await open('polish_bankruptcy_5year.arff', {
    target: { column: 'bankruptcy', bad: '1' },
  });
  assert.deepEqual([table.rowCount, table.columns.size, table.brokenRows], [5_910, 65, 0]);
  assert.equal(
    target.bad.reduce((sum, value) => sum + value, 0),
    410,
  );
  const { auc, refused } = crossValidate(table, target, plan, { folds: 3, repeats: 1, seed: 1 });
  assert.deepEqual(refused, {});
  assert.ok(auc.mean > 0.85 && auc.mean < 0.97, JSON.stringify(auc));
});

test('SBA loans: the laboratory names the leaking columns', { skip }, async () => {
  const named = async (leakage: Partial<LeakageRules>) => {
    const study = await open('sba_case.csv', { target: { column: 'Default', bad: '1' }, leakage });
    return findLeaks(study, binVariables(study.table, study.target, study.plan));
  };
  const unaided = (await named({})).map(({ variable }) => variable);
  assert.deepEqual(unaided.sort(), ['ChgOffDate', 'ChgOffPrinGr', 'MIS_Status', 'Term', 'daysterm']);
  const leaks = await named({
    asOf: 'DisbursementDate',
    dates: ['ChgOffDate', 'xx'],
    knownAt: { ChgOffPrinGr: 'ChgOffDate', Term: 'xx' },
    after: ['Selected', 'BalanceGross'],
  });
  const after = leaks.filter(({ kind }) => kind === 'known_after').map(({ variable }) => variable);
  assert.deepEqual(after.sort(), ['BalanceGross', 'ChgOffDate', 'ChgOffPrinGr', 'Selected', 'Term', 'xx']);
});

async function open(
  file: string,
  written: Partial<Omit<Plan, 'leakage'>> & { leakage?: Partial<LeakageRules> },
) {
  const plan = shapePlan(written);
  const table = await readTable(join(samples ?? '', 'scoring', file));
  return { table, target: readTarget(table, plan.target.column, plan.target.bad), plan };
}
