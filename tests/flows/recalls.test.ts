import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Refusal, verifyByKey } from '#kernel';
import { putMark, readDatasets } from '#lists';
import {
  acknowledgeRecalls,
  followTerms,
  listOverdueRecalls,
  listOwnRecalls,
  overseeRecallRates,
  readTerms,
  recallDisclosures,
  receiveRecall,
  receiveRecalls,
} from '#rights';
import { systemCaller } from '#platform';
import { type Caller, decide, hashLeaf, requireAllowed, verifyInclusion } from '#security';
import { callerOf } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import {
  BANK_CLERK,
  DATA_ADMIN,
  look,
  messagesTo,
  OFFICER,
  OTHER_OFFICER,
} from './monitoring-alerts-setting.ts';
import {
  deliverOne,
  disclose,
  type Left,
  openRecallSetting,
  PENALTY,
  recall,
  recallIn,
  recallsOf,
  type RecallSetting,
  saidIn,
} from './recalls-setting.ts';

const open = (at?: string): Promise<RecallSetting> => openRecallSetting(endingOf(after), at);
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'ok',
    (error: Refusal) => error.code,
  );
const PLATFORM = callerOf({
  id: 'client:platform',
  kind: 'platform',
  roles: ['machine'],
  participantId: 'platform',
});
const DAY_MS = 86_400_000;

const KINDS: readonly (Left & { readonly part: 'content' | 'derived' })[] = [
  { kind: 'answer', part: 'content' },
  { kind: 'answer', isDerived: true, part: 'derived' },
  { kind: 'report', part: 'content' },
  { kind: 'export', part: 'content' },
  { kind: 'verification', isDerived: true, part: 'derived' },
  { kind: 'score', isDerived: true, part: 'derived' },
  { kind: 'whitelist_entry', isDerived: true, part: 'derived' },
];

test('every kind of disclosure has its recall by a signed notice, and nobody else has one', async () => {
  const setting = await open();
  await disclose(setting, { kind: 'answer', institution: 'bank' });
  const record = await deliverOne(setting);
  const ids: string[] = [];
  for (const left of KINDS) ids.push(await disclose(setting, { ...left, institution: 'bank' }));
  await look(setting);
  await disclose(setting, { kind: 'answer', institution: 'other-bank', contracts: ['n01_registration'] });
  await disclose(setting, { kind: 'report', isSelf: true });
  const node = await disclose(setting, { kind: 'report' });
  const past = new Date(setting.clock.now().getTime() - 30 * DAY_MS);
  await disclose(setting, { kind: 'report', institution: 'other-bank', asOf: past });
  const done = await recall(setting, record);
  assert.deepEqual(done, { recalls: KINDS.length + 1, alerts: 2 });
  const rows = await recallsOf(setting);
  assert.deepEqual(
    rows.map(({ disclosureId, part, recipient }) => [disclosureId, part, recipient]),
    [...KINDS.map(({ part }, n) => [ids[n], part, 'bank']), [node, 'content', 'node']],
  );
  assert.deepEqual(
    (await messagesTo(setting, 'bank')).filter((type) => type === 'disclosure.recalled').length,
    KINDS.length,
  );
  assert.equal((await messagesTo(setting, 'other-bank')).includes('disclosure.recalled'), false);
  const key = setting.rights.keys.get('report');
  for (const { notice, part, disclosureId } of rows) {
    const [header = '', payload = '', signature = ''] = notice.split('.');
    const bytes = Buffer.from(`${header}.${payload}`);
    assert(verifyByKey(key.publicKey, bytes, Buffer.from(signature, 'base64url')), 'the notice is signed');
    const said = saidIn(notice);
    assert.deepEqual([said['disclosure'], said['dueOn']], [disclosureId, '2026-10-23']);
    const names = part === 'content' ? [PENALTY, record, 'objection'] : [null, null, 'recomputed'];
    assert.deepEqual([said['contract'], said['record'], said['cause']], names);
  }
  assert.deepEqual(await recall(setting, record, 'withdrawal', 'dlv_2'), { recalls: 0, alerts: 0 });
});

test('a repair reaches those who had the record, and whoever had only what was made of it learns nothing', async () => {
  const setting = await open();
  const record = await deliverOne(setting);
  await disclose(setting, { kind: 'answer', institution: 'bank' });
  for (const kind of ['score', 'whitelist_entry', 'verification'] as const) {
    await disclose(setting, { kind, isDerived: true, institution: 'other-bank' });
  }
  assert.equal((await recall(setting, record, 'repair', 'rpr_1')).recalls, 1);
  const [only] = await recallsOf(setting);
  assert.deepEqual([only?.recipient, only?.demand], ['bank', 'end_use']);
  assert.deepEqual(await messagesTo(setting, 'other-bank'), []);
});

async function withhold(setting: RecallSetting, recordId: string): Promise<void> {
  const { within, context, enterpriseId, contract } = setting;
  await within(async (tx) => {
    const grant = requireAllowed(context.policies, systemCaller('recall'), 'recall_disclosures', {
      enterprise: enterpriseId,
    });
    await putMark(tx, grant, { contract: contract(PENALTY), recordId, mark: 'repaired', ground: '测试' });
  });
}

async function countRecords(setting: RecallSetting, caller: Caller, knownAt: Date): Promise<number> {
  const { within, context, enterpriseId: subject, contract } = setting;
  const contracts = [contract(PENALTY)];
  return await within(async (tx) => {
    const purpose = caller.kind === 'enterprise' ? 'self' : 'public_report';
    const permit = decide(tx, context.policies, { caller, purpose, subject, contracts, asOf: { knownAt } });
    return (await readDatasets(tx, permit, { contracts, limit: 10 }))[0]?.records.length ?? 0;
  });
}

test('what was given before the mark is recalled, what was given after it is not, and yesterday stays for the enterprise', async () => {
  const setting = await open();
  const record = await deliverOne(setting);
  const before = await disclose(setting, { kind: 'answer', institution: 'bank' });
  const yesterday = setting.clock.now();
  await withhold(setting, record); // marks take the instant of the database, which is after the setting's
  setting.clock.advance(Date.parse('2036-01-01T00:00:00Z') - setting.clock.now().getTime());
  await disclose(setting, { kind: 'answer', institution: 'other-bank' });
  const at = new Date(yesterday.getTime() + 60 * DAY_MS);
  const { rights, enterpriseId } = setting;
  const done = await setting.within(async (tx) => {
    const wide = { ...rights, recall: { ...rights.recall, months: 120 } };
    const cause = { kind: 'repair', id: 'rpr_1' } as const;
    return await recallDisclosures(tx, wide, {
      enterpriseId,
      contract: PENALTY,
      recordId: record,
      cause,
      at,
    });
  });
  assert.equal(done.recalls, 1);
  assert.deepEqual(
    (await recallsOf(setting)).map(({ disclosureId }) => disclosureId),
    [before],
  );
  assert.equal(await countRecords(setting, setting.signatory, yesterday), 1, 'the enterprise sees yesterday');
  assert.equal(await countRecords(setting, callerOf({}), yesterday), 0, 'to others there was nothing');
});

test('two decisions at once make one recall of each disclosure, and a crash between leaves none', async () => {
  const setting = await open();
  const record = await deliverOne(setting);
  for (let n = 0; n < 20; n += 1) await disclose(setting, { kind: 'answer', institution: 'bank' });
  const crashed = setting.within(async (tx) => {
    await recallIn(tx, setting, record, { kind: 'objection', id: 'obj_1' });
    throw new TypeError('the process went here');
  });
  await assert.rejects(crashed, /the process went here/);
  assert.deepEqual(await recallsOf(setting), []);
  assert.deepEqual(await messagesTo(setting, 'bank'), []);
  const done = await Promise.all([
    recall(setting, record, 'objection', 'obj_1'),
    recall(setting, record, 'objection', 'obj_2'),
  ]);
  assert.deepEqual(
    done.map(({ recalls }) => recalls).toSorted((a, b) => a - b),
    [0, 20],
  );
  assert.equal((await recallsOf(setting)).length, 20);
  assert.equal((await messagesTo(setting, 'bank')).length, 20);
  assert.equal(await codeOf(recall(setting, 'dlv_none:0')), 'recalls.record_unknown');
});

test('a recall is acknowledged by its recipient or its platform alone, once, and the rate and the enterprise know it', async () => {
  const setting = await open('2026-09-29T02:00:00Z');
  const { within, rights, clock, enterpriseId, signatory, context } = setting;
  const record = await deliverOne(setting);
  await disclose(setting, { kind: 'answer', institution: 'bank', platform: 'platform' });
  await disclose(setting, { kind: 'score', isDerived: true, institution: 'bank' });
  await disclose(setting, { kind: 'answer', institution: 'other-bank' });
  await recall(setting, record);
  const rows = await recallsOf(setting);
  assert.deepEqual(
    rows.map(({ dueOn }) => dueOn),
    ['2026-10-09', '2026-10-09', '2026-10-09'],
    'three working days over National Day',
  );
  const [answer = '', score = '', others = ''] = rows.map(({ recallId }) => recallId);
  const acknowledge = (
    caller: Caller,
    recallIds: readonly string[],
    done: 'corrected' | 'other' = 'corrected',
    note?: string,
  ) => within((tx) => acknowledgeRecalls(tx, rights, { caller, recallIds, done, note }));
  const see = (caller: Caller) => within((tx) => receiveRecalls(tx, rights, { caller }));
  assert.equal(await codeOf(acknowledge(OTHER_OFFICER, [answer])), 'recalls.unknown');
  assert.equal(await codeOf(acknowledge(OTHER_OFFICER, [others, answer])), 'recalls.unknown', 'all or none');
  assert.equal(await codeOf(acknowledge(PLATFORM, [score])), 'recalls.unknown', 'it came directly');
  assert.equal(await codeOf(acknowledge(DATA_ADMIN, [answer])), 'recalls.unknown', 'not the node’s');
  assert.equal(await codeOf(acknowledge(signatory, [answer])), 'security.not_permitted');
  assert.equal(await codeOf(acknowledge(OFFICER, ["rcl_1' or true --"])), 'recalls.unknown');
  assert.equal(await codeOf(acknowledge(OFFICER, [answer], 'other', '  ')), 'recalls.note_missing');
  assert.equal(
    await codeOf(acknowledge(OFFICER, [answer], 'other', '长'.repeat(201))),
    'recalls.note_missing',
  );
  assert.deepEqual(
    (await see(PLATFORM)).map(({ recallId }) => recallId),
    [answer],
  );
  assert.equal((await see(BANK_CLERK)).length, 2, 'an office sees those of its institution');
  const [first] = await acknowledge(PLATFORM, [answer], 'other', '已通知经办行停用');
  const [again] = await acknowledge(OFFICER, [answer, answer]);
  assert.deepEqual(again, first, 'what was said first stands');
  clock.advance(15 * DAY_MS);
  await acknowledge(OFFICER, [score]);
  const rates = await within((tx) =>
    overseeRecallRates(tx, rights, { caller: DATA_ADMIN, since: new Date(0) }),
  );
  assert.deepEqual(
    rates.disclosures.map(({ institutionId, rate, onTime, overdue }) => [
      institutionId,
      rate,
      onTime,
      overdue,
    ]),
    [
      ['bank', 1, 1, 0],
      ['other-bank', 0, 0, 1],
    ],
  );
  const overdue = await within((tx) => listOverdueRecalls(tx, rights, { caller: DATA_ADMIN }));
  assert.deepEqual(
    overdue.map(({ recallId }) => recallId),
    [others],
  );
  assert.equal((await followTerms(rights)).overdue, 1, 'the term is followed up');
  const [term] = await within((tx) => readTerms(tx, { kind: 'recall', id: answer, enterpriseId }));
  assert.deepEqual([term?.state, term?.responsible.id], ['met', 'bank']);
  const own = await within(async (tx) => {
    const asked = { caller: signatory, purpose: 'self', subject: enterpriseId, contracts: [] } as const;
    return await listOwnRecalls(
      tx,
      decide(tx, context.policies, { ...asked, asOf: { knownAt: clock.now() } }),
    );
  });
  assert.deepEqual(
    new Map(own.map(({ recallId, record: of, done, note }) => [recallId, [of, done, note]])),
    new Map([
      [answer, [record, 'other', '已通知经办行停用']],
      [score, [record, 'corrected', null]],
      [others, [record, null, null]],
    ]),
  );
});

test('the notice is proved to be under the leaf of its recipient', async () => {
  const setting = await open();
  const record = await deliverOne(setting);
  for (let n = 0; n < 5; n += 1) await disclose(setting, { kind: 'answer', institution: 'bank' });
  await disclose(setting, { kind: 'answer', institution: 'other-bank' });
  await recall(setting, record);
  const { within, rights } = setting;
  for (const { recallId } of (await recallsOf(setting)).slice(0, 5)) {
    const found = await within((tx) => receiveRecall(tx, rights, { caller: OFFICER, recallId }));
    const body = JSON.parse(found.leaf?.body ?? '') as { merkleRoot: string; recalls: number };
    assert.equal(body.recalls, 5, 'how many others have had one is not in it');
    assert.doesNotMatch(found.leaf?.body ?? '', /obj_1|dlv_|n08/, 'nor what it was about');
    const hash = hashLeaf(Buffer.from(found.notice));
    assert(verifyInclusion(hash, found.inclusion, Buffer.from(body.merkleRoot, 'hex')));
  }
});

test('a record of a merged enterprise is recalled under the enterprise that went on, from the merger on', async () => {
  const setting = await open();
  const { within, stranger, enterpriseId: merged, clock } = setting;
  const goingOn = { ...setting, enterpriseId: stranger.enterpriseId ?? assert.fail() };
  const record = await deliverOne(setting);
  const before = await disclose(setting, { kind: 'answer', institution: 'bank' });
  await disclose(goingOn, { kind: 'answer', institution: 'other-bank' });
  clock.advance(1_000);
  await within((tx) =>
    tx.rows(
      `insert into lists.enterprise_aliases (alias_id, enterprise_id, known_from, decided_by) values ($1, $2, $3, 'test')`,
      [merged, goingOn.enterpriseId, clock.now()],
    ),
  );
  const later = await disclose(goingOn, { kind: 'answer', institution: 'bank' });
  assert.equal((await recall(goingOn, record)).recalls, 2);
  assert.deepEqual(
    (await recallsOf(setting)).map(({ disclosureId }) => disclosureId),
    [before, later],
  );
});
