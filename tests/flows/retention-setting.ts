import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Tx } from '#kernel';
import { hashEntry, loadRetentionRules, type Removal, type RetentionContext } from '#rights';
import { decide, type Permit, verifyInclusion } from '#security';
import { callerOf } from './consent-setting.ts';
import type { Ending } from './http-node.ts';
import { addDelivery, addRecords } from './indicators-setting.ts';
import { nameRecord, openRecallSetting, PENALTY, type RecallSetting } from './recalls-setting.ts';

const MODELS = join(import.meta.dirname, '..', '..', 'models');

export type RetentionSetting = RecallSetting & { readonly retention: RetentionContext };

export const admin = (id: string) => callerOf({ id, kind: 'operator', roles: ['data_admin'] });
export const ADMIN = admin('acc_data');
export const OTHER_ADMIN = admin('acc_data2');

/** An enterprise with two lenders on 20 October 2026, and a folder of delivered files. */
export async function openRetentionSetting(t: Ending): Promise<RetentionSetting> {
  const setting = await openRecallSetting(t);
  const deliveriesFolder = mkdtempSync(join(tmpdir(), 'xinqiao-retention-'));
  t.after(() => rmSync(deliveriesFolder, { recursive: true, force: true }));
  const retention = { ...setting.rights, retention: loadRetentionRules([MODELS]), deliveriesFolder };
  return { ...setting, retention };
}

export type OldPenalty = Readonly<Record<string, string>> & { readonly decision_no: string };

/** A delivery of penalties with these values, known from now, and its file. */
export async function deliverOld(
  setting: RetentionSetting,
  penalties: readonly OldPenalty[],
): Promise<{ readonly deliveryNo: string; readonly file: string }> {
  const { within, clock, contract, enterpriseId, retention } = setting;
  clock.advance(1_000);
  const knownFrom = clock.now();
  const n08 = contract(PENALTY);
  return await within(async (tx) => {
    const deliveryNo = await addDelivery(tx, n08, knownFrom);
    const records = penalties.map((values, rowNo) => ({
      enterpriseId,
      deliveryNo,
      rowNo,
      knownFrom,
      values: { penalty_kind: 'fine', ...values },
    }));
    await addRecords(tx, n08, records);
    const [row] = await tx.rows<{ digest: string }>(
      'select digest from lists.deliveries where delivery_no = $1',
      [deliveryNo],
    );
    const digest = row?.digest ?? assert.fail();
    const file = join(retention.deliveriesFolder, digest.slice(0, 2), digest);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, penalties.map(({ decision_no }) => decision_no).join('\n'));
    return { deliveryNo, file };
  });
}

/** Performed in 2019 and before: past its years since 2024. */
export function performed(decision_no: string, performed_on = '2019-05-06'): OldPenalty {
  return { decision_no, decided_on: '2018-01-05', penalty_status: 'performed', performed_on };
}

export async function recordOf(setting: RetentionSetting, deliveryNo: string, row = 0): Promise<string> {
  return await nameRecord(setting, deliveryNo, row);
}

/** Numbers of the decisions that are still there. */
export async function numbersLeft({ within }: RetentionSetting): Promise<string[]> {
  const rows = await within((tx) =>
    tx.rows<{ no: string }>('select decision_no as no from lists.n08_penalty_v1 order by 1'),
  );
  return rows.map(({ no }) => no);
}

export function ownPermitOf(tx: Tx, { context, enterpriseId, signatory, clock }: RetentionSetting): Permit {
  const asOf = { knownAt: clock.now() };
  return decide(tx, context.policies, {
    caller: signatory,
    purpose: 'self',
    subject: enterpriseId,
    contracts: [],
    asOf,
  });
}

/** From what the enterprise is shown to the root that its leaf names. */
export function requireProved({
  inclusion,
  merkleRoot,
  leaf,
  removalId,
  receiptId: _leaf,
  ...entry
}: Removal): void {
  const { index, size } = inclusion;
  const hashes = inclusion.hashes.map((one) => Buffer.from(one, 'hex'));
  const isIn = verifyInclusion(hashEntry(entry), { index, size, hashes }, Buffer.from(merkleRoot, 'hex'));
  assert.ok(isIn, removalId);
  const body = JSON.parse(leaf?.body ?? '{}') as { merkleRoot?: string; removal?: string };
  assert.deepEqual([body.merkleRoot, body.removal], [merkleRoot, removalId]);
}
