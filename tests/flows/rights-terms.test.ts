import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { inTransaction, type Refusal, toEnterpriseId, type Tx } from '#kernel';
import {
  bringProfileIntoForce,
  endTerm,
  endTermsOf,
  extendTerm,
  followTerms,
  foreseeSwitch,
  listOverdue,
  listTermNotices,
  proposeProfile,
  readProfileInForce,
  readTermHistory,
  readTerms,
  type Responsible,
  resumeClock,
  type RightsContext,
  seeTermNotices,
  startTerm,
  startTerms,
  stopClock,
  switchProfile,
  type TermKind,
  type TermMatter,
  withdrawProposal,
} from '#rights';
import { systemCaller } from '#platform';
import { openRights } from '../../src/entry/rights.ts';
import { callerOf } from './consent-setting.ts';
import { addOperator, addProvider, endingOf, openTestApp, signIn } from './http-node.ts';

const TAX = '市税务局';
const clock = { at: new Date(0), now: () => clock.at };
const setting = await openTestApp(endingOf(after), { clock });
const { app, node } = setting;
const context: RightsContext = openRights(node);
const within = <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> =>
  inTransaction(node.database, work);
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'ok',
    (error: Refusal) => error.code,
  );
const NODE: Responsible = { kind: 'node', id: 'node' };
const PROVIDER: Responsible = { kind: 'provider', id: TAX };
const FIRST = callerOf({ id: 'acc_first', kind: 'operator', roles: ['data_admin'] });
const SECOND = callerOf({ id: 'acc_second', kind: 'operator', roles: ['data_admin'] });
const AUDITOR = callerOf({ id: 'acc_audit', kind: 'operator', roles: ['audit_admin'] });

let count = 0;
let matter: TermMatter;

function noon(day: string): Date {
  return new Date(`${day}T12:00:00+08:00`);
}

function setDay(day: string): void {
  clock.at = noon(day);
}

const start = (term: TermKind, responsible: Responsible = NODE, startedAt: Date = clock.now()) =>
  within((tx) => startTerm(tx, context, { matter, term, responsible, startedAt }));
const end = (term: TermKind, at: Date = clock.now()) =>
  within((tx) => endTerm(tx, context, { matter, term, at }));
const extend = (term: TermKind) =>
  within((tx) => extendTerm(tx, context, { matter, term, approvedBy: 'acc_head', reason: '案情复杂' }));

/** In one step: proposed by one person, approved by another. */
async function switchTo(profile: string) {
  await within((tx) => proposeProfile(tx, context, { caller: FIRST, profile, reason: '换用' }));
  return await within((tx) => switchProfile(tx, context, { caller: SECOND }));
}

beforeEach(async () => {
  count += 1;
  matter = { kind: 'objection', id: `obj_${count}`, enterpriseId: toEnterpriseId(7_000 + count) };
  setDay('2026-09-29');
  await within(async (tx) => {
    await tx.rows('delete from rights.terms');
    await tx.rows('delete from rights.term_notices');
    await tx.rows('delete from rights.profile_switches');
  });
});

describe('the life of a term', () => {
  test('begins by profile and calendar, says its law, and ends met or late', async () => {
    const mark = await start('mark');
    assert.deepEqual([mark.startedOn, mark.dueOn, mark.state], ['2026-09-29', '2026-09-29', 'running']);
    assert.equal((await end('mark')).state, 'met', 'of the same instant');
    const forwarded = await start('provider_decision', PROVIDER);
    assert.equal(forwarded.dueOn, '2026-10-12', 'five working days over National Day');
    assert.equal(forwarded.profile, 'beijing 1.0.0');
    assert.match(forwarded.citation.zh, /建议/);
    setDay('2026-10-14');
    const ended = await end('provider_decision');
    assert.deepEqual([ended.state, ended.lateDays], ['late', 2]);
    assert.equal(await codeOf(end('provider_decision')), 'time_limits.not_running');
  });

  test('parts of an objection stay within the all-in limit, also when that begins later', async () => {
    const before = await start('provider_decision', PROVIDER);
    assert.equal(before.isCapped, false);
    await start('all_in', NODE, noon('2026-09-15'));
    const [first, allIn] = (await within((tx) => readTerms(tx, matter))).toReversed();
    assert.deepEqual([allIn?.term, allIn?.dueOn], ['all_in', '2026-10-05']);
    assert.deepEqual([first?.dueOn, first?.isCapped], ['2026-10-05', true]);
    assert.match(first?.citation.zh ?? '', /征信业管理条例/, 'the law of the limit that ends it');
    const history = await within((tx) => readTermHistory(tx, matter));
    const own = history.filter(({ term }) => term === 'provider_decision');
    assert.deepEqual(
      own.map(({ cause, dueOn }) => [cause, dueOn]),
      [
        ['started', '2026-10-12'],
        ['all_in', '2026-10-05'],
      ],
      'the day that was due before stays on record',
    );
  });

  test('two departments hold terms of their own beside each other, one of a kind each', async () => {
    await start('provider_decision', PROVIDER);
    await start('provider_decision', { kind: 'provider', id: '市医保局' });
    await assert.rejects(start('provider_decision', PROVIDER), /is running already/);
    await assert.rejects(end('provider_decision'), /say whose/);
    const responsible = PROVIDER;
    const at = clock.now();
    await within((tx) => endTerm(tx, context, { matter, term: 'provider_decision', responsible, at }));
    const states = (await within((tx) => readTerms(tx, matter))).map((term) => [
      term.responsible.id,
      term.state,
    ]);
    assert.deepEqual(Object.fromEntries(states), { [TAX]: 'met', 市医保局: 'running' });
  });

  test('is extended once, before its day, where the profile allows it', async () => {
    await start('forward');
    await start('provider_decision', PROVIDER);
    assert.equal(await codeOf(extend('forward')), 'time_limits.extension_not_allowed');
    const extended = await extend('provider_decision');
    assert.deepEqual([extended.dueOn, extended.isExtended], ['2026-10-15', true]);
    assert.equal(await codeOf(extend('provider_decision')), 'time_limits.extended_already');
    const history = await within((tx) => readTermHistory(tx, matter));
    const own = history.filter(({ term }) => term === 'provider_decision'); // of two terms of one instant either may be first
    assert.equal(own.at(-1)?.extensionReason, '案情复杂');
    await end('provider_decision');
    await start('provider_decision', PROVIDER, noon('2026-09-18'));
    assert.equal(await codeOf(extend('provider_decision')), 'time_limits.extension_late');
  });

  test('stands still during an examination and begins again where it was', async () => {
    await start('forward');
    assert.equal(await codeOf(stop()), 'time_limits.nothing_to_stop');
    assert.equal(await codeOf(resume()), 'time_limits.not_stopped');
    await start('provider_decision', PROVIDER);
    setDay('2026-09-30');
    assert.deepEqual(
      (await stop()).map(({ term, state }) => [term, state]),
      [['provider_decision', 'stopped']],
    );
    assert.equal(await codeOf(stop()), 'time_limits.nothing_to_stop');
    setDay('2026-10-20');
    assert.deepEqual(
      await followTerms(context),
      { reminded: 0, overdue: 1, escalated: 2 },
      'the other one alone',
    );
    const [resumed] = await resume();
    assert.deepEqual([resumed?.dueOn, resumed?.state], ['2026-10-26', 'running']);
  });

  test('ends with its matter, whatever of it runs or stands', async () => {
    await start('all_in');
    await start('provider_decision', PROVIDER);
    await stop();
    setDay('2026-10-16');
    const ended = await within((tx) => endTermsOf(tx, context, { matter, at: clock.now() }));
    assert.deepEqual(
      ended.map(({ state }) => state),
      ['met', 'met'],
    );
  });

  test('many begin by one statement, each with its own matter', async () => {
    const abouts = Array.from({ length: 2_000 }, (_, at) => ({
      matter: { kind: 'recall', id: `rcl_${at}`, enterpriseId: toEnterpriseId(90_000 + at) } as const,
      term: 'recall_acknowledgement' as const,
      startedAt: clock.now(),
      responsible: { kind: 'institution', id: 'bank' } as const,
    }));
    const terms = await within((tx) => startTerms(tx, context, abouts));
    assert.equal(terms.length, 2_000);
    assert.ok(terms.every(({ dueOn, matter: { id } }, at) => dueOn === '2026-10-09' && id === `rcl_${at}`));
  });
});

const stop = () => within((tx) => stopClock(tx, context, { matter, reason: '鉴定', at: clock.now() }));
const resume = () =>
  within((tx) => resumeClock(tx, context, { matter, reason: '鉴定完毕', at: clock.now() }));

describe('what is due', () => {
  const clerk = callerOf({ id: 'acc_clerk', kind: 'provider', roles: ['deliverer'], organisation: TAX });
  const head = callerOf({ id: 'acc_head', kind: 'provider', roles: ['confirmer'], organisation: TAX });
  const other = callerOf({
    id: 'acc_other',
    kind: 'provider',
    roles: ['confirmer'],
    organisation: '市医保局',
  });
  const noticesTo = async (caller: typeof clerk): Promise<string[]> =>
    (await within((tx) => listTermNotices(tx, context, caller))).map(({ notice }) => notice);

  test('is said once: before the day, to the responsible, its head and the node', async () => {
    await start('provider_decision', PROVIDER);
    setDay('2026-10-10');
    assert.deepEqual(await followTerms(context), { reminded: 1, overdue: 0, escalated: 0 });
    assert.deepEqual(await followTerms(context), { reminded: 0, overdue: 0, escalated: 0 });
    setDay('2026-10-13');
    assert.deepEqual(await followTerms(context), { reminded: 0, overdue: 1, escalated: 0 });
    setDay('2026-10-14');
    assert.deepEqual(await followTerms(context), { reminded: 0, overdue: 0, escalated: 1 });
    setDay('2026-10-16');
    assert.deepEqual(await followTerms(context), { reminded: 0, overdue: 0, escalated: 1 });
    assert.deepEqual(await followTerms(context), { reminded: 0, overdue: 0, escalated: 0 });
    assert.deepEqual(await noticesTo(clerk), ['reminder', 'overdue']);
    assert.deepEqual(await noticesTo(head), ['reminder', 'overdue', 'escalated_head']);
    assert.deepEqual(await noticesTo(other), []);
    assert.deepEqual(await noticesTo(FIRST), ['escalated_node']);
  });

  test('stands on record with who saw it, and is nobody else’s to see', async () => {
    await start('provider_decision', PROVIDER);
    setDay('2026-10-14');
    await followTerms(context);
    const noticeIds = (await within((tx) => listTermNotices(tx, context, head))).map(
      ({ noticeId }) => noticeId,
    );
    const see = (caller: typeof clerk) => within((tx) => seeTermNotices(tx, context, { caller, noticeIds }));
    assert.deepEqual(await see(other), { seen: 0 });
    assert.deepEqual(await see(clerk), { seen: 1 }, 'not what is for the head');
    assert.deepEqual(await see(head), { seen: 1 });
    assert.deepEqual(await see(head), { seen: 0 });
    const rows = await within((tx) =>
      tx.rows<object>('select notice, seen_by from rights.term_notices order by notice'),
    );
    assert.deepEqual(rows, [
      { notice: 'escalated_head', seen_by: 'acc_head' },
      { notice: 'overdue', seen_by: 'acc_clerk' },
    ]);
  });

  test('is said again for a new day after an extension', async () => {
    await start('provider_decision', PROVIDER);
    setDay('2026-10-12');
    assert.equal((await followTerms(context)).reminded, 1);
    await extend('provider_decision');
    setDay('2026-10-15');
    assert.equal((await followTerms(context)).reminded, 1);
  });

  test('the overdue list comes in pages, the longest overdue first', async () => {
    for (const day of ['2026-09-21', '2026-09-14', '2026-09-16'])
      await within((tx) =>
        startTerm(tx, context, {
          matter: { ...matter, id: `obj_${day}` },
          term: 'forward',
          startedAt: noon(day),
          responsible: NODE,
        }),
      );
    const today = '2026-09-29';
    const first = await within((tx) => listOverdue(tx, { today, limit: 2 }));
    assert.deepEqual(
      first.terms.map(({ dueOn, state }) => [dueOn, state]),
      [
        ['2026-09-16', 'late'],
        ['2026-09-18', 'late'],
      ],
    );
    const second = await within((tx) => listOverdue(tx, { today, after: first.next ?? undefined, limit: 2 }));
    assert.deepEqual([second.terms.map(({ dueOn }) => dueOn), second.next], [['2026-09-23'], null]);
  });
});

describe('the profile', () => {
  test('in force is the one of the setting until two persons switch it', async () => {
    assert.equal((await within((tx) => readProfileInForce(tx, context))).id, 'beijing');
    const propose = (profile: string, reason = '换用', caller = FIRST) =>
      within((tx) => proposeProfile(tx, context, { caller, profile, reason }));
    const approve = (caller = SECOND) => within((tx) => switchProfile(tx, context, { caller }));
    assert.equal(await codeOf(approve()), 'time_limits.no_switch_pending');
    assert.equal(await codeOf(propose('beijing')), 'time_limits.already_in_force');
    assert.equal(await codeOf(propose('atlantis')), 'time_limits.profile_unknown');
    assert.equal(await codeOf(propose('shanghai', ' ')), 'time_limits.reason_missing');
    assert.equal(await codeOf(propose('shanghai', '换用', AUDITOR)), 'policy.time_limits_not_by_audit');
    await propose('shanghai');
    assert.equal(await codeOf(propose('taizhou')), 'time_limits.switch_pending');
    assert.equal(await codeOf(approve(FIRST)), 'policy.time_limits_two_persons');
    await within((tx) => withdrawProposal(tx, context, { caller: FIRST }));
    await propose('taizhou');
    assert.equal((await approve()).profile, 'taizhou');
    assert.equal((await within((tx) => readProfileInForce(tx, context))).whileDisputed.mode, 'suspend');
  });

  test('switched, it reckons running terms again, shows breaches and overwrites nothing', async () => {
    await start('own_check', NODE, noon('2026-09-28'));
    await start('provider_decision', PROVIDER, noon('2026-09-23'));
    await extend('provider_decision');
    await start('review');
    await end('review');
    const foreseen = await within((tx) => foreseeSwitch(tx, context, 'shenzhen'));
    const done = await switchTo('shenzhen');
    assert.deepEqual([done.recomputed, done.moved, done.breachedCount], [2, 1, 0]);
    assert.deepEqual([foreseen.recomputed, foreseen.moved], [2, 1], 'as was foreseen');
    const back = await switchTo('taizhou');
    const breached = back.breached.map(({ term, dueBefore, isNew }) => [
      term.term,
      term.dueOn,
      dueBefore,
      isNew,
    ]);
    assert.deepEqual(breached, [['own_check', '2026-09-28', '2026-09-29', true]], 'at once, in Taizhou');
    assert.match(back.breached[0]?.term.citation.zh ?? '', /台州/);
    const history = await within((tx) => readTermHistory(tx, matter));
    const check = history.filter(({ term }) => term === 'own_check');
    assert.deepEqual(
      check.map(({ dueOn, profile, cause }) => [dueOn, profile, cause]),
      [
        ['2026-09-29', 'beijing 1.0.0', 'started'],
        ['2026-09-29', 'shenzhen 1.0.0', 'profile'],
        ['2026-09-28', 'taizhou 1.0.0', 'profile'],
      ],
    );
    assert.equal(
      history.findLast(({ term }) => term === 'review')?.profile,
      'beijing 1.0.0',
      'ended: as it was',
    );
  });

  test('that sets no limit leaves a term without a day, and none is overdue', async () => {
    await switchTo('national');
    const forward = await start('forward');
    assert.deepEqual([forward.dueOn, forward.citation.zh], [null, '现行期限方案未作规定']);
    setDay('2027-06-01');
    assert.deepEqual(await followTerms(context), { reminded: 0, overdue: 0, escalated: 0 });
    assert.equal((await end('forward')).state, 'met');
  });

  test('begins with the node once, and a changed file comes into force at the next start', async () => {
    const caller = systemCaller('start');
    const bring = (timeLimits = context.timeLimits) =>
      within((tx) => bringProfileIntoForce(tx, { ...context, timeLimits }, { caller }));
    await start('own_check');
    assert.deepEqual(await bring(), { profile: 'beijing', recomputed: 1 });
    assert.deepEqual(await bring(), { profile: 'beijing', recomputed: 0 });
    const { initial } = context.timeLimits;
    const { hash: _hash, ...content } = initial;
    const { own_check: check } = content.terms;
    assert.ok(check !== undefined);
    const terms = { ...content.terms, own_check: { ...check, count: 2 } };
    const changed = { ...content, version: '1.1.0', terms, hash: 'f'.repeat(64) };
    const timeLimits = { profiles: new Map([['beijing', changed]]), initial: changed };
    assert.deepEqual(await bring(timeLimits), { profile: 'beijing', recomputed: 1 });
    const versions = await within((tx) => readTermHistory(tx, matter));
    assert.deepEqual(
      versions.map(({ dueOn, profile }) => [dueOn, profile]),
      [
        ['2026-09-30', 'beijing 1.0.0'],
        ['2026-09-30', 'beijing 1.0.0'],
        ['2026-10-08', 'beijing 1.1.0'],
      ],
    );
  });

  test('a term that begins while it is switched is reckoned by the new one', async () => {
    const switching = within(async (tx) => {
      await proposeProfile(tx, context, { caller: FIRST, profile: 'taizhou', reason: '换用' });
      await switchProfile(tx, context, { caller: SECOND });
      started = start('own_check');
      await waitForLock(tx);
    });
    let started: ReturnType<typeof start> | undefined;
    await switching;
    assert.equal((await started)?.profile, 'taizhou 1.0.0');
  });
});

/** Until somebody waits for a lock of this transaction's own. */
async function waitForLock(tx: Tx): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const waiting = await tx.rows(
      `select from pg_locks where locktype = 'advisory' and not granted
       and database = (select oid from pg_database where datname = current_database())`,
    );
    if (waiting.length > 0) return;
  }
  assert.fail('nobody waits');
}

describe('over HTTP', () => {
  test('anyone reads the profile in force, with its laws', async () => {
    const answer = await app.inject({ method: 'GET', url: '/api/v1/time-limits' });
    assert.equal(answer.statusCode, 200);
    const { id, limits } = answer.json<{
      id: string;
      limits: { term: string; citation: { zh: string } }[];
    }>();
    assert.equal(id, 'beijing');
    assert.match(limits.find(({ term }) => term === 'all_in')?.citation.zh ?? '', /第二十五条/);
  });

  test('the node sees every overdue term, a department its own, and nobody an enterprise', async () => {
    await addOperator(node);
    await addProvider(node, 'tax', TAX);
    await addProvider(node, 'health', '市医保局');
    await start('provider_decision', PROVIDER, noon('2026-09-14'));
    await start('forward', NODE, noon('2026-09-14'));
    await followTerms(context);
    const see = async (login: string, url: string) => {
      const headers = { cookie: await signIn(app, login) };
      return await app.inject({ method: 'GET', url, headers });
    };
    const overdue = async (login: string) =>
      (await see(login, '/api/v1/rights/terms/overdue')).json<{
        terms: { term: string; escalation: string }[];
      }>();
    const ofNode = (await overdue('data')).terms;
    assert.deepEqual(
      ofNode.map(({ term, escalation }) => [term, escalation]),
      [
        ['forward', 'node'],
        ['provider_decision', 'node'],
      ],
    );
    assert.deepEqual(
      (await overdue('tax')).terms.map(({ term }) => term),
      ['provider_decision'],
    );
    assert.deepEqual((await overdue('health')).terms, []);
    assert.doesNotMatch(JSON.stringify(ofNode), /enterprise/i);
    assert.equal((await app.inject({ method: 'GET', url: '/api/v1/rights/terms/overdue' })).statusCode, 401);
    const { notices } = (await see('tax', '/api/v1/rights/terms/notices')).json<{
      notices: { noticeId: string; notice: string }[];
    }>();
    assert.deepEqual(
      notices.map(({ notice }) => notice),
      ['overdue'],
    );
    const seen = await app.inject({
      method: 'POST',
      url: '/api/v1/rights/terms/notices/seen',
      headers: { cookie: await signIn(app, 'tax'), origin: 'http://127.0.0.1:8080' },
      payload: { notices: notices.map(({ noticeId }) => noticeId) },
    });
    assert.deepEqual([seen.statusCode, seen.json()], [200, { seen: 1 }]);
  });
});
