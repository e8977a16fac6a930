import { join } from 'node:path';
import { inTransaction, type Tx } from '#kernel';
import { loadCalendar } from '#lists';
import { systemCaller } from '#platform';
import {
  bringProfileIntoForce,
  type CauseKind,
  loadRecallTerms,
  loadTimeLimits,
  recallDisclosures,
  type RightsContext,
} from '#rights';
import { decide, type DisclosureKind, recordDisclosure, recordLeaf } from '#security';
import { callerOf } from './consent-setting.ts';
import type { Ending } from './http-node.ts';
import { type AlertSetting, deliverPenalties, openAlertSetting } from './monitoring-alerts-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MODELS = join(ROOT, 'models');
export const PENALTY = 'n08_penalty';

export type RecallSetting = AlertSetting & { readonly rights: RightsContext };

/** Two banks that lent to one enterprise, on Tuesday 20 October 2026 unless told, and the rights of the package. */
export async function openRecallSetting(t: Ending, at?: string): Promise<RecallSetting> {
  const setting = await openAlertSetting(t, at);
  const rights: RightsContext = {
    ...setting.context,
    calendar: loadCalendar(join(MODELS, 'calendars')),
    timeLimits: loadTimeLimits([MODELS], 'beijing'),
    recall: loadRecallTerms([MODELS]),
  };
  const caller = systemCaller('test');
  await setting.within((tx) => bringProfileIntoForce(tx, rights, { caller }));
  return { ...setting, rights };
}

export type Left = {
  readonly kind: DisclosureKind;
  readonly contracts?: readonly string[];
  readonly institution?: string;
  readonly platform?: string;
  /** None of the contract's fields, as of a portrait, a score or a verification. */
  readonly isDerived?: boolean;
  readonly isSelf?: boolean;
  readonly asOf?: Date;
};

/** Something that left, a second after what came before; its id. */
export async function disclose(setting: RecallSetting, left: Left): Promise<string> {
  setting.clock.advance(1_000);
  return await setting.within((tx) => discloseIn(tx, setting, left));
}

async function discloseIn(tx: Tx, { context, enterpriseId, signatory, contract }: RecallSetting, left: Left) {
  const { kind, contracts = [PENALTY], institution, platform, isDerived, isSelf, asOf } = left;
  const at = context.clock.now();
  const permit = decide(tx, context.policies, {
    caller: isSelf === true ? signatory : callerOf({}),
    purpose: isSelf === true ? 'self' : 'public_report',
    subject: enterpriseId,
    contracts: contracts.map((id) => contract(id)),
    asOf: { knownAt: at },
  });
  const leaf = { kind: 'answer', at, body: { test: kind }, subject: enterpriseId } as const;
  const { id: receiptId } = await recordLeaf(tx, context.keys, leaf);
  return await recordDisclosure(tx, {
    permit,
    kind,
    contracts,
    contentDigest: 'sha256:00',
    receiptId,
    at,
    ...(isDerived === true && { fields: {} }),
    ...(institution !== undefined && { institution }),
    ...(platform !== undefined && { platform }),
    ...(asOf !== undefined && { asOf }),
  });
}

/** A penalty and the name of its record. */
export async function deliverOne(setting: RecallSetting, no = '罚1'): Promise<string> {
  const deliveryNo = await deliverPenalties(setting, [{ no }]);
  return await nameRecord(setting, deliveryNo);
}

export async function nameRecord({ within }: RecallSetting, deliveryNo: string, row = 0): Promise<string> {
  const [found] = await within((tx) =>
    tx.rows<{ id: string }>('select delivery_id as id from lists.deliveries where delivery_no = $1', [
      deliveryNo,
    ]),
  );
  return `${found?.id}:${row}`;
}

/** A decision about the record, a second later. */
export async function recall(
  setting: RecallSetting,
  recordId: string,
  kind: CauseKind = 'objection',
  id = 'obj_1',
) {
  setting.clock.advance(1_000);
  return await setting.within((tx) => recallIn(tx, setting, recordId, { kind, id }));
}

export async function recallIn(
  tx: Tx,
  { rights, enterpriseId, clock }: RecallSetting,
  recordId: string,
  cause: { readonly kind: CauseKind; readonly id: string },
) {
  return await recallDisclosures(tx, rights, {
    enterpriseId,
    contract: PENALTY,
    recordId,
    cause,
    at: clock.now(),
  });
}

export type RecallRow = {
  readonly recallId: string;
  readonly disclosureId: string;
  readonly kind: string;
  readonly part: string;
  readonly recipient: string;
  readonly demand: string;
  readonly notice: string;
  readonly dueOn: string | null;
};

/** All recalls, in the order of their disclosures. */
export async function recallsOf({ rights }: RecallSetting): Promise<RecallRow[]> {
  return await inTransaction(rights.database, (tx) =>
    tx.rows<RecallRow>(
      `select recall_id as "recallId", disclosure_id as "disclosureId", disclosure_kind as kind, part,
         recipient_id as recipient, demand, notice, due_on::text as "dueOn"
       from rights.recalls order by disclosure_id, recipient_id`,
    ),
  );
}

/** What a notice says. */
export function saidIn(notice: string): Readonly<Record<string, unknown>> {
  const [, payload = ''] = notice.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Readonly<Record<string, unknown>>;
}
