import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { bringModelIntoForce, keepDefinitions, runEvaluation } from '#evaluation';
import { inTransaction, newId } from '#kernel';
import { loadReturnsRules, type ReturnsRules } from '#returns';
import { decidePopulation } from '#security';
import { systemCaller } from '#platform';
import { measureContribution } from '../../src/returns/sheets/contribution.ts';
import { openEvaluation, scheduled } from './evaluation-setting.ts';
import { fillCity } from './indicators-city.ts';

const ENTERPRISES = 120;
const setting = await openEvaluation({ after });
const { context, database } = setting;
await fillCity(setting.indicators, ENTERPRISES);
await inTransaction(database, async (tx) => {
  await keepDefinitions(tx, context.book, context.clock.now());
  await bringModelIntoForce(tx, context, { caller: systemCaller('test'), filed: setting.filed });
});
const rules = loadReturnsRules([join(import.meta.dirname, '..', '..', 'models')]);

const measure = (contribution: Partial<ReturnsRules['contribution']> = {}) =>
  inTransaction(database, (tx) => {
    const knownAt = context.clock.now();
    const permit = decidePopulation(tx, context.policies, {
      caller: systemCaller('test'),
      purpose: 'evaluation',
      population: { kind: 'all' },
      contracts: [context.catalogue.contracts.get('n01_registration') ?? assert.fail()],
      asOf: { knownAt },
      runId: newId('rtn', knownAt),
    });
    const changed = { ...rules, contribution: { ...rules.contribution, ...contribution } };
    return measureContribution(tx, permit, { book: context.book, rules: changed });
  });

test('before anything is scored nothing has contributed', async () => {
  assert.equal(await measure(), null);
});

test('without outcomes the variance of the score is shared out, exactly and whole', async () => {
  await runEvaluation(context, scheduled(setting));
  const found = (await measure()) ?? assert.fail();
  assert.deepEqual([found.game, found.method, found.good, found.bad], ['variance', 'closed_form', 0, 0]);
  const { rows } = await database.pool.query<{ variance: number }>(
    'select var_samp(score / 100.0)::float8 as variance from evaluation.scores where score is not null',
  );
  const variance = rows[0]?.variance ?? 0;
  assert.ok(
    variance > 0 && Math.abs(found.worth - variance) < 1e-3 * variance,
    `${found.worth} of ${variance}`,
  );
  assert.ok(found.datasets.length > 3);
});

test('with outcomes enough the AUC above one half is shared out, the same each time, with its standard error', async () => {
  await addOutcomes();
  const asked = { goodMin: 10, badMin: 10, permutations: 12, exactDatasetsMax: 2 };
  const found = (await measure(asked)) ?? assert.fail();
  assert.deepEqual([found.game, found.method], ['auc', 'drawn']);
  assert.ok(found.bad >= 10 && found.good >= 10);
  // The worse half of the scores turned bad, so the whole tells all apart.
  assert.ok(Math.abs(found.worth - 0.5) < 0.02, String(found.worth));
  assert.ok(found.datasets.some(({ standardError }) => standardError > 0));
  assert.deepEqual(await measure(asked), found);
});

/** A loan each, paid out two years ago: bad for the worse half by score, settled for the others. */
async function addOutcomes(): Promise<void> {
  await database.pool.query(`
    insert into outcomes.loans (enterprise_id, institution_id, loan_no, channel, known_from, is_standing, is_correction,
      disclosure_id, batch_id, item_no, content_hash, application_no, amount_fen, annual_rate_bp, term_months, guarantee,
      is_first_loan, is_credit_loan, disbursed_on)
    select enterprise_id, 'bank', 'L-' || enterprise_id, 'direct', now() - interval '1 month', true, false, 'dsc_x', 'b', 1,
      'h', 'A', 100, 400, 12, 'none', false, true, (now() - interval '24 months')::date
    from evaluation.scores where score is not null`);
  await database.pool.query(`
    insert into outcomes.balances (enterprise_id, institution_id, loan_no, month, channel, known_from, is_standing,
      is_correction, disclosure_id, batch_id, item_no, content_hash, balance_fen, overdue, is_bad, settled_on)
    select s.enterprise_id, 'bank', 'L-' || s.enterprise_id, date_trunc('month', now() - interval '20 months')::date, 'direct',
      now() - interval '1 month', true, false, 'dsc_x', 'b', 1, 'h', case when s.score < m.median then 100 else 0 end,
      case when s.score < m.median then 'd90_plus' else 'none' end, s.score < m.median,
      case when s.score < m.median then null else (now() - interval '20 months')::date end
    from evaluation.scores s,
      (select percentile_disc(0.5) within group (order by score) as median from evaluation.scores) m
    where s.score is not null`);
}
