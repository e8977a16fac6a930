import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { inTransaction } from '#kernel';
import { endPeriods, followRepairs } from '#rights';
import { deliver } from '../support/lists.ts';
import { CODE } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import { evidence, NAME } from './objections-setting.ts';
import { codeOf, deliverRows, openRepairCalls, openRepairSetting } from './repair-setting.ts';

const setting = await openRepairSetting(endingOf(after));
const { node, repairs: context } = setting;
const calls = openRepairCalls(setting);
const { send, own, apply, accept, decide, read, report, recordOf, marksOn, grant } = calls;

describe('a repair from notice to confirmation', () => {
  let id = '';
  let record = '';

  test('each penalty comes with its rule, class and earliest day, for its enterprise alone', async () => {
    const { body } = await send('GET', `${own}/repair-notices`, 'representative');
    const of = (no: string) => body.notices.find(({ check }) => check.document === no)?.check;
    const old = of('修1');
    assert.deepEqual(
      [old?.regime, old?.earliestOn, old?.endsOn, old?.isEligible],
      ['order_58', '2026-06-01', '2029-03-01', true],
    );
    const fresh = of('新1');
    assert.deepEqual(
      [fresh?.regime, fresh?.severity, fresh?.earliestOn, fresh?.obstacles.map(({ code }) => code)],
      ['order_36', 'general', '2026-07-20', ['too_early']],
    );
    const other = await send('GET', `${own}/repair-notices`, 'other');
    assert.equal(codeOf(other), 'policy.repair_by_its_enterprise');
    assert.equal(codeOf(await send('GET', `${own}/repair-notices`, 'filing-agent')), 'mandate.out_of_scope');
    for (const login of ['reader', 'department', 'data'])
      assert.equal(
        codeOf(await send('GET', `${own}/repair-notices`, login)),
        'policy.repair_by_its_enterprise',
      );
  });

  test('an application needs a proof, a day, the pledge in force, and a record that is eligible', async () => {
    assert.equal(codeOf(await apply('修1', 'filing-agent')), 'mandate.out_of_scope');
    assert.equal(codeOf(await apply('修1', 'other')), 'policy.repair_by_its_enterprise');
    assert.equal(codeOf(await apply('修1', 'agent', { proofs: [] })), 'repairs.proof_needed');
    const twice = [evidence('同一份'), evidence('同一份')];
    assert.equal(codeOf(await apply('修1', 'agent', { proofs: twice })), 'repairs.proof_needed');
    assert.equal(
      codeOf(await apply('修1', 'agent', { performedOn: '2026-02-01' })),
      'repairs.not_performed_then',
    );
    assert.equal(
      codeOf(await apply('修1', 'agent', { performedOn: '2026-06-03' })),
      'repairs.not_performed_then',
    );
    assert.equal(
      codeOf(await apply('修1', 'agent', { pledge: '0'.repeat(64) })),
      'repairs.pledge_words_changed',
    );
    assert.equal(codeOf(await apply('修1', 'agent', { record: 'dlv_none:1' })), 'repairs.record_unknown');
    const early = await apply('新1', 'agent');
    assert.equal(codeOf(early), 'repairs.not_eligible');
    assert.match(early.body.error?.message.zh ?? '', /2026-07-20/);
  });

  test('it is accepted by the node and decided by whoever made the entry, in their terms', async () => {
    await deliver(node.lists, {
      contract: 'b03_penalty_bj',
      content: `统一社会信用代码,企业名称,处罚决定书文号,处罚决定日期,执法部门,信用修复状态\n${CODE},${NAME},修1,2026-03-01,北京市海淀区市场监督管理局,未修复\n`,
    });
    record = await recordOf('修1');
    const applied = await apply('修1', 'agent');
    assert.equal(applied.status, 200, JSON.stringify(applied.body));
    id = applied.body.repairId;
    assert.deepEqual(
      applied.body.terms.map(({ term, dueOn, state }) => [term, dueOn, state]),
      [['repair_acceptance', '2026-06-05', 'running']],
    );
    assert.equal(codeOf(await apply('修1')), 'repairs.open_already');
    assert.equal(codeOf(await decide(id)), 'repairs.not_in_state');
    assert.equal(codeOf(await accept(id, { accept: true }, 'auditor')), 'policy.repairs_not_by_audit');
    assert.equal(codeOf(await accept(id, { accept: false })), 'repairs.words_not_valid');
    assert.equal((await accept(id)).body.state, 'accepted');
    assert.equal(codeOf(await decide(id, true, 'registry')), 'policy.repairs_of_own_entries');
    assert.equal(codeOf(await decide(id, true, 'data')), 'security.not_permitted');
    assert.match(await report(), /修1/);
    const done = await decide(id);
    assert.equal(done.status, 200, JSON.stringify(done.body));
    assert.equal(done.body.state, 'granted');
  });

  test('granted, the record and its copy are gone from every answer, and the enterprise still sees them marked', async () => {
    assert.deepEqual(await marksOn(record), ['repaired']);
    assert.deepEqual(await marksOn(await recordOf('修1', 'b03_penalty_bj_v1')), ['repaired']);
    assert.doesNotMatch(await report(), /修1/);
    const seen = await send('GET', `${own}/report?purpose=self`, 'representative');
    assert.match(JSON.stringify(seen.body), /修1/);
    const { body } = await send('GET', `${own}/repair-notices`, 'representative');
    assert.ok(!body.notices.some(({ check }) => check.document === '修1'));
    assert.equal(codeOf(await apply('修1')), 'repairs.record_unknown');
  });

  test('it is confirmed once every recipient has, and running the job again changes nothing', async () => {
    assert.deepEqual(await followRepairs(context), { carried: 0, synced: 0 });
    const recalls = await inTransaction(node.database, (tx) =>
      tx.rows<{ id: string }>(`select recall_id as id from rights.recalls where cause_id = $1`, [id]),
    );
    assert.ok(recalls.length > 0, 'the reader had the report');
    const done = { recalls: recalls.map((one) => one.id), done: 'deleted' };
    assert.equal((await send('POST', '/api/v1/recalls/acknowledgements', 'data', done)).status, 200);
    assert.deepEqual(await followRepairs(context), { carried: 0, synced: 1 });
    const { body } = await read(id);
    assert.deepEqual(
      body.steps.map(({ act, byKind }) => [act, byKind]),
      [
        ['applied', 'enterprise'],
        ['accepted', 'node'],
        ['granted', 'provider'],
        ['synced', 'node'],
      ],
    );
    assert.ok(
      body.terms.every(({ state }) => state === 'met'),
      JSON.stringify(body.terms),
    );
    assert.deepEqual(await followRepairs(context), { carried: 0, synced: 0 });
  });

  test('the log proves each step and holds no word of it; the tables hold none in clear', async () => {
    const { leaves, stored } = await inTransaction(node.database, async (tx) => ({
      leaves: await tx.rows<{ body: string }>(
        'select body from security.leaf_bodies where subject_id = $1 and body like $2',
        [setting.enterpriseId, `%${id}%`],
      ),
      stored: await tx.rows<{ text: string }>(
        `select r::text as text from rights.repairs r union all select s::text from rights.repair_steps s`,
      ),
    }));
    const acts = new Set(leaves.map(({ body }) => (JSON.parse(body) as { act?: string }).act));
    for (const act of [
      'repair_applied',
      'repair_accepted',
      'repair_granted',
      'record_out_of_use',
      'repair_synced',
    ])
      assert.ok(acts.has(act), act);
    for (const { body } of leaves) assert.doesNotMatch(body, /罚款|经审核|凭证/);
    assert.ok(stored.length > 0);
    for (const { text } of stored) assert.doesNotMatch(text, /罚款|经审核|凭证/);
  });

  test('a version that is delivered later is out of use too', async () => {
    await deliverRows(node, [{ no: '修1', status: '已履行' }]);
    const next = await recordOf('修1');
    assert.notEqual(next, record);
    // From its publication on; the version before can still be asked for as of an earlier day, and stays out of use as well.
    assert.deepEqual([await marksOn(record), await marksOn(next)], [['repaired'], ['repaired']]);
    assert.doesNotMatch(await report(), /修1/);
    assert.equal((await followRepairs(context)).carried, 1);
    assert.deepEqual([await marksOn(record), await marksOn(next)], [['repaired'], ['repaired']]);
    assert.doesNotMatch(await report(), /修1/);
    assert.equal((await followRepairs(context)).carried, 0);
  });
});

test('what is denied with reasons may be asked again, and what is open may be withdrawn', async () => {
  const first = (await apply('修2')).body.repairId;
  await accept(first);
  assert.equal((await decide(first, false)).body.state, 'denied');
  assert.match(await report(), /修2/);
  const { body } = await read(first);
  assert.equal(body.steps.at(-1)?.words, '经审核，义务已履行。');
  const again = await apply('修2', 'agent2');
  assert.equal(again.status, 200);
  const { repairId } = again.body;
  const gone = await send('POST', `${own}/repairs/${repairId}/withdrawal`, 'agent');
  assert.equal(gone.body.state, 'withdrawn');
  assert.equal(codeOf(await accept(repairId)), 'repairs.not_in_state');
  const refused = (await apply('修2')).body.repairId;
  assert.equal((await accept(refused, { accept: false, words: '证明不全。' })).body.state, 'refused');
  assert.equal(codeOf(await read(refused, 'other')), 'policy.repair_by_its_enterprise');
});

test('the body that the record names decides as well as the department that carries its records, and sees its own alone', async () => {
  const { repairId } = (await apply('修4')).body;
  assert.equal(codeOf(await send('GET', `/api/v1/rights/repairs/${repairId}`, 'body')), 'repairs.unknown');
  await accept(repairId);
  const { body } = await send('GET', '/api/v1/rights/repairs', 'body');
  assert.deepEqual(
    body.repairs.map((one) => one.repairId),
    [repairId],
  );
  assert.equal(
    codeOf(await send('GET', `/api/v1/rights/repairs/${repairId}`, 'registry')),
    'repairs.unknown',
  );
  assert.equal((await decide(repairId, true, 'body')).body.state, 'granted');
});

test('of two who decide at once one decides', async () => {
  const { repairId } = (await apply('修5')).body;
  await accept(repairId);
  const both = await Promise.all([decide(repairId), decide(repairId, true, 'department2')]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
  assert.deepEqual(await marksOn(await recordOf('修5')), ['repaired']);
});

test('a decision that was annulled is removed at once, by whose it is', async () => {
  const record = await recordOf('修3');
  const asked = { code: CODE, contract: 'n08_penalty', document: '修3', words: '行政复议撤销。' };
  const path = '/api/v1/rights/repair-annulments';
  assert.equal(codeOf(await send('POST', path, 'registry', asked)), 'policy.repairs_of_own_entries');
  const done = await send('POST', path, 'department', asked);
  assert.deepEqual([done.status, done.body.records], [200, 1], JSON.stringify(done.body));
  assert.deepEqual(await marksOn(record), ['annulled']);
  assert.doesNotMatch(await report(), /修3/);
  assert.equal(codeOf(await send('POST', path, 'department', asked)), 'repairs.record_unknown');
});

test('what is past its maximum, or delivered as repaired or annulled, ends by itself, once', async () => {
  await deliverRows(node, [
    { no: '老1', decidedOn: '2023-06-02' },
    { no: '老2', decidedOn: '2023-06-03' },
    { no: '老3', decidedOn: '2026-05-01', publicUntil: '2026-06-01', grade: '一般失信' },
    { no: '已1', status: '已修复' },
    { no: '撤1', status: '撤销' },
  ]);
  const first = await endPeriods(context);
  assert.equal(first.ended, 4);
  const marks = await Promise.all(
    ['老1', '老2', '老3', '已1', '撤1'].map(async (no) => marksOn(await recordOf(no))),
  );
  assert.deepEqual(marks, [['withheld'], [], ['withheld'], ['repaired'], ['annulled']]);
  const text = await report();
  assert.match(text, /老2/);
  assert.doesNotMatch(text, /老1|老3|已1|撤1/);
  assert.equal((await endPeriods(context)).ended, 0);
});

test('a shield withholds what was decided by the ruling until its day, and gives it back', async () => {
  const path = '/api/v1/rights/repair-shields';
  const asked = { code: CODE, ruling: '（2026）京01破1号', ruledOn: '2026-05-20', until: '2026-06-20' };
  assert.equal(codeOf(await send('POST', path, 'department', asked)), 'security.not_permitted');
  assert.equal(
    codeOf(await send('POST', path, 'data', { ...asked, until: '2026-06-02' })),
    'repairs.shield_not_valid',
  );
  const { body } = await send('POST', path, 'data', asked);
  assert.ok(body.records > 0);
  assert.doesNotMatch(await report(), /修2|修6/);
  await deliverRows(node, [{ no: '修6', status: '已履行' }]);
  await followRepairs(context);
  assert.doesNotMatch(await report(), /修6/);
  setting.clock.advance(18 * 86_400_000);
  assert.equal((await endPeriods(context)).shieldsEnded, 1);
  assert.match(await report(), /修2/);
  assert.match(await report(), /修6/);
  assert.equal(codeOf(await send('POST', `${path}/${body.shieldId}/end`, 'data')), 'repairs.shield_unknown');
});

test('a repaired record is granted only once for all that was applied for of the same decision', async () => {
  const id = await grant('修7');
  const { body } = await read(id);
  assert.equal(body.state, 'granted');
  const again = await send('GET', `${own}/repairs`, 'representative');
  assert.ok(again.body.repairs.length > 3);
});
