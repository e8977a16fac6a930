import assert from 'node:assert';
import type { Tx } from '#kernel';
import { endGivingGround, openGivingGround } from '#lists';
import type { ConsentRecord } from '../read-consents.ts';
import type { StoredState } from '../states.ts';
import { isGivingBack } from './is-giving-back.ts';

/** Keeps what deliveries and reads look at in step with the state, in the transaction that writes it. */
export async function followGivingGround(
  tx: Tx,
  record: ConsentRecord,
  { state, at }: { readonly state: StoredState; readonly at: Date },
): Promise<void> {
  if (!isGivingBack(record.purpose)) return;
  if (state !== 'active') {
    await endGivingGround(tx, record, at);
    return;
  }
  const { enterpriseId, consentId, institutionId, dataFrom, dataTo, frequency, validTo } = record;
  assert(frequency !== null, 'giving back is periodic');
  const contractIds = Object.keys(record.scope);
  const ground = {
    enterpriseId,
    consentId,
    institutionId,
    contractIds,
    dataFrom,
    dataTo,
    frequency,
    validTo,
  };
  await openGivingGround(tx, ground, at);
}
