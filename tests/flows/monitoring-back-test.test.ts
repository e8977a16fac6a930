import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { backTestRules, proposeRule, type Rule, type RuleBackTest } from '#monitoring';
import { fillLendingCity } from './laboratory-city.ts';
import { openLife, PROPOSER } from './monitoring-life-setting.ts';

/** The city and the days of docs/monitoring.md, "Back-test on the synthetic city", whose table this prints. */
const ENTERPRISES = 1_500;
const PLAN = { from: '2024-10-15', to: '2025-12-15', stepDays: 30, horizonDays: 180 };

const { context, indicators, shipped } = await openLife({ after });
const rules = [...shipped.rules.values()];
const tests = await backTestAll(rules.filter(({ scope }) => scope === 'public'));

test('what each file says of its back-test is what the back-test says', () => {
  const said = Object.fromEntries(rules.map(({ id, backTest }) => [id, backTest]));
  const found = Object.fromEntries(rules.map(({ id }) => [id, evidenceOf(tests.get(id))]));
  assert.deepEqual(said, found);
});

test('no rule that the back-test does not show to be worth anything alerts from the first start', () => {
  const doubtful = rules.filter(({ backTest }) => backTest === 'not_shown');
  assert.ok(doubtful.length > 0);
  assert.deepEqual(
    doubtful.filter(({ start }) => start === 'active').map(({ id }) => id),
    [],
  );
});

test('recency, openness and judgment of court cases carry the signal, their mere existence does not', () => {
  const liftOf = (id: string): number => tests.get(id)?.figures.liftFrom ?? 0;
  assert.ok(liftOf('court_any_case') < 1);
  for (const id of ['court_defendant_open', 'enforcement_open', 'judgment_lost']) assert.ok(liftOf(id) > 2);
});

/** One walk through the past for all of them, in a city whose departments delivered every month. */
async function backTestAll(tested: readonly Rule[]): Promise<ReadonlyMap<string, RuleBackTest>> {
  const contracts = new Set(['n01_registration', ...tested.flatMap((rule) => rule.contracts)]);
  await fillLendingCity({ ...indicators, keys: context.keys }, { enterprises: ENTERPRISES, contracts });
  const names = tested.map(({ id }) => id);
  for (const ruleId of names)
    await inTransaction(context.database, (tx) =>
      proposeRule(tx, context, { caller: PROPOSER, ruleId, rules: shipped }),
    );
  const results = await backTestRules(context, { caller: PROPOSER, rules: names, plan: PLAN });
  console.log(tableOf(results));
  return new Map(results.map((result) => [result.ruleId, result]));
}

/** By the gates that every rule has to pass; no population may be read back for a rule without a test. */
function evidenceOf(result: RuleBackTest | undefined): Rule['backTest'] {
  if (result === undefined) return 'none';
  const closed = new Set(result.gates.flatMap(({ id, isPassed }) => (isPassed ? [] : [id])));
  if (closed.has('warnings') || closed.has('bad_cases')) return 'too_few';
  return closed.has('lift') ? 'not_shown' : 'passed';
}

/** Rules that raised anything, those with most warnings first. */
function tableOf(results: readonly RuleBackTest[]): string {
  const told = results
    .filter(({ figures }) => figures.alerts > 0)
    .sort((one, other) => other.figures.precision.of - one.figures.precision.of);
  const silent = results.filter(({ figures }) => figures.alerts === 0).map(({ ruleId }) => ruleId);
  return [
    `base rate ${told[0]?.figures.baseRate?.toFixed(3)}`,
    '| rule | alerts a week | precision | lift (95 %) | recall | lead, days | back-test |',
    '|---|---|---|---|---|---|---|',
    ...told.map(lineOf),
    `no alert: ${silent.join(', ')}`,
  ].join('\n');
}

function lineOf(result: RuleBackTest): string {
  const { alertsPerWeek, precision, recall, lift, liftFrom, liftTo, leadDays } = result.figures;
  const cells = [
    result.ruleId,
    fixed(alertsPerWeek, 1),
    `${precision.hits}/${precision.of}`,
    `${fixed(lift, 2)} (${fixed(liftFrom, 2)}-${fixed(liftTo, 2)})`,
    `${recall.hits}/${recall.of}`,
    fixed(leadDays, 0),
    evidenceOf(result),
  ];
  return `| ${cells.join(' | ')} |`;
}

function fixed(value: number | null, places: number): string {
  return value === null ? '—' : value.toFixed(places);
}
