import { beijingDate, type Tx } from '#kernel';
import { readRecallRates, type RecallRate, showRecallRates, type ShownRecallRate } from '#monitoring';
import { type Caller, requireAllowed, type StatisticsFloor } from '#security';
import type { RightsContext } from '../rights-context.ts';
import { RECALL_LIMITS } from './recall-limits.ts';
import { RECALL_COLUMNS, type RecallLine } from './recall-lines.ts';

export type RecallRates = {
  /** Of disclosures, by recipient; the node's own stand under `node`. `rate`: acknowledged of all. */
  readonly disclosures: RecallRate[];
  /** Of alerts, which monitoring recalls. */
  readonly alerts: RecallRate[];
};

export type ShownRecallRates = {
  readonly disclosures: readonly ShownRecallRate[];
  readonly alerts: readonly ShownRecallRate[];
};

/** What of the rates may be shown: nothing of few enterprises, or of one with nearly all recalls. */
export function hideRecallRates(
  { disclosures, alerts }: RecallRates,
  floor: StatisticsFloor,
): ShownRecallRates {
  return { disclosures: showRecallRates(disclosures, floor), alerts: showRecallRates(alerts, floor) };
}

/** How far what was recalled since an instant is acknowledged. Throws the policy's refusal. */
export async function overseeRecallRates(
  tx: Tx,
  context: RightsContext,
  { caller, since }: { readonly caller: Caller; readonly since: Date },
): Promise<RecallRates> {
  requireAllowed(context.policies, caller, 'oversee_recalls');
  const rows = await tx.rows<Omit<RecallRate, 'rate'>>(
    `select "institutionId", sum(recalls)::integer as recalls, sum(acknowledged)::integer as acknowledged,
       sum("onTime")::integer as "onTime", sum(overdue)::integer as overdue, count(*)::integer as subjects,
       max(recalls)::integer as largest
     from (
       select recipient_id as "institutionId", enterprise_id, count(*) as recalls, count(acknowledged_at) as acknowledged,
         count(*) filter (where acknowledged_at is not null and (due_on is null
           or (acknowledged_at at time zone 'Asia/Shanghai')::date <= due_on)) as "onTime",
         count(*) filter (where acknowledged_at is null and due_on < $2) as overdue
       from rights.recalls where recalled_at >= $1 group by 1, 2
     ) of_enterprise group by 1 order by 1`,
    [since, beijingDate(context.clock.now())],
  );
  const disclosures = rows.map((row) => ({ ...row, rate: row.acknowledged / row.recalls }));
  return { disclosures, alerts: await readRecallRates(tx, context, { since }) };
}

/** A recall past its day, and whose it is. */
export type OverdueRecall = RecallLine & { readonly recipientId: string; readonly platformId: string | null };

/** Recalls past their day that nobody acknowledged, the longest overdue first. Throws the policy's refusal. */
export async function listOverdueRecalls(
  tx: Tx,
  { policies, clock }: RightsContext,
  { caller, limit = RECALL_LIMITS.pageMax }: { readonly caller: Caller; readonly limit?: number },
): Promise<OverdueRecall[]> {
  requireAllowed(policies, caller, 'oversee_recalls');
  return await tx.rows<OverdueRecall>(
    `select ${RECALL_COLUMNS}, r.recipient_id as "recipientId", r.platform_id as "platformId"
     from rights.recalls r where r.acknowledged_at is null and r.due_on < $1
     order by r.due_on, r.recall_id limit $2`,
    [beijingDate(clock.now()), limit],
  );
}
