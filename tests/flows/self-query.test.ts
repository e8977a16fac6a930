import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { beijingDate, inTransaction, type Refusal } from '#kernel';
import { type Everything, PART_IDS, readEverything } from '#rights';
import { logOrigin, verifyReceipt } from '#security';
import { addMandate, callerOf, CODE, OTHER_CODE } from './consent-setting.ts';
import { endingOf, type TestClock } from './http-node.ts';
import {
  giveConsent,
  headersOf,
  mark,
  openSelfSetting,
  query,
  refuse,
  reportUse,
  startLog,
} from './self-query-setting.ts';

const ending = endingOf(after);
const setting = await openSelfSetting(ending);
const { app, node, context, owner, stranger, enterpriseId } = setting;
const sequencer = startLog(ending, setting);
const consentId = await giveConsent(setting);
const disclosureId = await query(setting, consentId);
await refuse(setting, consentId);
await reportUse(setting, disclosureId);
await mark(setting, '京市监罚〔2026〕2号', 'repaired');
await mark(setting, '京市监罚〔2026〕3号', 'disputed');
await sequencer.drain();

const read = (asked: { caller?: typeof owner; asOf?: string; withProofs?: boolean } = {}) =>
  inTransaction(
    node.database,
    (tx) => readEverything(tx, context, { caller: owner, enterpriseId, ...asked }),
    'snapshot',
  );
const itemsOf = (everything: Everything, id: string) =>
  everything.parts.find(({ part }) => part.id === id)?.items ?? assert.fail(`no part ${id}`);
const factsOf = (item: { readonly facts: object } | undefined): object =>
  item?.facts ?? assert.fail('the part has no item');

const refusedWith =
  (code: string) =>
  (error: Refusal): boolean =>
    error.code === code;

test('an enterprise sees what was laid down about it, each with where it comes from', async () => {
  const everything = await read();
  assert.deepEqual(
    everything.parts.map(({ part }) => part.id),
    PART_IDS,
  );
  const records = itemsOf(everything, 'records').map(({ facts, words }) => ({ facts, words }));
  assert.equal(records.length, 4);
  const penalty = records.find(({ words }) => words.zh.includes('1号'))?.facts as Record<string, unknown>;
  assert.deepEqual(penalty['list'], { id: 'national', zh: '国家清单', en: 'national list' });
  assert.equal((penalty['contract'] as { id: string }).id, 'n08_penalty');
  assert.match((penalty['contract'] as { version: string }).version, /^\d+\.\d+\.\d+$/);
  assert(penalty['knownFrom'] instanceof Date && typeof penalty['source'] === 'string');
  const access = itemsOf(everything, 'accesses').find(({ id }) => id === disclosureId);
  const facts = access?.facts as Record<string, unknown>;
  assert.deepEqual(facts['purpose'], { code: 'loan_origination', zh: '贷前审批', en: 'loan origination' });
  assert.deepEqual(facts['institution'], { id: 'bank', name: { zh: '京华银行', en: 'bank' } });
  assert.deepEqual(
    [facts['operator'], facts['consentId'], facts['unusedSince']],
    ['客户经理 7', consentId, null],
  );
  const refused = factsOf(itemsOf(everything, 'refused')[0]) as { code: string; clause: string };
  assert.match(refused.code, /^policy\./);
  assert.notEqual(refused.clause, '');
  assert.deepEqual(
    itemsOf(everything, 'consents').map(({ id }) => id),
    [consentId],
  );
  assert.equal(itemsOf(everything, 'mandates').length, 2);
  assert.deepEqual(
    itemsOf(everything, 'outcomes').map(
      ({ facts: { kind } }: { facts: { kind?: { code: string } } }) => kind?.code,
    ),
    ['use', 'application'],
  );
  const { explanation } = factsOf(itemsOf(everything, 'scores')[0]) as {
    explanation: { leaves: readonly { reasonCode: string | null }[] };
  };
  assert(
    explanation.leaves.some(({ reasonCode }) => reasonCode !== null),
    'the score comes with reasons',
  );
  assert.equal(itemsOf(everything, 'sharing').length, context.catalogue.contracts.size);
});

test('what others do not see is shown and labelled so', async () => {
  const records = itemsOf(await read(), 'records');
  const penaltyOf = (no: string) =>
    records.find(({ words }) => words.zh.includes(no))?.facts as { marks: string[]; seenByOthers: boolean };
  assert.deepEqual([penaltyOf('2号').marks, penaltyOf('2号').seenByOthers], [['repaired'], false]);
  assert.deepEqual([penaltyOf('3号').marks, penaltyOf('3号').seenByOthers], [['disputed'], true]);
  assert.equal(penaltyOf('1号').seenByOthers, true);
  assert.match(records.find(({ words }) => words.zh.includes('2号'))?.words.zh ?? '', /他人不可见/);
});

test('every access and refusal has a receipt that holds, and its place in the log', async () => {
  const { receipts, parts } = await read({ withProofs: true });
  const keys = { receipt: node.keys.get('receipt').publicKey, log: node.keys.get('log').publicKey };
  const ids = parts
    .filter(({ part }) => part.id === 'accesses' || part.id === 'refused')
    .flatMap(({ items }) => items.flatMap(({ receiptId }) => receiptId ?? []));
  assert(ids.length >= 2);
  for (const id of ids) {
    const held = receipts.get(id) ?? assert.fail(`no receipt ${id}`);
    assert(held.included !== undefined && held.opened !== undefined);
    assert.equal(verifyReceipt(held, keys), undefined);
    assert.match(held.included.checkpoint, new RegExp(logOrigin(node.config.publicUrl)));
    const changed = { ...held, opened: { ...held.opened, body: held.opened.body.replace('{', '{ ') } };
    assert.equal(verifyReceipt(changed, keys), 'leaf');
  }
});

test('another enterprise, a bank and the node’s own people see nothing of it', async () => {
  await assert.rejects(read({ caller: stranger }), refusedWith('policy.own_record_only'));
  const bank = callerOf({ kind: 'institution', roles: ['machine'], participantId: 'bank' });
  await assert.rejects(read({ caller: bank }), refusedWith('policy.own_record_only'));
  const admin = callerOf({ kind: 'operator', roles: ['data_admin'] });
  await assert.rejects(read({ caller: admin }), refusedWith('policy.own_record_only'));
  const own = await inTransaction(node.database, (tx) => {
    const subject = stranger.enterpriseId ?? assert.fail();
    return readEverything(tx, context, { caller: stranger, enterpriseId: subject });
  });
  for (const part of ['records', 'accesses', 'refused', 'consents', 'outcomes', 'alerts'])
    assert.deepEqual(itemsOf(own, part), [], part);
});

test('an agent sees it as far as the mandate covers queries', async () => {
  const agent = (id: string) => callerOf({ id, kind: 'enterprise', roles: ['agent'], enterpriseId });
  await inTransaction(node.database, async (tx) => {
    await addMandate(tx, { enterpriseId, accountId: 'acc_q', capacity: 'agent', scope: ['query'] });
    await addMandate(tx, { enterpriseId, accountId: 'acc_c', capacity: 'agent', scope: ['consent'] });
  });
  assert.equal(itemsOf(await read({ caller: agent('acc_q') }), 'records').length, 4);
  await assert.rejects(read({ caller: agent('acc_c') }), refusedWith('mandate.out_of_scope'));
  await assert.rejects(read({ caller: agent('acc_none') }), refusedWith('mandate.missing'));
  await inTransaction(node.database, (tx) =>
    tx.rows(`update platform.mandates set standing = 'ended' where account_id in ('acc_q', 'acc_c')`),
  );
  await assert.rejects(read({ caller: agent('acc_q') }), refusedWith('mandate.missing'));
});

test('as of a day before, nothing of what came later is there', async () => {
  const clock = node.clock as TestClock;
  const yesterday = beijingDate(new Date(clock.now().getTime() - 86_400_000));
  const everything = await read({ asOf: yesterday });
  for (const part of ['records', 'accesses', 'refused', 'consents', 'outcomes'])
    assert.deepEqual(itemsOf(everything, part), [], part);
  const tomorrow = beijingDate(new Date(clock.now().getTime() + 86_400_000));
  await assert.rejects(read({ asOf: tomorrow }), refusedWith('everything.day_wrong'));
  await assert.rejects(read({ asOf: '2026-02-30' }), refusedWith('everything.day_wrong'));
});

type Answer = {
  readonly parts: readonly { id: string; total: number }[];
  readonly items: readonly { id: string; facts: Record<string, unknown>; receiptId: string | null }[];
  readonly receipts: readonly { receipt: { id: string }; included: object | null }[];
  readonly next: string | null;
  readonly disclosureId: string | null;
  readonly error?: { code: string };
};

async function get(login: string, url: string): Promise<Answer> {
  const answer = await app.inject({ url, headers: await headersOf(setting, login) });
  return answer.json();
}

test('over HTTP it comes in parts and pages, and reading records is an access of its own', async () => {
  const base = `/api/v1/enterprises/${CODE}/everything`;
  const overview = await get('enterprise-a', base);
  assert.deepEqual(
    overview.parts.map(({ id }) => id),
    PART_IDS,
  );
  assert.equal(overview.parts.find(({ id }) => id === 'records')?.total, 4);
  const seen: string[] = [];
  let after = '';
  for (let page = 0; page < 3; page += 1) {
    const answer: Answer = await get('enterprise-a', `${base}?part=records&limit=2${after}`);
    seen.push(...answer.items.map(({ id }) => id));
    assert.match(String(answer.disclosureId), /^dsc_/);
    if (answer.next === null) break;
    after = `&after=${encodeURIComponent(answer.next)}`;
  }
  assert.equal(new Set(seen).size, 4);
  const accesses = await get('enterprise-a', `${base}?part=accesses&proofs=true`);
  const own = accesses.items.filter(({ facts }) => (facts['kind'] as { code: string }).code === 'export');
  assert.equal(own.length, 2, 'each page of records is there');
  assert.equal(accesses.disclosureId, null);
  const proven = accesses.receipts.find(
    ({ receipt }) => receipt.id === accesses.items.find(({ id }) => id === disclosureId)?.receiptId,
  );
  assert(proven?.included !== null && proven !== undefined);
});

test('over HTTP wrong parts, cursors and other enterprises are refused', async () => {
  const base = `/api/v1/enterprises/${CODE}/everything`;
  assert.equal((await get('enterprise-a', `${base}?part=secrets`)).error?.code, 'request.invalid');
  assert.equal(
    (await get('enterprise-a', `${base}?part=records&after=none`)).error?.code,
    'everything.after_unknown',
  );
  assert.equal((await get('enterprise-b', base)).error?.code, 'policy.own_record_only');
  assert.equal((await get('inquirer', base)).error?.code, 'policy.own_record_only');
  assert.equal(
    (await get('enterprise-b', `/api/v1/enterprises/${OTHER_CODE}/everything?part=records`)).items.length,
    0,
  );
});
