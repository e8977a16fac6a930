import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { inTransaction } from '#kernel';
import { followObjections } from '#rights';
import { endingOf } from './http-node.ts';
import {
  codeOf,
  deliverPenalties,
  evidence,
  openCalls,
  openObjectionSetting,
  penalty,
} from './objections-setting.ts';

const setting = await openObjectionSetting(endingOf(after));
const { node, context, providerOf } = setting;
const calls = openCalls(setting);
const { apply, read, ownAct, handle, report, recordOf } = calls;
const DEPARTMENT = providerOf('n08_penalty');

const wrongFine = (record: string, claimed = '5000元') => ({
  contract: 'n08_penalty',
  record,
  ground: 'wrong',
  fields: [{ field: 'fine', claimed }],
});
const application = (items: object[], attachments: object[] = []) => ({
  reason: '金额录入有误。',
  attachments,
  items,
});

async function marksOn(record: string): Promise<string[]> {
  const rows = await inTransaction(node.database, (tx) =>
    tx.rows<{ mark: string }>(
      `select mark from lists.marks m join lists.deliveries d using (delivery_no)
       where d.delivery_id || ':' || m.row_no = $1 and m.known_to = 'infinity' and m.valid_to = 'infinity' order by mark`,
      [record],
    ),
  );
  return rows.map(({ mark }) => mark);
}

describe('an upheld objection from application to correction', () => {
  let id = '';
  let record = '';
  let issued = '';

  test('marks the record in every answer at once, and starts its terms', async () => {
    record = await recordOf('甲1');
    issued = await report();
    assert.equal((await calls.handInEvidence('决定书')).status, 200);
    const { status, body } = await apply(application([wrongFine(record)], [evidence('决定书')]), 'agent');
    assert.equal(status, 200, JSON.stringify(body));
    id = body.objectionId;
    assert.deepEqual(
      body.items.map(({ state, mode, mark, fields }) => ({ state, mode, mark, fields })),
      [
        {
          state: 'submitted',
          mode: 'mark',
          mark: 'disputed',
          fields: [{ field: 'fine', oldValue: '3000000', claimedValue: '500000' }],
        },
      ],
    );
    assert.match(await report(), /异议/);
    assert.deepEqual(await marksOn(record), ['disputed']);
    const { body: seen } = await read(id);
    const terms = Object.fromEntries(
      seen.terms?.map(({ term, dueOn, state }) => [term, [dueOn, state]]) ?? [],
    );
    assert.deepEqual(terms, {
      mark: ['2026-06-02', 'met'],
      own_check: ['2026-06-03', 'running'],
      own_decision: ['2026-06-09', 'running'],
      forward: ['2026-06-04', 'running'],
      all_in: ['2026-06-22', 'running'],
    });
  });

  test('shows itself on the verification page of a report issued before, without any value', async () => {
    const answer = await setting.app.inject({
      method: 'POST',
      url: '/api/v1/reports/verify',
      headers: { 'content-type': 'application/octet-stream' },
      payload: Buffer.from(issued),
    });
    assert.equal(answer.statusCode, 200, answer.body.slice(0, 400));
    const { objections } = answer.json<{
      objections: { recordId: string; state: string; ground: string }[];
    }>();
    assert.deepEqual(
      objections.map(({ recordId, state, ground }) => [recordId, state, ground]),
      [[record, 'submitted', 'wrong']],
    );
    assert.doesNotMatch(answer.body, /3000000|500000/);
  });

  test('is decided by nobody before the node has checked and forwarded it, and then by its department alone', async () => {
    const decision = {
      item: 1,
      upheld: true,
      outcome: 'corrected',
      words: '经核对，金额应为五千元。',
      fields: [{ field: 'fine', newValue: '5000元' }],
    };
    assert.equal(codeOf(await handle(id, 'decision', decision, 'department')), 'objections.not_in_state');
    assert.equal(
      codeOf(await handle(id, 'check', { act: 'accept' }, 'representative')),
      'security.not_permitted',
    );
    assert.equal(
      codeOf(await handle(id, 'check', { act: 'accept' }, 'auditor')),
      'policy.objections_not_by_audit',
    );
    assert.equal((await handle(id, 'check', { act: 'accept' })).body.state, 'checking');
    assert.equal(codeOf(await handle(id, 'decision', decision)), 'objections.not_own_error');
    assert.equal((await handle(id, 'check', { act: 'forward' })).body.state, 'forwarded');
    assert.equal(
      codeOf(await handle(id, 'decision', decision, 'registry')),
      'policy.objections_of_own_records',
    );
    assert.equal(
      codeOf(await handle(id, 'decision', { ...decision, words: '　' }, 'department')),
      'objections.reasons_missing',
    );
    assert.equal(
      codeOf(await handle(id, 'decision', { ...decision, outcome: 'expired' }, 'department')),
      'objections.outcome_not_of_ground',
    );
    assert.equal(
      codeOf(await handle(id, 'decision', { ...decision, fields: [] }, 'department')),
      'objections.new_values_needed',
    );
    const { body } = await read(id);
    const due = body.terms?.find(({ term }) => term === 'provider_decision');
    assert.deepEqual([due?.dueOn, due?.responsible.id], ['2026-06-09', DEPARTMENT]);
    assert.equal(body.terms?.find(({ term }) => term === 'own_check')?.state, 'met');
    const done = await handle(id, 'decision', decision, 'department');
    assert.equal(done.status, 200, JSON.stringify(done.body));
    assert.equal(done.body.state, 'upheld');
  });

  test('upheld, withholds the wrong record, keeps old and new value and the words, and proves it by leaves', async () => {
    const { body } = await read(id);
    const [item] = body.items;
    assert.deepEqual(item?.correctedFields, [{ field: 'fine', oldValue: '3000000', newValue: '500000' }]);
    assert.equal(item?.decision, '经核对，金额应为五千元。');
    assert.deepEqual(await marksOn(record), ['withheld']);
    assert.doesNotMatch(await report(), /甲1/);
    const leaves = await inTransaction(node.database, (tx) =>
      tx.rows<{ body: string }>(
        `select body from security.leaf_bodies where subject_id = $1 and body like $2 order by receipt_id`,
        [setting.enterpriseId, `%${id}%`],
      ),
    );
    const acts = new Set(leaves.map(({ body: text }) => (JSON.parse(text) as { act?: string }).act));
    for (const act of ['objection_raised', 'decided', 'record_corrected']) assert.ok(acts.has(act), act);
    assert.ok(
      leaves.every(({ body: text }) => !/500000|五千元/.test(text)),
      'no value and no words in the log',
    );
    assert.equal(body.terms?.find(({ term }) => term === 'all_in')?.state, 'met');
    assert.equal(body.terms?.find(({ term }) => term === 'provider_correction')?.state, 'running');
  });

  test('delivered again as it was, stays withheld; delivered with another wrong value, too', async () => {
    await deliverPenalties(node, [penalty('甲1'), penalty('甲2')]);
    await followObjections(context);
    assert.deepEqual(await marksOn(record), ['withheld']);
    await deliverPenalties(node, [penalty('甲1', 2)]);
    await followObjections(context);
    const next = await recordOf('甲1');
    assert.notEqual(next, record);
    assert.deepEqual(await marksOn(next), ['withheld']);
    // The version before can still be asked for as of an earlier day.
    assert.deepEqual(await marksOn(record), ['withheld']);
    assert.doesNotMatch(await report(), /甲1/);
  });

  test('is corrected by the corrected delivery, which everybody reads', async () => {
    await deliverPenalties(node, [penalty('甲1', 0.5)]);
    assert.equal((await followObjections(context)).moved, 1);
    const { body } = await read(id);
    assert.ok(body.items[0]?.correctedAt);
    assert.equal(body.terms?.find(({ term }) => term === 'provider_correction')?.state, 'met');
    assert.match(await report(), /甲1/);
    assert.deepEqual(await marksOn(await recordOf('甲1')), []);
    assert.deepEqual(await followObjections(context), { looked: 0, moved: 0 });
  });

  test('tells the enterprise of every step that others took', async () => {
    const { body } = await calls.send(
      'GET',
      `/api/v1/enterprises/${'91110108MA01ABCD3N'}/objection-notices`,
      'representative',
    );
    const { notices } = body as unknown as { notices: { act: string }[] };
    const acts = new Set(notices.map(({ act }) => act));
    for (const act of ['accepted', 'forwarded', 'decided', 'record_replaced', 'corrected'])
      assert.ok(acts.has(act), act);
  });
});

describe('a rejected objection', () => {
  let id = '';
  let record = '';
  const rejection = { item: 1, upheld: false, words: '经核对，决定书所载金额与记录一致。' };

  test('ends the mark, and says why', async () => {
    record = await recordOf('甲2');
    for (const one of ['证据一', '证据二']) assert.equal((await calls.handInEvidence(one)).status, 200);
    const { body } = await apply(application([wrongFine(record)], [evidence('证据一')]));
    id = body.objectionId;
    await handle(id, 'check', { act: 'accept' });
    await handle(id, 'check', { act: 'forward' });
    assert.equal((await handle(id, 'decision', rejection, 'department')).body.state, 'rejected');
    assert.deepEqual(await marksOn(record), []);
  });

  test('is not raised again on the same ground without new evidence', async () => {
    assert.equal(codeOf(await apply(application([wrongFine(record)]))), 'objections.same_again');
    assert.equal(
      codeOf(await apply(application([wrongFine(record)], [evidence('证据一')]))),
      'objections.same_again',
    );
    const again = await apply(application([wrongFine(record)], [evidence('证据二')]));
    assert.equal(again.status, 200);
    assert.equal((await ownAct(again.body.objectionId, 'withdrawal', {})).body.state, 'withdrawn');
    assert.deepEqual(await marksOn(record), []);
  });

  test('has a statement of the enterprise beside the record, of a hundred characters at most', async () => {
    const state = (statement: string) => ownAct(id, 'statement', { item: 1, statement });
    assert.equal(codeOf(await state('长'.repeat(101))), 'objections.statement_not_valid');
    assert.equal((await state('本企业已提起行政诉讼。')).body.items[0]?.statement, '本企业已提起行政诉讼。');
    assert.match(
      await report(),
      /企业声明：本企业已提起行政诉讼。/,
      'the next report prints it beside the record',
    );
  });

  test('is reviewed once, by another person than decided, with the record marked meanwhile', async () => {
    const asked = await ownAct(id, 'review', { item: 1, reason: '决定未考虑所附证据。' });
    assert.equal(asked.body.state, 'review_asked');
    assert.deepEqual(await marksOn(record), ['disputed']);
    assert.equal(
      codeOf(await handle(id, 'review-decision', rejection, 'department')),
      'policy.objections_reviewed_by_another',
    );
    assert.equal(codeOf(await handle(id, 'review-decision', rejection)), 'objections.not_own_error');
    const annulled = { item: 1, upheld: true, outcome: 'annulled', words: '处罚决定已被撤销。' };
    const { status, body } = await handle(id, 'review-decision', annulled, 'department2');
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.state, 'review_decided');
    assert.deepEqual(await marksOn(record), ['annulled']);
    assert.equal(
      codeOf(await ownAct(id, 'review', { item: 1, reason: '再次申请。' })),
      'objections.not_in_state',
    );
    assert.equal((await read(id)).body.terms?.find(({ term }) => term === 'review')?.state, 'met');
  });

  test('annulled, stays out of use when it is delivered with another value', async () => {
    await deliverPenalties(node, [penalty('甲2', 4)]);
    await followObjections(context);
    assert.deepEqual(await marksOn(await recordOf('甲2')), ['annulled']);
    assert.doesNotMatch(await report(), /甲2/);
  });
});

describe('several records and grounds in one application', () => {
  test('each item goes its own course with its own department, and the objection is done when all are', async () => {
    const { body: lists } = await calls.send(
      'GET',
      `/api/v1/enterprises/91110108MA01ABCD3N/objections`,
      'representative',
    );
    assert.equal((lists as unknown as { objections: object[] }).objections.length, 3);
    const registration = await inTransaction(node.database, async (tx) => {
      const [row] = await tx.rows<{ record: string }>(
        `select delivery_id || ':' || row_no as record from lists.n01_registration_v1 join lists.deliveries using (delivery_no)`,
      );
      return row?.record ?? assert.fail();
    });
    const secret = { contract: 'n08_penalty', record: await recordOf('甲4'), ground: 'secret_or_private' };
    const domicile = {
      contract: 'n01_registration',
      record: registration,
      ground: 'wrong',
      fields: [{ field: 'domicile', claimed: '北京市海淀区乙路2号' }],
    };
    const expired = { contract: 'n08_penalty', record: await recordOf('甲3'), ground: 'past_public_period' };
    const missing = {
      contract: 'n08_penalty',
      ground: 'missing',
      fields: [{ field: 'decision_no', claimed: '甲9' }],
    };
    const { body } = await apply(application([domicile, expired, secret, missing]));
    assert.deepEqual(
      body.items.map(({ mode, mark }) => [mode, mark]),
      [
        ['mark', 'disputed'],
        ['mark', 'disputed'],
        ['suspend', 'withheld'],
        ['mark', null],
      ],
      JSON.stringify(body),
    );
    assert.doesNotMatch(await report(), /甲4/);
    const id = body.objectionId;
    assert.equal((await handle(id, 'check', { act: 'accept', items: [1, 2, 4] })).body.state, 'accepted');
    const refused = await handle(id, 'check', { act: 'refuse', items: [3], words: '所载内容依法应当公开。' });
    assert.equal(refused.body.items[2]?.state, 'refused');
    assert.match(await report(), /甲4/);
    await handle(id, 'check', { act: 'forward' });
    assert.equal((await calls.readHandled(id, 'registry')).body.items.length, 1);
    assert.equal((await calls.readHandled(id, 'department')).body.items.length, 2);
    await handle(id, 'decision', { item: 1, upheld: false, words: '登记住所未变更。' }, 'registry');
    assert.equal((await read(id)).body.state, 'forwarded');
    await handle(
      id,
      'decision',
      { item: 2, upheld: true, outcome: 'expired', words: '公示期已满。' },
      'department',
    );
    const added = {
      item: 4,
      upheld: true,
      outcome: 'corrected',
      words: '应予补录。',
      fields: [{ field: 'decision_no', newValue: '甲9' }],
    };
    assert.equal((await handle(id, 'decision', added, 'department')).body.items.at(-1)?.state, 'upheld');
    assert.equal((await read(id)).body.state, 'partly_upheld');
    assert.doesNotMatch(await report(), /甲3/);
    await deliverPenalties(node, [penalty('甲9')]);
    await followObjections(context);
    assert.ok((await read(id)).body.items[3]?.correctedAt);
  });
});
