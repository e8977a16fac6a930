import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import {
  approveHold,
  approveLift,
  type NewHold,
  listExpired,
  proposeHold,
  proposeLift,
  RETENTION_LIMITS,
  runRetention,
} from '#rights';
import { listOwnRemovals } from '../../src/rights/retention/list-removals.ts';
import { endingOf } from './http-node.ts';
import { untilSomebodyWaits } from './monitoring-watch-setting.ts';
import { PENALTY } from './recalls-setting.ts';
import {
  ADMIN,
  deliverOld,
  numbersLeft,
  openRetentionSetting,
  OTHER_ADMIN,
  ownPermitOf,
  performed,
  recordOf,
  requireProved,
  type RetentionSetting,
} from './retention-setting.ts';

const t = endingOf(after);
const DAY_MS = 86_400_000;

function refused(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Error && 'code' in error && error.code === code;
}

/** On the enterprise, unless told. */
async function put(setting: RetentionSetting, about: Partial<NewHold> = {}) {
  const { within, retention, enterpriseId } = setting;
  const scope = { enterpriseId, contract: null, recordId: null, reason: '保全通知', until: null };
  return await within((tx) => proposeHold(tx, retention, { caller: ADMIN, ...scope, ...about }));
}

test('a hold keeps its record from its proposal on, is confirmed and lifted by another person, and then it goes', async () => {
  const setting = await openRetentionSetting(t);
  const { within, retention } = setting;
  const { deliveryNo } = await deliverOld(setting, [performed('甲'), performed('乙')]);
  const recordId = await recordOf(setting, deliveryNo);
  const { holdId } = await put(setting, { contract: PENALTY, recordId });
  const { records } = await within((tx) => listExpired(tx, retention, { caller: ADMIN, contract: PENALTY }));
  assert.deepEqual(
    records.map(({ waits }) => waits),
    ['hold', null],
  );
  const done = await runRetention(retention);
  assert.deepEqual([done.removed, done.waiting, await numbersLeft(setting)], [1, 1, ['甲']]);
  const step = (act: typeof approveHold, caller = ADMIN) =>
    within((tx) => act(tx, retention, { caller, holdId }));
  await assert.rejects(step(approveHold), refused('policy.holds_two_persons'));
  await assert.rejects(step(approveLift, OTHER_ADMIN), refused('retention.hold_state'));
  assert.equal((await step(approveHold, OTHER_ADMIN)).state, 'in_force');
  const lift = await within((tx) =>
    proposeLift(tx, retention, { caller: ADMIN, holdId, reason: '保全解除' }),
  );
  assert.equal(lift.state, 'lift_proposed');
  assert.equal((await runRetention(retention)).removed, 0, 'it keeps until the second person agrees');
  await assert.rejects(step(approveLift), refused('policy.holds_two_persons'));
  assert.equal((await step(approveLift, OTHER_ADMIN)).state, 'lifted');
  assert.equal((await runRetention(retention)).removed, 1);
  assert.deepEqual(await numbersLeft(setting), []);
});

test('an unconfirmed hold lapses, one with a last day ends by itself, and one about nothing is refused', async () => {
  const setting = await openRetentionSetting(t);
  const { clock, retention, within } = setting;
  await deliverOld(setting, [performed('甲')]);
  const nothing = { enterpriseId: null };
  await assert.rejects(put(setting, nothing), refused('retention.hold_scope_missing'));
  await assert.rejects(put(setting, { contract: 'n01_registration' }), refused('retention.not_adverse'));
  const unknown = { contract: PENALTY, recordId: 'dlv_none:0' };
  await assert.rejects(put(setting, unknown), refused('retention.hold_scope_missing'));
  await assert.rejects(put(setting, { until: '2026-10-19' }), refused('retention.hold_past'));
  await assert.rejects(put(setting, { reason: ' ' }), refused('retention.hold_reason_missing'));
  const { holdId } = await put(setting, { ...nothing, contract: PENALTY, until: '2026-12-31' });
  await put(setting);
  await within((tx) => approveHold(tx, retention, { caller: OTHER_ADMIN, holdId }));
  clock.advance(RETENTION_LIMITS.proposalDays * DAY_MS);
  assert.equal((await runRetention(retention)).waiting, 1, 'the confirmed one on the dataset keeps');
  clock.advance(90 * DAY_MS);
  assert.equal((await runRetention(retention)).removed, 1);
});

const { recordsPerBatch } = RETENTION_LIMITS;

/** Three batches, the second of which a stranger holds up. */
async function openThreeBatches() {
  const setting = await openRetentionSetting(t);
  const many = Array.from({ length: 2 * recordsPerBatch + 20 }, (_, n) => performed(`罚${n}`));
  const { deliveryNo } = await deliverOld(setting, many);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: locked, resolve: hasLocked } = Promise.withResolvers<void>();
  const stranger = inTransaction(setting.retention.database, async (tx) => {
    await tx.rows('select from lists.n08_penalty_v1 where row_no = $1 for update', [recordsPerBatch + 5]);
    hasLocked();
    await released;
  });
  await locked;
  const letGo = async (): Promise<void> => {
    release();
    await stranger;
  };
  return { setting, deliveryNo, records: many.length, letGo };
}

test('a run that is cut off in the middle of a batch leaves whole batches, and the next one does the rest', async () => {
  const { setting, records, letGo } = await openThreeBatches();
  const { retention, within } = setting;
  const cut = assert.rejects(runRetention(retention));
  await untilSomebodyWaits(retention.database);
  await retention.database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  await cut;
  assert.equal((await numbersLeft(setting)).length, records - recordsPerBatch);
  await letGo();
  assert.equal((await runRetention(retention)).removed, records - recordsPerBatch);
  assert.deepEqual(await numbersLeft(setting), []);
  const own = await within((tx) => listOwnRemovals(tx, ownPermitOf(tx, setting)));
  assert.equal(own.length, records);
  for (const one of own) requireProved(one);
  const versions = new Set(own.flatMap((one) => one.versions));
  assert.equal(versions.size, records, 'none was removed twice');
});

test('a hold that is put while a run is at work keeps what the run has not come to', async () => {
  const { setting, deliveryNo, records, letGo } = await openThreeBatches();
  const { retention } = setting;
  const running = runRetention(retention);
  await untilSomebodyWaits(retention.database);
  const recordId = await recordOf(setting, deliveryNo, 2 * recordsPerBatch + 7);
  const putting = put(setting, { contract: PENALTY, recordId });
  await letGo();
  const [done, hold] = await Promise.all([running, putting]);
  const left = await numbersLeft(setting);
  assert.equal(hold.state, 'proposed');
  assert.equal(done.removed + left.length, records);
  assert.deepEqual([left, done.waiting], [[`罚${2 * recordsPerBatch + 7}`], 1]);
});
