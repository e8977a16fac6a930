import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { inTransaction } from '#kernel';
import { followObjections } from '#rights';
import { deliver } from '../support/lists.ts';
import { addMandate, CODE, OTHER_CODE } from './consent-setting.ts';
import { addPerson, endingOf } from './http-node.ts';
import {
  codeOf,
  deliverPenalties,
  evidence,
  openCalls,
  openObjectionSetting,
  pageOf,
  penalty,
} from './objections-setting.ts';

const setting = await openObjectionSetting(endingOf(after));
const { node, context, clock, enterpriseId, providerOf } = setting;
const calls = openCalls(setting);
const { apply, read, ownAct, handle, report, recordOf } = calls;
const DAY_MS = 86_400_000;

const about = (record: string, more: object = {}) => ({
  contract: 'n08_penalty',
  record,
  ground: 'past_public_period',
  ...more,
});
const wrongFine = (record: string, claimed = '5000元') =>
  about(record, { ground: 'wrong', fields: [{ field: 'fine', claimed }] });
const application = (items: object[], attachments: object[] = []) => ({
  reason: '理由。',
  attachments,
  items,
});

async function openMarks(): Promise<number> {
  const [row] = await inTransaction(node.database, (tx) =>
    tx.rows<{ n: number }>(
      `select count(*)::integer as n from lists.marks where known_to = 'infinity' and valid_to = 'infinity'`,
    ),
  );
  return row?.n ?? 0;
}

describe('who may object to what', () => {
  test('is the enterprise alone, by its representative or an agent mandated for it', async () => {
    const items = application([about(await recordOf('甲1'))]);
    assert.equal(codeOf(await apply(items, 'other')), 'policy.objections_by_their_enterprise');
    assert.equal(codeOf(await apply(items, 'data')), 'policy.objections_by_their_enterprise');
    assert.equal(codeOf(await apply(items, 'department')), 'policy.objections_by_their_enterprise');
    assert.equal(codeOf(await apply(items, 'filing-agent')), 'mandate.out_of_scope');
    assert.equal(await openMarks(), 0);
  });

  test('is a record of its own, on a ground, with fields and values that the dataset has', async () => {
    const record = await recordOf('甲1');
    const asked: [object, string][] = [
      [about('dlv_0:1'), 'objections.record_unknown'],
      [{ contract: 'n08_penalty', ground: 'past_public_period' }, 'objections.record_needed'],
      [about(record, { ground: 'dislike' }), 'objections.ground_unknown'],
      [about(record, { ground: 'wrong' }), 'objections.fields_needed'],
      [
        about(record, { ground: 'missing', fields: [{ field: 'fine', claimed: '1' }] }),
        'objections.record_not_meant',
      ],
      [about(record, { fields: [{ field: 'fine', claimed: '1元' }] }), 'objections.fields_not_meant'],
      [
        about(record, { ground: 'wrong', fields: [{ field: 'colour', claimed: '红' }] }),
        'objections.field_unknown',
      ],
      [
        about(record, {
          ground: 'wrong',
          fields: [{ field: 'representative_cert_no', claimed: '110101199003078515' }],
        }),
        'objections.field_unknown',
      ],
      [wrongFine(record, '很多'), 'objections.value_not_valid'],
      [wrongFine(record, '3万元'), 'objections.nothing_claimed'],
      [
        { contract: 'n99_nothing', ground: 'missing', fields: [{ field: 'fine', claimed: '1' }] },
        'objections.dataset_unknown',
      ],
    ];
    for (const [item, code] of asked)
      assert.equal(codeOf(await apply(application([item]))), code, JSON.stringify(item));
    assert.equal(codeOf(await apply(application([about(record), about(record)]))), 'objections.open_already');
    assert.equal(await openMarks(), 0, 'what is refused leaves nothing behind');
  });

  test('brings attachments whose names are no paths', async () => {
    const record = await recordOf('甲1');
    for (const name of [
      '../../etc/passwd',
      'a/b.pdf',
      'C:\\a.pdf',
      '.hidden',
      '决定\u0000书.pdf',
      '\u202Efdp.exe',
    ])
      assert.equal(
        codeOf(await apply(application([about(record)], [{ ...evidence('x'), name }]))),
        'objections.attachment_not_valid',
        name,
      );
    const huge = { ...evidence('x'), bytes: 10 ** 9 };
    assert.equal(
      codeOf(await apply(application([about(record)], [huge]))),
      'objections.attachment_not_valid',
    );
  });

  test('is nothing of another enterprise', async () => {
    const { body } = await apply(application([about(await recordOf('甲1'))]));
    const url = `/api/v1/enterprises/${OTHER_CODE}/objections/${body.objectionId}`;
    assert.equal(codeOf(await calls.send('GET', url, 'other')), 'objections.unknown');
    assert.equal(codeOf(await calls.send('POST', `${url}/withdrawal`, 'other', {})), 'objections.unknown');
    assert.equal(
      codeOf(await calls.readHandled(body.objectionId, 'department')),
      'objections.unknown',
      'not forwarded yet',
    );
    assert.equal((await ownAct(body.objectionId, 'withdrawal', {})).body.state, 'withdrawn');
    assert.equal(codeOf(await ownAct(body.objectionId, 'withdrawal', {})), 'objections.nothing_open');
    assert.equal(await openMarks(), 0);
  });
});

describe('what happens meanwhile', () => {
  test('of two agents who object to one record at once, one does', async () => {
    const items = application([about(await recordOf('甲1'))]);
    const answers = await Promise.all([apply(items, 'agent'), apply(items, 'agent2')]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    assert.equal(
      answers.map(codeOf).find((code) => code !== undefined),
      'objections.open_already',
    );
    const raised = answers.find(({ status }) => status === 200);
    const id = raised?.body.objectionId ?? assert.fail();
    const withdrawn = await Promise.all([
      ownAct(id, 'withdrawal', {}, 'agent'),
      ownAct(id, 'withdrawal', {}, 'agent2'),
    ]);
    assert.deepEqual(withdrawn.map(codeOf).sort(), ['objections.nothing_open', undefined].sort());
  });

  test('a mandate that ends leaves the objection; its agent acts no more, and a new representative goes on', async () => {
    const { body } = await apply(application([about(await recordOf('甲1'))]), 'agent2');
    await inTransaction(node.database, async (tx) => {
      await tx.rows(
        `update platform.mandates set valid_to = $1 where enterprise_id = $2
         and account_id in (select account_id from platform.accounts where login in ('agent2', 'representative'))`,
        [new Date(clock.now().getTime() - 1000), enterpriseId],
      );
    });
    assert.equal(codeOf(await ownAct(body.objectionId, 'withdrawal', {}, 'agent2')), 'mandate.expired');
    assert.equal(
      codeOf(await read(body.objectionId)),
      'mandate.expired',
      'who represented it until yesterday',
    );
    assert.equal((await handle(body.objectionId, 'check', { act: 'accept' })).body.state, 'checking');
    const accountId = await addPerson(node, { login: 'successor', kind: 'enterprise', enterpriseId });
    const mandate = { enterpriseId, accountId, capacity: 'legal_representative', scope: [] };
    await inTransaction(node.database, (tx) => addMandate(tx, mandate));
    assert.equal((await ownAct(body.objectionId, 'withdrawal', {}, 'successor')).body.state, 'withdrawn');
  });

  test('a record that its department withdraws settles the objection', async () => {
    const { body } = await apply(application([about(await recordOf('甲2'))]), 'successor');
    await deliver(node.lists, {
      contract: 'n08_penalty',
      kind: 'withdrawal',
      content: `统一社会信用代码,企业名称,行政处罚决定书文号\n${CODE},北京甲科技有限公司,甲2\n`,
    });
    assert.equal((await followObjections(context)).moved, 1);
    const [item] = (await read(body.objectionId, 'successor')).body.items;
    assert.deepEqual(
      [item?.state, item?.outcome, item?.decidedKind, item?.mark],
      ['upheld', 'annulled', 'delivery', null],
    );
    const { terms } = (await read(body.objectionId, 'successor')).body;
    assert.ok(terms?.every(({ state }) => state === 'met'));
  });

  test('a delivery that brings the claimed value settles it; one that changes something else carries the mark on', async () => {
    const record = await recordOf('甲3');
    const { body } = await apply(application([wrongFine(record)]), 'successor');
    await deliverPenalties(node, [penalty('甲3', 4)]);
    assert.equal(codeOf(await handle(body.objectionId, 'check', { act: 'accept' })), undefined);
    assert.equal((await followObjections(context)).moved, 1);
    const moved = (await read(body.objectionId, 'successor')).body.items[0];
    assert.deepEqual(
      [moved?.state, moved?.recordId, moved?.mark, moved?.fields[0]?.oldValue],
      ['checking', await recordOf('甲3'), 'disputed', '4000000'],
    );
    await deliverPenalties(node, [penalty('甲3', 0.5)]);
    await followObjections(context);
    const settled = (await read(body.objectionId, 'successor')).body;
    assert.deepEqual(
      [settled.state, settled.items[0]?.decidedKind, settled.items[0]?.outcome],
      ['upheld', 'delivery', 'corrected'],
    );
    assert.match(await report(), /甲3/);
    assert.equal(await openMarks(), 0);
  });

  test('a decision on a record that a delivery has just replaced waits until that is seen', async () => {
    const { body } = await apply(application([about(await recordOf('甲4'))]), 'successor');
    await handle(body.objectionId, 'check', { act: 'accept' });
    await handle(body.objectionId, 'check', { act: 'forward' });
    await deliverPenalties(node, [penalty('甲4', 9)]);
    const decision = { item: 1, upheld: true, outcome: 'expired', words: '公示期已满。' };
    assert.equal(
      codeOf(await handle(body.objectionId, 'decision', decision, 'department')),
      'objections.record_changed',
    );
    await followObjections(context);
    assert.equal((await handle(body.objectionId, 'decision', decision, 'department')).body.state, 'upheld');
    assert.doesNotMatch(await report(), /甲4/);
  });
});

describe('the node and the departments', () => {
  test('the node decides on its own error of matching, and the record is no longer this enterprise’s', async () => {
    const { body } = await apply(application([about(await recordOf('甲5'))]), 'successor');
    await handle(body.objectionId, 'check', { act: 'accept' });
    const decision = {
      item: 1,
      upheld: true,
      fault: 'matching',
      outcome: 'annulled',
      words: '节点匹配有误，该处罚属同名企业。',
    };
    const done = await handle(body.objectionId, 'decision', decision);
    assert.deepEqual(
      [done.body.state, done.body.items[0]?.decidedKind, done.body.items[0]?.mark],
      ['upheld', 'node', 'annulled'],
    );
    assert.doesNotMatch(await report(), /甲5/);
    const recalled = await inTransaction(node.database, (tx) =>
      tx.rows(`select from rights.recalls where cause_kind = 'objection' and cause_id = $1`, [
        body.objectionId,
      ]),
    );
    assert.ok(recalled.length > 0, 'reports issued before are recalled');
  });

  test('a voluntary item has no department to forward to', async () => {
    const fields = [{ field: 'award_title', claimed: '某奖' }];
    const { body, status } = await apply(
      application([{ contract: 'v10_awards', ground: 'missing', fields }]),
      'successor',
    );
    assert.equal(status, 200, JSON.stringify(body));
    await handle(body.objectionId, 'check', { act: 'accept' });
    assert.equal(
      codeOf(await handle(body.objectionId, 'check', { act: 'forward' })),
      'objections.nobody_to_forward_to',
    );
    const done = await handle(body.objectionId, 'decision', {
      item: 1,
      upheld: false,
      words: '请由本企业自行填报。',
    });
    assert.equal(done.body.state, 'rejected');
    await ownAct(body.objectionId, 'review', { item: 1, reason: '请复核。' }, 'successor');
    const again = { item: 1, upheld: false, words: '维持。' };
    assert.equal(
      codeOf(await handle(body.objectionId, 'review-decision', again)),
      'policy.objections_reviewed_by_another',
    );
    assert.equal(
      (await handle(body.objectionId, 'review-decision', again, 'data2')).body.state,
      'review_decided',
    );
  });

  test('a department asks for more time and the node gives it once; a review comes too late after thirty days', async () => {
    const named = application([wrongFine(await recordOf('甲1'))], [evidence('新')]);
    assert.equal(codeOf(await apply(named, 'successor')), 'objections.attachment_unknown');
    assert.equal((await calls.handInEvidence('新', pageOf('新'), 'successor')).status, 200);
    const { body } = await apply(named, 'successor');
    const id = body.objectionId;
    await handle(id, 'check', { act: 'accept' });
    const provider = providerOf('n08_penalty');
    assert.equal(
      codeOf(await handle(id, 'extension', { words: '需调取案卷。' }, 'department')),
      'objections.not_in_state',
    );
    await handle(id, 'check', { act: 'forward' });
    assert.equal(
      codeOf(await handle(id, 'extension/approval', { provider })),
      'objections.no_extension_asked',
    );
    assert.equal((await handle(id, 'extension', { words: '需调取案卷。' }, 'department')).status, 200);
    assert.equal(
      codeOf(await handle(id, 'extension', { words: '再延。' }, 'department')),
      'objections.extension_asked_already',
    );
    assert.equal(
      codeOf(await handle(id, 'extension/approval', { provider }, 'department')),
      'security.not_permitted',
    );
    assert.equal((await handle(id, 'extension/approval', { provider })).status, 200);
    assert.equal(
      codeOf(await handle(id, 'extension/approval', { provider })),
      'time_limits.extended_already',
    );
    await handle(id, 'decision', { item: 1, upheld: false, words: '金额无误。' }, 'department2');
    clock.advance(31 * DAY_MS);
    assert.equal(
      codeOf(await ownAct(id, 'review', { item: 1, reason: '请复核。' }, 'successor')),
      'objections.review_too_late',
    );
  });
});

describe('many objections by one applicant', () => {
  const missing = (n: number) => ({
    contract: 'n08_penalty',
    ground: 'missing',
    fields: [{ field: 'decision_no', claimed: `缺${n}` }],
  });
  const fifty = (from: number) => application(Array.from({ length: 50 }, (_, n) => missing(from + n)));

  test('are bounded by what is open at once, and by what one day takes', async () => {
    const raised: string[] = [];
    let refused: string | undefined;
    for (let from = 0; from < 10_000 && refused === undefined; from += 50) {
      const answer = await apply(fifty(from), 'successor');
      refused = codeOf(answer);
      if (refused === undefined) raised.push(answer.body.objectionId);
    }
    assert.equal(refused, 'objections.too_many_open');
    assert.equal(raised.length, 4);
    const { status, body } = await apply(
      application(Array.from({ length: 51 }, (_, n) => missing(n))),
      'successor',
    );
    assert.deepEqual([status, body.error?.code], [422, 'objections.too_large']);
    for (const id of raised) await ownAct(id, 'withdrawal', {}, 'successor');
    const codes: (string | undefined)[] = [];
    for (let n = 0; n < 17; n += 1) {
      const answer = await apply(application([missing(20_000 + n)]), 'successor');
      codes.push(codeOf(answer));
    }
    assert.deepEqual(
      [codes.filter((code) => code === undefined).length, codes.at(-1)],
      [16, 'objections.too_many_today'],
    );
  });

  test('come in pages to whoever handles them, and to no stranger', async () => {
    const page = (await calls.list('data', '?state=submitted')).body as unknown as {
      items: object[];
      next: string | null;
    };
    assert.equal(page.items.length, 16);
    assert.equal(page.next, null);
    assert.equal(((await calls.list('registry')).body as unknown as { items: object[] }).items.length, 0);
    assert.equal(codeOf(await calls.list('reader')), 'security.not_permitted');
    assert.equal(codeOf(await calls.list('successor')), 'security.not_permitted');
  });
});
