import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { runRetention } from '#rights';
import { openLeaf, recordLeaf } from '#security';
import { endingOf } from './http-node.ts';
import { PENALTY } from './recalls-setting.ts';
import { deliverOld, numbersLeft, openRetentionSetting, performed, recordOf } from './retention-setting.ts';

test('an open objection keeps its record; a decided one loses what the record said, and its leaves open no more', async () => {
  const setting = await openRetentionSetting(endingOf(after));
  const { retention, within, enterpriseId, clock, context } = setting;
  const { deliveryNo } = await deliverOld(setting, [performed('甲')]);
  const recordId = await recordOf(setting, deliveryNo);
  const at = clock.now();
  const [applied, decided] = await within(async (tx) => {
    const leaf = (body: object) =>
      recordLeaf(tx, context.keys, { kind: 'objection_decision', at, body: { ...body } });
    const receipts = [(await leaf({ step: 1 })).id, (await leaf({ step: 2 })).id] as const;
    await tx.rows(
      `insert into rights.objections (enterprise_id, objection_id, applied_by, mandate_id, reason, attachments, rules_version, applied_at, receipt_id)
       values ($1, 'obj_1', 'acc', 'mdt', '罚款金额不是三万元', '[{"name": "甲.pdf"}]', '1', $2, $3)`,
      [enterpriseId, at, receipts[0]],
    );
    await tx.rows(
      `insert into rights.objection_items (enterprise_id, objection_id, item_no, contract_id, provider, first_record_id, record_id,
         ground, fields, claim_digest, mode, state, is_followed)
       values ($1, 'obj_1', 1, $2, '某局', $3, $3, 'wrong', '[{"field": "fine", "oldValue": "3", "claimedValue": "1"}]', $4, 'mark',
         'submitted', true)`,
      [enterpriseId, PENALTY, recordId, 'ab'.repeat(32)],
    );
    await tx.rows(
      `insert into rights.objection_steps (enterprise_id, objection_id, step_no, item_no, act, by_kind, by_id, at, words, receipt_id)
       values ($1, 'obj_1', 1, 1, 'decide', 'provider', 'acc', $2, '三万元无误', $3)`,
      [enterpriseId, at, receipts[1]],
    );
    return receipts;
  });
  const open = await runRetention(retention);
  assert.deepEqual([open.removed, open.waiting], [0, 1]);
  await within((tx) =>
    tx.rows(
      `update rights.objection_items set state = 'rejected', decision = '三万元无误', decided_kind = 'provider', decided_at = $1,
         statement = '仍不认可'`,
      [at],
    ),
  );
  assert.equal((await runRetention(retention)).removed, 1);
  assert.deepEqual(await numbersLeft(setting), []);
  const [left] = await within((tx) =>
    tx.rows<{ text: string }>(
      `select concat(i.fields, i.fields_sealed, i.decision, i.statement, o.reason, o.attachments, s.words, i.claim_digest) as text
       from rights.objection_items i join rights.objections o using (objection_id) join rights.objection_steps s using (objection_id)`,
    ),
  );
  for (const said of ['三万元', '甲.pdf', 'claimedValue', '不认可', 'abab'])
    assert.equal(left?.text.includes(said), false, left?.text);
  for (const id of [applied, decided]) assert.equal(await within((tx) => openLeaf(tx, id)), undefined);
});
