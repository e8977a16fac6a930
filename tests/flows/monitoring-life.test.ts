import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { inTransaction, type Refusal, type Tx } from '#kernel';
import {
  approveRule,
  backTestRules,
  bringRulesIntoForce,
  listRules,
  markNoticesSeen,
  measurePrecisions,
  proposeRule,
  readRuleBackTests,
  readRuleNotices,
  readRulesInForce,
  retireRule,
  type RuleBackTest,
  shadowRule,
} from '#monitoring';
import { systemCaller } from '#platform';
import type { Caller } from '#security';
import { findRule, listKeptRules } from '../../src/monitoring/life/rule-store.ts';
import { addDelivery, addRecords } from './indicators-setting.ts';
import { fillLendingCity } from './laboratory-city.ts';
import {
  addJudged,
  AUDITOR,
  courtRule,
  FIRST,
  openLife,
  PROPOSER,
  RECENT_OPEN,
  SECOND,
} from './monitoring-life-setting.ts';

const setting = await openLife({ after });
const { context, clock, indicators, bookOf, shipped } = setting;
const within = <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> =>
  inTransaction(context.database, work);
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'ok',
    (error: Refusal) => error.code,
  );

describe('on the synthetic city', async () => {
  const contracts = new Set(['n01_registration', 'n10_enforcement', 'b15_court_filing']);
  const lending = await fillLendingCity(
    { ...indicators, keys: context.keys },
    { enterprises: 1_500, contracts },
  );
  const rules = bookOf(
    courtRule('court_any'),
    courtRule('court_recent_open', RECENT_OPEN),
    courtRule('court_own', { scope: 'authorised' }),
  );
  const plan = { from: '2024-10-15', to: '2025-12-15', stepDays: 30, horizonDays: 180 };
  const backTest = (...names: string[]): Promise<RuleBackTest[]> =>
    backTestRules(context, { caller: PROPOSER, rules: names, plan });
  const propose = (caller: Caller, ruleId: string) =>
    within((tx) => proposeRule(tx, context, { caller, ruleId, rules }));
  const stateOf = async (ruleId: string): Promise<string | undefined> =>
    (await within(listKeptRules)).find((rule) => rule.ruleId === ruleId)?.state;
  let tested: readonly RuleBackTest[] = [];

  test('a rule is proposed by a data administrator, once as it is', async () => {
    assert.equal(await codeOf(propose(AUDITOR, 'court_any')), 'policy.alert_rules_not_by_audit');
    assert.equal(await codeOf(propose(PROPOSER, 'court_none')), 'rule_life.not_in_files');
    for (const id of rules.rules.keys()) await propose(PROPOSER, id);
    assert.equal(await codeOf(propose(FIRST, 'court_any')), 'rule_life.already_proposed');
    assert.equal(await stateOf('court_any'), 'draft');
  });

  test('that there is a court case at all is worthless; recency, count and openness carry the signal', async () => {
    tested = await backTest('court_any', 'court_recent_open');
    const [any, recent] = tested.map(({ figures }) => figures);
    assert.ok(any !== undefined && recent !== undefined);
    assert.ok(any.lift !== null && any.lift < 1.3 && (any.liftFrom ?? 2) < 1, `lift ${any.lift}`);
    assert.ok(recent.liftFrom !== null && recent.liftFrom > 1.5, `lift from ${recent.liftFrom}`);
    const [graver, lesser] = recent.byLevel;
    assert.ok(graver?.level === 'orange' && lesser?.level === 'yellow');
    assert.ok((graver.precision.from ?? 0) > (lesser.precision.share ?? 1));
    assert.ok((recent.leadDays ?? 0) > 30, `${recent.leadDays} days`);
    assert.ok((any.alerted.share ?? 0) > 2 * (recent.alerted.share ?? 1));
    assert.ok((recent.alertsPerWeek ?? 0) > 0 && recent.alerts > recent.alertsAtStart);
    console.log(
      tested
        .map(({ ruleId, figures: { lift, liftFrom, liftTo, precision, recall, leadDays } }) => {
          const shares = `${precision.hits}/${precision.of}, found ${recall.hits}/${recall.of}, ${leadDays} days before`;
          return `${ruleId}: lift ${lift?.toFixed(2)} (${liftFrom?.toFixed(2)}-${liftTo?.toFixed(2)}), right ${shares}`;
        })
        .join('\n'),
    );
  });

  test('of the package’s own court rules the bare one fails and stays a draft, the others hold', async () => {
    const names = ['court_any_case', 'court_defendant_open', 'enforcement_open'];
    for (const ruleId of names)
      await within((tx) => proposeRule(tx, context, { caller: PROPOSER, ruleId, rules: shipped }));
    const results = await backTest(...names);
    assert.deepEqual(
      results.map(({ isPassed }) => isPassed),
      [false, true, true],
    );
    assert.equal(shipped.rules.get('court_any_case')?.start, 'draft');
    assert.equal(shipped.rules.get('court_defendant_open')?.start, 'active');
    assert.equal(await stateOf('court_any_case'), 'draft');
  });

  test('a draft whose gates hold is back-tested, and one whose gates do not stays a draft', async () => {
    assert.deepEqual(
      tested.map(({ isPassed }) => isPassed),
      [false, true],
    );
    assert.deepEqual(
      [await stateOf('court_any'), await stateOf('court_recent_open')],
      ['draft', 'back_tested'],
    );
    const closed = tested[0]?.gates.filter((gate) => !gate.isPassed).map(({ id }) => id);
    assert.deepEqual(closed, ['lift']);
    const short = { ...plan, from: '2024-10-15', to: '2024-10-15' };
    const request = { caller: PROPOSER, rules: ['court_recent_open'] };
    const [few] = await backTestRules(context, { ...request, plan: short });
    assert.equal(few?.isPassed, false);
    assert.equal(await stateOf('court_recent_open'), 'draft');
  });

  test('the same back-test gives the same hash, and what became known later changes nothing in it', async () => {
    const before = tested[1];
    assert.ok(before !== undefined);
    const source = context.catalogue.contracts.get('b15_court_filing');
    assert.ok(source !== undefined);
    const plant = (knownFrom: Date, tag: string): Promise<void> =>
      within(async (tx) => {
        const deliveryNo = await addDelivery(tx, source, knownFrom);
        const records = lending.slice(0, 60).map(({ enterpriseId }, at) => ({
          enterpriseId,
          deliveryNo,
          rowNo: at,
          knownFrom,
          values: {
            case_no: `（2025）京合成民初${tag}${at}号`,
            litigation_role: 'defendant',
            filed_on: '2025-03-01',
          },
        }));
        await addRecords(tx, source, records);
      });
    await plant(new Date('2025-12-15T16:00:01Z'), '迟');
    const [again] = await backTest('court_recent_open');
    assert.equal(again?.hash, before.hash);
    assert.notEqual(again.backTestId, before.backTestId);
    await plant(new Date('2025-06-01T02:00:00Z'), '早');
    const [changed] = await backTest('court_recent_open');
    assert.notEqual(changed?.hash, before.hash);
    assert.ok((changed?.figures.alerts ?? 0) > before.figures.alerts);
    const kept = await within((tx) => readRuleBackTests(tx, before.rule));
    assert.deepEqual(
      kept.map(({ hash }) => hash === before.hash),
      [false, true, false, true],
    );
  });

  test('what no population may be read for is not back-tested, and has its trial in shadow', async () => {
    assert.equal(await codeOf(backTest('court_own')), 'rule_life.not_for_population');
    assert.equal(await codeOf(backTest()), 'rule_life.too_many_rules');
    assert.equal(await codeOf(backTest('court_any', 'court_any')), 'rule_life.too_many_rules');
    assert.equal(await codeOf(backTest('nothing')), 'rule_life.unknown');
    const own = await within((tx) => shadowRule(tx, context, { caller: PROPOSER, rule: 'court_own' }));
    assert.equal(own.state, 'shadow');
    await within((tx) => retireRule(tx, context, { caller: PROPOSER, rule: 'court_own' }));
  });

  test('a worthless rule does not get any further', async () => {
    const step = { caller: PROPOSER, rule: 'court_any' };
    assert.equal(await codeOf(within((tx) => shadowRule(tx, context, step))), 'rule_life.step_wrong');
    const approving = within((tx) => approveRule(tx, context, { ...step, caller: FIRST }));
    assert.equal(await codeOf(approving), 'rule_life.step_wrong');
  });

  test('a rule comes into use by two persons, neither the one who proposed it', async () => {
    const approve = (caller: Caller) =>
      within((tx) => approveRule(tx, context, { caller, rule: 'court_recent_open' }));
    await within((tx) => shadowRule(tx, context, { caller: PROPOSER, rule: 'court_recent_open' }));
    const inShadow = await within((tx) => readRulesInForce(tx, context));
    assert.deepEqual(
      [inShadow.active.length, inShadow.shadow.map(({ id }) => id)],
      [0, ['court_recent_open']],
    );
    assert.equal(await codeOf(approve(PROPOSER)), 'policy.alert_rule_two_persons');
    assert.equal(await codeOf(approve(AUDITOR)), 'policy.alert_rules_not_by_audit');
    assert.deepEqual(await approve(FIRST), { state: 'shadow', approvals: 1 });
    assert.equal(await codeOf(approve(FIRST)), 'policy.alert_rule_two_persons');
    assert.deepEqual(await approve(SECOND), { state: 'active', approvals: 2 });
    const { active } = await within((tx) => readRulesInForce(tx, context));
    assert.equal(active[0]?.hash, rules.rules.get('court_recent_open')?.hash);
  });

  test('a rule whose alerts prove wrong goes back to shadow by itself, and its persons are told', async () => {
    const rule = rules.rules.get('court_recent_open')?.hash ?? assert.fail();
    const judge = (judgement: string, from: number, count: number): Promise<void> =>
      within((tx) =>
        addJudged(tx, { rule, judgement, at: clock.now(), from, count, enterpriseIds: debtors }),
      );
    // Owed nothing any more when they were alerted of: what an institution said is all there is.
    const debtors = lending.map(({ enterpriseId }) => enterpriseId);
    clock.advance(1_000);
    await judge('confirmed', 0, 2);
    await judge('false_alarm', 2, 17);
    const system = systemCaller('rule_precision');
    const [early] = await measurePrecisions(context, system);
    assert.deepEqual([early?.precision.hits, early?.precision.of, early?.isBelow], [2, 19, false]);
    await judge('false_alarm', 19, 1);
    const [late] = await measurePrecisions(context, system);
    assert.deepEqual([late?.precision.hits, late?.precision.of, late?.isBelow], [2, 20, true]);
    assert.deepEqual(await measurePrecisions(context, system), []);
    const kept = await within((tx) => findRule(tx, rule));
    assert.deepEqual([kept?.state, kept?.reason], ['shadow', 'below_floor']);
    const notices = await within(readRuleNotices);
    assert.deepEqual(notices.map(({ person }) => person).sort(), ['acc_first', 'acc_proposer', 'acc_second']);
    const see = (caller: Caller) => within((tx) => markNoticesSeen(tx, context, { caller, rule }));
    assert.deepEqual([await see(FIRST), await see(FIRST)], [{ seen: 1 }, { seen: 0 }]);
    assert.equal((await within(readRuleNotices)).length, 2);
    const line = (await within(listRules)).find((one) => one.rule === rule);
    assert.deepEqual(
      [line?.judged, line?.hits, line?.approvals, line?.backTested?.isPassed],
      [20, 2, 0, true],
    );
  });

  test('back in use it is judged by the alerts from then on, and every step has its leaf', async () => {
    const rule = 'court_recent_open';
    for (const caller of [FIRST, SECOND]) await within((tx) => approveRule(tx, context, { caller, rule }));
    const [again] = await measurePrecisions(context, systemCaller('rule_precision'));
    assert.deepEqual([again?.precision.of, again?.isBelow], [0, false]);
    const states = await within((tx) =>
      tx.rows<{ state: string; has_leaf: boolean; follows: boolean }>(
        `select s.state, exists (select from security.receipts where receipt_id = s.receipt_id) as has_leaf,
           coalesce(lag(known_to) over (order by known_from) = known_from, true) as follows
         from monitoring.rule_states s where rule_id = $1 order by known_from`,
        [rule],
      ),
    );
    const way = ['draft', 'back_tested', 'draft', 'back_tested', 'shadow', 'active', 'shadow', 'active'];
    assert.deepEqual(
      states.map(({ state }) => state),
      way,
    );
    assert.ok(states.every(({ has_leaf, follows }) => has_leaf && follows));
  });
});

describe('with the package', () => {
  const shipped = courtRule('shipped_rule', { ...RECENT_OPEN, start: 'active' });
  const bring = (...definitions: readonly object[]) =>
    within((tx) =>
      bringRulesIntoForce(tx, context, { caller: systemCaller('start'), rules: bookOf(...definitions) }),
    );

  test('its rules begin at the first start where their files say', async () => {
    const all = [
      shipped,
      courtRule('shipped_draft'),
      courtRule('shipped_doubtful', { start: 'shadow', backTest: 'not_shown' }),
    ];
    assert.deepEqual(await bring(...all), { active: 1, shadow: 1, draft: 1 });
    assert.deepEqual(await bring(...all), { active: 0, shadow: 0, draft: 0 });
    const { active, shadow } = await within((tx) => readRulesInForce(tx, context));
    assert.ok(active.some(({ id }) => id === 'shipped_rule'));
    assert.deepEqual(
      shadow.map(({ id }) => id).filter((id) => id.startsWith('shipped')),
      ['shipped_doubtful'],
    );
    assert.ok(active.every(({ id }) => id !== 'shipped_draft' && id !== 'shipped_doubtful'));
  });

  test('a changed file is a draft, and the version in use stays what it was until it is succeeded', async () => {
    const changed = { ...shipped, version: '1.1.0', level: 'blue' };
    assert.deepEqual(await bring(changed), { active: 0, shadow: 0, draft: 1 });
    const inUse = async (): Promise<string | undefined> => {
      const { active, rules: inForce } = await within((tx) => readRulesInForce(tx, context));
      const found = active.find(({ id }) => id === 'shipped_rule');
      assert.equal(
        inForce.rules.get('shipped_rule')?.hash,
        found?.hash,
        'what alerts is in the book, not the file',
      );
      return found?.version;
    };
    assert.equal(await inUse(), '1.0.0');
    const versions = (await within(listKeptRules)).filter(({ ruleId }) => ruleId === 'shipped_rule');
    const [next, first] = versions.map(({ hash }) => hash);
    assert.ok(next !== undefined && first !== undefined);
    // What a back-test would do; the life after it is looked at here.
    await within((tx) =>
      tx.rows(`update monitoring.rule_states set state = 'back_tested' where rule_hash = $1`, [next]),
    );
    await within((tx) => shadowRule(tx, context, { caller: PROPOSER, rule: next }));
    for (const caller of [FIRST, SECOND])
      await within((tx) => approveRule(tx, context, { caller, rule: next }));
    assert.equal(await inUse(), '1.1.0');
    const before = await within((tx) => findRule(tx, first));
    assert.deepEqual([before?.state, before?.reason], ['retired', 'successor']);
    const retire = () => within((tx) => retireRule(tx, context, { caller: PROPOSER, rule: next }));
    await retire();
    assert.equal(await codeOf(retire()), 'rule_life.step_wrong');
    assert.equal(await inUse(), undefined);
  });
});
