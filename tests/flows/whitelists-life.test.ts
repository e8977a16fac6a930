import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  backTestWhitelist,
  proposeWhitelist,
  publishWhitelist,
  pushWhitelist,
  readChanges,
  readMemberships,
  readResults,
  readSnapshot,
  readWaiting,
  reviewWhitelist,
  runWhitelist,
  setParticipation,
  verifySnapshot,
} from '#evaluation';
import { beijingDate, inTransaction, type Refusal, type Tx } from '#kernel';
import { loadReasons, type OutcomeItem, reportOutcomes, toReported } from '#outcomes';
import { proveAdmission } from '#platform';
import { type Caller, decide, listAccesses } from '#security';
import { BANK, callerOf, OTHER_BANK } from './consent-setting.ts';
import { admissionOf } from './outcomes-setting.ts';
import { addPenalty, DATA_ADMIN, LIST, openWhitelistSetting, SECOND_ADMIN } from './whitelists-setting.ts';

const setting = await openWhitelistSetting({ after });
const { context, clock, ids, people, codeOf, contract } = setting;
const { database, keys, policies } = context;
const within = <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> => inTransaction(database, work);
const ROOT = join(import.meta.dirname, '..', '..');

const codeOfRefusal = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'ok',
    (error: Refusal) => error.code,
  );

async function receiver(tx: Tx, caller: Caller = OTHER_BANK) {
  return { caller, listId: LIST, admission: await proveAdmission(tx, clock, caller, { operator: 'op-1' }) };
}

const snapshotOf = (caller?: Caller) =>
  within(async (tx) => await readSnapshot(tx, context, await receiver(tx, caller)));
const changesAfter = (after: string, caller?: Caller) =>
  within(async (tx) => await readChanges(tx, context, { ...(await receiver(tx, caller)), after }));
const review = (decision: 'accept' | 'reject', reason = '材料齐全，同意') =>
  within((tx) => reviewWhitelist(tx, context, { caller: DATA_ADMIN, listId: LIST, decision, reason }));
const push = () => within((tx) => pushWhitelist(tx, context, { caller: DATA_ADMIN, listId: LIST }));
const run = () => runWhitelist(context, { caller: DATA_ADMIN, listId: LIST });

async function own(place: number) {
  const caller = people[place] ?? assert.fail();
  const subject = ids[place] ?? assert.fail();
  return await within(async (tx) => {
    const asOf = { knownAt: clock.now() };
    const permit = decide(tx, policies, { caller, purpose: 'self', subject, contracts: [], asOf });
    const [membership] = await readMemberships(tx, permit);
    return { membership: membership ?? assert.fail(), accesses: await listAccesses(tx, permit) };
  });
}

test('rules are proposed by one person, back-tested, and published by another', async () => {
  const propose = (caller: Caller) => within((tx) => proposeWhitelist(tx, context, { caller, listId: LIST }));
  const publish = (caller: Caller) => publishWhitelist(context, { caller, listId: LIST });
  assert.equal(await codeOfRefusal(run()), 'whitelists.unknown');
  assert.equal(await codeOfRefusal(publish(SECOND_ADMIN)), 'whitelists.not_proposed');
  assert.equal(await codeOfRefusal(propose(BANK)), 'security.not_permitted');
  await propose(DATA_ADMIN);
  assert.equal(await codeOfRefusal(propose(DATA_ADMIN)), 'whitelists.already_proposed');
  assert.equal(await codeOfRefusal(publish(DATA_ADMIN)), 'policy.whitelist_two_persons');
  assert.equal(await codeOfRefusal(publish(SECOND_ADMIN)), 'whitelists.not_back_tested');
  const dates = (...days: string[]) =>
    backTestWhitelist(context, { caller: DATA_ADMIN, listId: LIST, dates: days });
  await dates('2026-03-31');
  assert.equal(await codeOfRefusal(publish(SECOND_ADMIN)), 'whitelists.not_back_tested');
  for (const wrong of [[], ['2026-02-31x'], ['2026-03-31', '2026-03-31'], [beijingDate(clock.now())]])
    assert.equal(await codeOfRefusal(dates(...wrong)), 'whitelists.dates_wrong', wrong.join());
  await dates('2025-12-31', '2026-03-31');
  await publish(SECOND_ADMIN);
  assert.equal(await codeOfRefusal(publish(SECOND_ADMIN)), 'whitelists.not_proposed');
});

test('a back-test judges each day by what was known then, and follows members and the rest', async () => {
  const { dates } = await backTestWhitelist(context, {
    caller: DATA_ADMIN,
    listId: LIST,
    dates: ['2026-03-31', '2025-12-31'],
  });
  const [first, second] = dates;
  // Before March all but the abnormal one are in; the penalised one then drops out of eleven.
  assert.deepEqual([first?.members.enterprises, second?.members.enterprises], [11, 10]);
  assert.equal(first?.stayed, null);
  assert.equal(second?.stayed, 10 / 11);
  // In May 2026 a member of March became abnormal; by then it is unknown to the horizon of December.
  assert.equal(first.members.adverse, 0);
  assert.deepEqual([second?.members.clean, second?.members.adverse], [10, 1]);
  assert.deepEqual([second?.rest.enterprises, second?.rest.clean, second?.rest.adverse], [2, 1, 0]);
});

test('a run makes candidates, and nobody is pushed before a person has reviewed them', async () => {
  const ran = await run();
  assert.deepEqual([ran.enterprises, ran.met, ran.entered, ran.ended], [12, 10, 10, 0]);
  assert.equal((await push()).pushes.length, 0);
  assert.equal((await own(2)).membership.isMember, false);
  assert.equal(await codeOfRefusal(review('accept', ' ')), 'whitelists.reason_missing');
  assert.deepEqual(await review('accept'), { reviewed: 10 });
  assert.equal(await codeOfRefusal(review('accept')), 'whitelists.nothing_to_review');
  assert.equal((await run()).entered, 0);
});

test('each bank is pushed its own slice, once, and each enterprise finds it among its accesses', async () => {
  const { pushes } = await push();
  assert.deepEqual(
    pushes.map(({ institution, pushNo, added }) => [institution, pushNo, added]),
    [
      ['bank', 1, 5],
      ['other-bank', 1, 10],
    ],
  );
  assert.deepEqual((await push()).pushes, []);
  const { membership, accesses } = await own(2);
  assert.equal(membership.isMember, true);
  assert.deepEqual(membership.told.map(({ institution }) => institution).sort(), ['bank', 'other-bank']);
  const told = accesses.filter(({ kind }) => kind === 'whitelist_entry');
  assert.deepEqual(told.map(({ institution, purpose }) => [institution, purpose]).sort(), [
    ['bank', 'evaluation'],
    ['other-bank', 'evaluation'],
  ]);
  assert.deepEqual(told[0]?.contracts, ['n01_registration', 'n05_abnormal_list', 'n08_penalty']);
  assert.deepEqual((await own(11)).membership.history, []);
});

test('the snapshot is signed for one institution, and every altered byte of it is noticed', async () => {
  const snapshot = await snapshotOf();
  assert.equal(snapshot.content.members.length, 10);
  assert.equal((await snapshotOf(BANK)).content.members.length, 5);
  const trusted = keys.all('report').map(({ kid, publicJwk }) => ({ ...publicJwk, kid }));
  assert.equal(verifySnapshot(snapshot, trusted).institution, 'other-bank');
  const content = { ...snapshot.content, members: snapshot.content.members.slice(1) };
  assert.throws(() => verifySnapshot({ ...snapshot, content }, trusted), /hash/);
  assert.throws(() => verifySnapshot(snapshot, []), /kid/);
  const jws = snapshot.jws.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'));
  assert.throws(() => verifySnapshot({ ...snapshot, jws }, trusted), /signature/);
});

test('a push has its receipt once, and an institution reads no list that was not pushed to it', async () => {
  const receipts = () =>
    within((tx) =>
      tx.rows<{ n: number }>(
        `select count(*)::integer as n from security.receipts where kind = 'push_receipt'`,
      ),
    );
  assert.deepEqual(await receipts(), [{ n: 2 }]);
  await snapshotOf();
  assert.deepEqual(await receipts(), [{ n: 2 }]);
  const clerk = callerOf({ id: 'acc_c', kind: 'institution', roles: ['clerk'], participantId: 'bank' });
  assert.equal(await codeOfRefusal(snapshotOf(clerk)), 'whitelists.role_without');
  await within((tx) =>
    tx.rows(
      `update platform.admissions set valid_to = now() - interval '1 day' where participant_id = 'bank'`,
    ),
  );
  assert.equal(await codeOfRefusal(snapshotOf(BANK)), 'policy.whitelist_receiver_not_admitted');
  await within((tx) =>
    tx.rows(`update platform.admissions set valid_to = null where participant_id = 'bank'`),
  );
  const unknown = within(async (tx) =>
    readSnapshot(tx, context, { ...(await receiver(tx)), listId: 'steady_honest' }),
  );
  assert.equal(await codeOfRefusal(unknown), 'whitelists.not_for_you');
});

test('who no longer meets a rule leaves at the next run, and the banks are told without waiting for a person', async () => {
  const { cursor } = (await snapshotOf()).content;
  assert.deepEqual((await changesAfter(cursor)).changes, []);
  await within((tx) =>
    addPenalty(tx, contract('n08_penalty'), {
      enterpriseId: ids[2] ?? assert.fail(),
      knownFrom: new Date(Date.now() - 60_000),
      decidedOn: '2026-11-01',
    }),
  );
  assert.equal((await run()).ended, 1);
  const { changes, cursor: next, isComplete } = await changesAfter(cursor);
  assert.deepEqual(
    changes.map(({ change, code, reason }) => [change, code, reason]),
    [['left', codeOf(2), 'rule_not_met']],
  );
  assert.equal(isComplete, true);
  assert.deepEqual((await changesAfter(next)).changes, []);
  const { membership } = await own(2);
  assert.equal(membership.isMember, false);
  assert.deepEqual(
    membership.history.map(({ state, reason }) => [state, reason?.code ?? null]),
    [
      ['valid', null],
      ['left', 'rule_not_met'],
    ],
  );
  assert.equal(membership.history.at(-1)?.rules[0]?.zh, '近24个月没有处罚');
});

test('an enterprise that leaves of its own will is no candidate again until it says so', async () => {
  const takesPart = (place: number, wanted: boolean, caller = people[place] ?? assert.fail()) =>
    within((tx) =>
      setParticipation(tx, context, {
        caller,
        enterpriseId: ids[place] ?? assert.fail(),
        listId: LIST,
        takesPart: wanted,
      }),
    );
  assert.equal(await codeOfRefusal(takesPart(4, false, people[5])), 'policy.whitelist_left_by_itself');
  const { cursor } = (await snapshotOf()).content;
  await takesPart(4, false);
  assert.deepEqual(
    (await changesAfter(cursor)).changes.map(({ reason }) => reason),
    ['withdrawn'],
  );
  assert.equal((await run()).entered, 0);
  await takesPart(4, false);
  assert.equal((await own(4)).membership.takesPart, false);
  await takesPart(4, true);
  assert.equal((await run()).entered, 1);
  assert.deepEqual(await review('reject', '与现场情况不符'), { reviewed: 1 });
  assert.equal((await run()).entered, 0);
});

test('results count what an institution reported after it was told, by the disclosure of the push', async () => {
  const member = (await snapshotOf()).content.members[0] ?? assert.fail();
  const today = beijingDate(clock.now());
  const item: OutcomeItem = {
    disclosureId: member.disclosureId,
    used: true,
    application: { id: 'A-9', appliedOn: today, product: '流动资金贷款', requestedFen: 100_000_00 },
    decision: { result: 'approved', reasons: [], decidedOn: today },
    loan: {
      id: 'L-9',
      amountFen: 80_000_00,
      annualRateBp: 345,
      termMonths: 12,
      guarantee: 'none',
      isFirstLoan: true,
      isCreditLoan: true,
      disbursedOn: today,
    },
  };
  const reported = await within((tx) =>
    reportOutcomes(
      tx,
      { clock, keys, policies, reasons: loadReasons(ROOT) },
      {
        admission: admissionOf({ institutionId: 'other-bank', branchId: 'other-bank' }),
        caller: OTHER_BANK,
        items: toReported([item]),
      },
    ),
  );
  assert.equal(reported.counts.new, 1, JSON.stringify(reported.results));
  clock.advance(60_000);
  const results = await within((tx) => readResults(tx, context, { caller: DATA_ADMIN, listId: LIST }));
  assert.deepEqual(
    results.map(({ institution, told, reached, granted, lent, bad, lentFen }) => [
      institution,
      told,
      reached,
      granted,
      lent,
      bad,
      lentFen,
    ]),
    [
      ['bank', 5, 0, 0, 0, 0, '0'],
      ['other-bank', 10, 1, 1, 1, 0, '8000000'],
    ],
  );
});

test('an entry is looked at again in time and renewed, or ends with its last day', async () => {
  clock.advance(61 * 86_400_000);
  const today = beijingDate(clock.now());
  const waiting = await within((tx) => readWaiting(tx, LIST, today));
  assert.equal(waiting.filter(({ state }) => state === 'valid').length, 8);
  const { cursor } = (await snapshotOf()).content;
  const kept = waiting.slice(0, 3).map(({ enterpriseId }) => enterpriseId);
  await within((tx) =>
    reviewWhitelist(tx, context, {
      caller: DATA_ADMIN,
      listId: LIST,
      decision: 'accept',
      reason: '续期',
      enterprises: kept,
    }),
  );
  await push();
  assert.deepEqual(
    (await changesAfter(cursor)).changes.map(({ change }) => change),
    ['renewed', 'renewed', 'renewed'],
  );
  clock.advance(40 * 86_400_000);
  const later = (await snapshotOf()).content;
  await run();
  const ended = (await changesAfter(later.cursor)).changes;
  assert.deepEqual([...new Set(ended.map(({ change, reason }) => `${change} ${reason}`))], ['left expired']);
  assert.equal((await snapshotOf()).content.members.length, 3);
});

test('no state was overwritten: every life of an entry follows the one before without a gap', async () => {
  const gaps = await within((tx) =>
    tx.rows<{ n: number }>(
      `select count(*)::integer as n from (
         select known_to, lead(known_from) over (partition by enterprise_id, list_id order by known_from) as next
         from evaluation.whitelist_entries) lives where next is not null and next <> known_to`,
    ),
  );
  assert.deepEqual(gaps, [{ n: 0 }]);
});
