import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction, toEnterpriseId } from '#kernel';
import { recallDisclosures } from '#rights';
import { decide, recordDisclosure, recordLeaf } from '#security';
import { openRights } from '../../src/entry/rights.ts';
import { addMember, addPeople, callerOf, CODE } from './consent-setting.ts';
import { addOperator, endingOf, openTestApp, signIn } from './http-node.ts';
import { addDelivery, addRecords } from './indicators-setting.ts';

const { app, node } = await openTestApp(endingOf(after));
await addPeople(node);
await addMember(node, { login: 'risk', participant: 'bank', role: 'risk_officer' });
await addMember(node, { login: 'other-risk', participant: 'other-bank', role: 'risk_officer' });
await addOperator(node);
const context = openRights(node);
const PENALTY = 'n08_penalty';

type Body = Record<string, unknown> & { error?: { code: string } };
type Line = { recallId: string; done: string | null };

async function call(login: string, url: string, payload?: object): Promise<{ status: number; body: Body }> {
  const headers = { cookie: await signIn(app, login), origin: 'http://127.0.0.1:8080' };
  const answer =
    payload === undefined
      ? await app.inject({ method: 'GET', url, headers })
      : await app.inject({ method: 'POST', url, payload, headers });
  return { status: answer.statusCode, body: answer.json<Body>() };
}

/** A penalty that was answered to the bank, and found wrong. */
async function recallOne(): Promise<void> {
  const contract = context.catalogue.contracts.get(PENALTY) ?? assert.fail();
  await inTransaction(node.database, async (tx) => {
    const [found] = await tx.rows<{ id: string }>(
      'select enterprise_id as id from lists.enterprise_codes where code = $1',
      [CODE],
    );
    const enterpriseId = toEnterpriseId(found?.id ?? '');
    const at = node.clock.now();
    const knownFrom = new Date(at.getTime() - 60_000);
    const deliveryNo = await addDelivery(tx, contract, knownFrom);
    const values = { decision_no: '罚1', penalty_kind: 'fine', decided_on: '2026-10-12' };
    await addRecords(tx, contract, [{ enterpriseId, deliveryNo, rowNo: 0, knownFrom, values }]);
    const asked = { caller: callerOf({}), purpose: 'public_report', subject: enterpriseId } as const;
    const permit = decide(tx, context.policies, { ...asked, contracts: [contract], asOf: { knownAt: at } });
    const { id: receiptId } = await recordLeaf(tx, context.keys, { kind: 'answer', at, body: {} });
    const contents = { contracts: [PENALTY], contentDigest: 'sha256:00', institution: 'bank' };
    await recordDisclosure(tx, { permit, kind: 'answer', ...contents, receiptId, at });
    const [delivery] = await tx.rows<{ id: string }>(
      'select delivery_id as id from lists.deliveries where delivery_no = $1',
      [deliveryNo],
    );
    const cause = { kind: 'objection', id: 'obj_1' } as const;
    const about = { enterpriseId, contract: PENALTY, recordId: `${delivery?.id}:0`, cause, at };
    assert.equal((await recallDisclosures(tx, context, about)).recalls, 1);
  });
}

test('a recall is read and acknowledged over HTTP by its bank, seen by its enterprise, counted by the node', async () => {
  await recallOne();
  const listed = await call('risk', '/api/v1/recalls?state=open');
  assert.equal(listed.status, 200, JSON.stringify(listed.body));
  const [line] = listed.body['recalls'] as Line[];
  const id = line?.recallId ?? assert.fail();
  const notice = await call('risk', `/api/v1/recalls/${id}`);
  assert.equal(notice.status, 200, JSON.stringify(notice.body));
  assert.match(String(notice.body['notice']), /^[\w-]+\.[\w-]+\.[\w-]+$/);
  assert.deepEqual(notice.body['inclusion'], { index: 0, size: 1, hashes: [] });
  assert.deepEqual((await call('other-risk', '/api/v1/recalls')).body['recalls'], []);
  assert.equal((await call('other-risk', `/api/v1/recalls/${id}`)).body.error?.code, 'recalls.unknown');
  const path = '/api/v1/recalls/acknowledgements';
  const code = async (login: string, payload: object) => (await call(login, path, payload)).body.error?.code;
  assert.equal(await code('other-risk', { recalls: [id], done: 'deleted' }), 'recalls.unknown');
  assert.equal(await code('enterprise-a', { recalls: [id], done: 'deleted' }), 'security.not_permitted');
  assert.equal(await code('risk', { recalls: [id], done: 'forgotten' }), 'request.invalid');
  assert.equal(await code('risk', { recalls: [], done: 'deleted' }), 'request.invalid');
  assert.equal(await code('risk', { recalls: [id], done: 'other' }), 'recalls.note_missing');
  const done = await call('risk', path, { recalls: [id], done: 'corrected' });
  assert.equal(done.status, 200, JSON.stringify(done.body));
  const own = await call('enterprise-a', `/api/v1/enterprises/${CODE}/recalls`);
  assert.equal(own.status, 200, JSON.stringify(own.body));
  const [seen] = own.body['recalls'] as (Line & { recipient: { id: string }; contract: string })[];
  assert.deepEqual([seen?.done, seen?.recipient.id, seen?.contract], ['corrected', 'bank', PENALTY]);
  const foreign = await call('risk', `/api/v1/enterprises/${CODE}/recalls`);
  assert.notEqual(foreign.status, 200);
  const rates = await call('data', '/api/v1/recalls/rates');
  const [rate] = rates.body['disclosures'] as {
    institutionId: string;
    rate: number | null;
    hiddenBecause: string | null;
  }[];
  assert.deepEqual([rate?.institutionId, rate?.rate, rate?.hiddenBecause], ['bank', null, 'small']);
  assert.deepEqual((await call('data', '/api/v1/recalls/overdue')).body['recalls'], []);
  assert.equal((await call('risk', '/api/v1/recalls/rates')).body.error?.code, 'security.not_permitted');
});
