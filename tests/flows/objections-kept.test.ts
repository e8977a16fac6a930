import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { followObjections } from '#rights';
import { addProvider, basic, endingOf } from './http-node.ts';
import { codeOf, evidence, openCalls, openObjectionSetting, pageOf } from './objections-setting.ts';

const setting = await openObjectionSetting(endingOf(after));
const { app, node, context, providerOf } = setting;
const calls = openCalls(setting);
const { apply, read, handle, handInEvidence, readHandled, recordOf } = calls;

const wrongFine = async (decision: string) => ({
  contract: 'n08_penalty',
  record: await recordOf(decision),
  ground: 'wrong',
  fields: [{ field: 'fine', claimed: '4321元' }],
});

async function raiseForwarded(items: object[], attachments: object[] = []): Promise<string> {
  const { status, body } = await apply({ reason: '理由。', attachments, items });
  assert.equal(status, 200, JSON.stringify(body));
  for (const act of ['accept', 'forward']) await handle(body.objectionId, 'check', { act });
  return body.objectionId;
}

/** Everything that the tables of objections hold, as text. */
async function heldText(): Promise<string> {
  const rows = await inTransaction(node.database, (tx) =>
    tx.rows<{ held: string }>(
      `select (select jsonb_agg(to_jsonb(o)) from rights.objections o)::text ||
         (select jsonb_agg(to_jsonb(i)) from rights.objection_items i)::text ||
         (select jsonb_agg(to_jsonb(s)) from rights.objection_steps s)::text as held`,
    ),
  );
  return rows[0]?.held ?? '';
}

test('values and names of files stand sealed, are read by whoever may, and what was in clear is sealed by the next look', async () => {
  assert.equal((await handInEvidence('缴款凭证')).status, 200);
  const id = await raiseForwarded([await wrongFine('甲1')], [evidence('缴款凭证')]);
  const decision = { item: 1, upheld: true, outcome: 'corrected', words: '已核对。' };
  const fields = [{ field: 'fine', newValue: '5678元' }];
  assert.equal((await handle(id, 'decision', { ...decision, fields }, 'department')).body.state, 'upheld');
  assert.doesNotMatch(await heldText(), /432100|567800|3000000|缴款凭证/);
  const { body } = await read(id);
  assert.deepEqual(body.items[0]?.fields, [{ field: 'fine', oldValue: '3000000', claimedValue: '432100' }]);
  assert.equal(body.items[0]?.correctedFields?.[0]?.newValue, '567800');
  const claim = JSON.stringify(body.items[0]?.fields);
  await inTransaction(node.database, (tx) =>
    tx.rows(
      `update rights.objection_items set fields = $1::jsonb, fields_sealed = null where objection_id = $2`,
      [claim, id],
    ),
  );
  assert.match(await heldText(), /432100/);
  assert.equal((await read(id)).body.items[0]?.fields[0]?.claimedValue, '432100');
  await followObjections(context);
  assert.doesNotMatch(await heldText(), /432100/);
  assert.equal((await read(id)).body.items[0]?.fields[0]?.claimedValue, '432100');
});

test('evidence is a file that the node has looked at, and whoever handles the objection downloads it', async () => {
  const office = Buffer.from('504b030414000600', 'hex');
  assert.equal((await handInEvidence('a', office)).body.error?.code, 'attachments.type_refused');
  const active = Buffer.from(
    '%PDF-1.7\n1 0 obj << /OpenAction << /S /JavaScript /JS (x) >> >> endobj\n%%EOF\n',
  );
  assert.equal((await handInEvidence('a', active)).status, 422);
  assert.equal((await handInEvidence('../../etc/passwd')).body.error?.code, 'attachments.name_wrong');
  const stranger = await handInEvidence('a', pageOf('a'), 'other');
  assert.equal(stranger.body.error?.code, 'policy.objections_by_their_enterprise');
  const named = { reason: '理由。', attachments: [evidence('没有交来')], items: [await wrongFine('甲2')] };
  assert.equal(codeOf(await apply(named)), 'objections.attachment_unknown');
  const kept = await handInEvidence('决定书');
  assert.equal(kept.body.isScanned, false, 'this node has no scanner, and says so');
  const id = await raiseForwarded([await wrongFine('甲2')], [evidence('决定书')]);
  const download = (login: string, sha256 = evidence('决定书').sha256) =>
    app.inject({
      url: `/api/v1/rights/objections/${id}/attachments/${sha256}`,
      headers: { authorization: basic(login) },
    });
  const given = await download('department');
  assert.deepEqual(given.rawPayload, pageOf('决定书'));
  assert.match(String(given.headers['content-disposition']), /^attachment; /);
  assert.equal((await download('registry')).statusCode, 404, 'another department has none of it');
  assert.equal((await download('reader')).statusCode, 403);
  assert.match((await download('data', '0'.repeat(64))).body, /objections\.evidence_unknown/);
});

test('a department stops its clock for an examination with its reason, and lets it go on', async () => {
  const id = await raiseForwarded([await wrongFine('甲3')]);
  const clock = (act: string, login = 'department', more = {}) =>
    handle(id, 'clock', { act, words: '委托检验机构复检。', ...more }, login);
  const stateOf = async () =>
    (await readHandled(id, 'department')).body.terms?.find(({ term }) => term === 'provider_decision')?.state;
  assert.equal(codeOf(await clock('resume')), 'time_limits.not_stopped');
  assert.equal(codeOf(await clock('stop', 'reader')), 'security.not_permitted');
  assert.equal(codeOf(await clock('stop', 'registry')), 'objections.unknown');
  assert.equal((await clock('stop')).status, 200);
  assert.equal(await stateOf(), 'stopped');
  assert.equal(codeOf(await clock('stop')), 'time_limits.nothing_to_stop');
  const provider = providerOf('n08_penalty');
  assert.equal((await clock('resume', 'data', { provider })).status, 200, 'the node on its word');
  assert.equal(await stateOf(), 'running');
  const { body } = await read(id);
  assert.deepEqual(
    body.steps?.filter(({ act }) => act.startsWith('clock_')).map(({ act, byKind }) => [act, byKind]),
    [
      ['clock_stopped', 'provider'],
      ['clock_resumed', 'node'],
    ],
  );
});

test('a record missing from a dataset that stands at its source ends with the decision of its department', async () => {
  const atSource = [...node.lists.catalogue.contracts.values()].find(
    ({ sharingModes, list, fields }) =>
      list !== 'voluntary' &&
      !sharingModes.includes('replicated') &&
      fields.some(({ kind, disclosure }) => kind === 'text' && disclosure === 'authorised'),
  );
  const { id: contract, fields, provider } = atSource ?? assert.fail('some dataset stands at its source');
  const field = fields.find(({ kind, disclosure }) => kind === 'text' && disclosure === 'authorised');
  const login = 'at-source';
  await addProvider(node, login, provider);
  const claim = { field: field?.name, claimed: '某值' };
  const id = await raiseForwarded([{ contract, ground: 'missing', fields: [claim] }]);
  const decision = { item: 1, upheld: true, outcome: 'corrected', words: '已补录。' };
  const newValues = [{ field: field?.name, newValue: '某值' }];
  const done = await handle(id, 'decision', { ...decision, fields: newValues }, login);
  assert.equal(done.body.state, 'upheld', JSON.stringify(done.body));
  assert.notEqual(done.body.items[0]?.correctedAt, null);
  const { body } = await read(id);
  assert.deepEqual(
    body.terms?.filter(({ state }) => state === 'running').map(({ term }) => term),
    [],
    'nobody owes anything any more',
  );
});
