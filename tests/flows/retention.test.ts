import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { endMark, putMark } from '#lists';
import { listExpired, readRemoval, runRetention } from '#rights';
import { logOrigin, readReceipt, recordLeaf, requireAllowed, startSequencer, verifyReceipt } from '#security';
import { listOwnRemovals } from '../../src/rights/retention/list-removals.ts';
import { endingOf } from './http-node.ts';
import { endPenalties } from './monitoring-alerts-setting.ts';
import { disclose, PENALTY, recallsOf } from './recalls-setting.ts';
import {
  ADMIN,
  admin,
  deliverOld,
  numbersLeft,
  openRetentionSetting,
  ownPermitOf,
  performed,
  recordOf,
  requireProved,
} from './retention-setting.ts';

const t = endingOf(after);

test('the years run from the ending, from the day in its place, or from the withdrawal, and not while it goes on', async () => {
  const setting = await openRetentionSetting(t);
  const { retention, within, contract, enterpriseId, clock } = setting;
  const old = { decided_on: '2018-01-05' };
  await deliverOld(setting, [
    performed('终止'),
    { decision_no: '代用', ...old, penalty_status: 'normal', public_until: '2019-01-05' },
    { decision_no: '未履行', ...old, penalty_status: 'unperformed', performed_on: '2018-06-01' },
    { decision_no: '末日', ...old, performed_on: '2021-10-20' },
    { decision_no: '次日', ...old, performed_on: '2021-10-19' },
    { decision_no: '撤回', ...old, penalty_status: 'unperformed' },
  ]);
  clock.advance(1_000);
  const n08 = contract(PENALTY);
  await within((tx) => endPenalties(tx, n08, { enterpriseId, numbers: ['撤回'], at: clock.now() }));
  const asked = { caller: ADMIN, contract: PENALTY };
  const { records, next } = await within((tx) => listExpired(tx, retention, asked));
  const said = records.map(({ startedOn, keptUntil, basis, waits }) => [startedOn, keptUntil, basis, waits]);
  assert.deepEqual(said, [
    ['2019-05-06', '2024-05-06', 'ended', null],
    ['2019-01-05', '2024-01-05', 'fallback', null],
    ['2021-10-19', '2026-10-19', 'ended', null],
  ]);
  assert.equal(next, null);
  const first = await within((tx) => listExpired(tx, retention, { ...asked, limit: 2 }));
  const second = await within((tx) =>
    listExpired(tx, retention, { ...asked, limit: 2, after: first.next ?? assert.fail() }),
  );
  assert.deepEqual([...first.records, ...second.records], records);
  clock.advance((5 * 366 + 2) * 86_400_000);
  const later = await within((tx) => listExpired(tx, retention, asked));
  assert.equal(later.records.length, 5);
  assert.deepEqual(later.records.filter(({ basis }) => basis === 'withdrawn').length, 1);
  const determined = { ...retention, retention: { ...retention.retention, start: 'determined' as const } };
  const byDecision = await within((tx) => listExpired(tx, determined, asked));
  assert.equal(
    byDecision.records.every(({ startedOn }) => startedOn === '2018-01-05'),
    true,
  );
});

test('a record past its years is gone with all that repeats it, its recipients are told, and receipts still verify', async () => {
  const setting = await openRetentionSetting(t);
  const { retention, within, contract, context, clock, enterpriseId } = setting;
  const { deliveryNo, file } = await deliverOld(setting, [
    performed('旧'),
    { decision_no: '新', decided_on: '2025-01-05', performed_on: '2025-05-06' },
  ]);
  const n08 = contract(PENALTY);
  const recordId = await recordOf(setting, deliveryNo);
  const grant = requireAllowed(context.policies, admin('acc_data'), 'check_objection', {
    enterprise: enterpriseId,
  });
  const marked = { contract: n08, recordId, mark: 'disputed' } as const;
  await within(async (tx) => {
    await putMark(tx, grant, { ...marked, ground: '测试' });
    await endMark(tx, grant, marked);
    await tx.rows(
      `insert into lists.defects (delivery_no, row_no, field, code, rule, severity, params, raw)
       values ($1, 0, '', 'code', 'rule', 'warn', '{"value": "旧"}', '["旧"]')`,
      [deliveryNo],
    );
  });
  const answer = await disclose(setting, { kind: 'answer', institution: 'bank' });
  const before = await within((tx) =>
    recordLeaf(tx, context.keys, { kind: 'delivery', at: clock.now(), body: { delivery: deliveryNo } }),
  );
  const done = await runRetention(retention);
  assert.deepEqual(
    { removed: done.removed, recalls: done.recalls, waiting: done.waiting, files: done.files },
    { removed: 1, recalls: 1, waiting: 0, files: 1 },
  );
  assert.deepEqual(await numbersLeft(setting), ['新']);
  assert.equal(existsSync(file), false);
  const [recall] = await recallsOf(setting);
  assert.deepEqual([recall?.disclosureId, recall?.demand], [answer, 'end_use']);
  const [left] = await within((tx) =>
    tx.rows<{ marks: number; raw: number }>(
      `select (select count(*)::integer from lists.marks where mark = 'disputed') as marks,
         (select count(*)::integer from lists.defects where raw is not null or params <> '{}'::jsonb) as raw`,
    ),
  );
  assert.deepEqual(left, { marks: 0, raw: 0 });
  const [own] = await within((tx) => listOwnRemovals(tx, ownPermitOf(tx, setting)));
  assert.deepEqual([own?.contract, own?.versions, own?.keptUntil], [PENALTY, [recordId], '2024-05-06']);
  requireProved(own ?? assert.fail());
  const shown = await within((tx) => readRemoval(tx, retention, { caller: ADMIN, recordId }));
  assert.deepEqual(shown, own);
  const origin = logOrigin('http://127.0.0.1:8080');
  const parts = { database: context.database, keys: context.keys, origin, logger: context.logger };
  const sequencer = startSequencer(parts);
  await sequencer.drain();
  await sequencer.stop();
  const published = {
    receipt: context.keys.get('receipt').publicKey,
    log: context.keys.get('log').publicKey,
  };
  for (const id of [before.id, own?.receiptId ?? ''])
    assert.equal(verifyReceipt(await readReceipt(context.database, id), published), undefined);
  const again = await runRetention(retention);
  assert.deepEqual([again.removed, again.recalls, again.files], [0, 0, 0]);
});

test('every version of a record goes, and bytes that are sent again do not stay', async () => {
  const setting = await openRetentionSetting(t);
  const { retention, within, contract, enterpriseId, clock } = setting;
  const first = await deliverOld(setting, [{ ...performed('旧'), performed_on: '2019-01-01' }]);
  clock.advance(1_000);
  const n08 = contract(PENALTY);
  await within((tx) => endPenalties(tx, n08, { enterpriseId, numbers: ['旧'], at: clock.now() }));
  const second = await deliverOld(setting, [performed('旧')]);
  assert.equal((await runRetention(retention)).removed, 1);
  assert.deepEqual(await numbersLeft(setting), []);
  const [own] = await within((tx) => listOwnRemovals(tx, ownPermitOf(tx, setting)));
  const both = [await recordOf(setting, first.deliveryNo), await recordOf(setting, second.deliveryNo)];
  assert.deepEqual(own?.versions, both.toSorted());
  writeFileSync(second.file, '旧');
  await runRetention(retention);
  assert.deepEqual([existsSync(first.file), existsSync(second.file)], [false, false]);
});

test('who asked what is known for ten years, and the log stands after that', async () => {
  const setting = await openRetentionSetting(t);
  const { retention, within, clock, context } = setting;
  const answer = await disclose(setting, { kind: 'answer', institution: 'bank' });
  const receipts = async (): Promise<{ id: string; bodies: number }[]> =>
    await within((tx) =>
      tx.rows(
        `select d.receipt_id as id, (select count(*)::integer from security.leaf_bodies b where b.receipt_id = d.receipt_id) as bodies
         from security.disclosures d where d.disclosure_id = $1`,
        [answer],
      ),
    );
  const [kept] = await receipts();
  assert.equal(kept?.bodies, 1);
  clock.advance(9 * 365 * 86_400_000);
  assert.equal((await runRetention(retention)).accesses, 0);
  clock.advance(2 * 366 * 86_400_000);
  assert.ok((await runRetention(retention)).accesses >= 2);
  assert.deepEqual(await receipts(), []);
  const found = await readReceipt(context.database, kept?.id ?? '');
  const published = {
    receipt: context.keys.get('receipt').publicKey,
    log: context.keys.get('log').publicKey,
  };
  assert.equal(verifyReceipt(found, published), undefined);
});
