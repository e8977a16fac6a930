import { beijingDate, openField, type Tx } from '#kernel';
import { type Caller, requireAllowed } from '#security';
import type { ProcessingContext } from '../processing-context.ts';
import { PROCESSING_LIMITS } from '../processing-limits.ts';
import { incidentRefusal } from '../processing-refusals.ts';
import { type IncidentWords, wordsPlace } from './incident-store.ts';
import type { IncidentAct, IncidentKind, IncidentState } from './standing.ts';

export type IncidentHead = {
  readonly incidentId: string;
  readonly kind: IncidentKind;
  readonly state: IncidentState;
  readonly noticedAt: Date;
  readonly openedAt: Date;
  readonly regulatorsDueOn: string | null;
  readonly personsDueOn: string | null;
  readonly profile: string;
  readonly enterprises: number | null;
  readonly persons: number | null;
  readonly soleTraders: number | null;
  /** The first report to an authority, and the first notice to those affected. */
  readonly reportedAt: Date | null;
  readonly toldAt: Date | null;
  readonly told: number;
  readonly acknowledged: number;
  readonly isReportLate: boolean;
  readonly isNoticeLate: boolean;
};

export type IncidentStep = {
  readonly stepNo: number;
  readonly act: IncidentAct;
  readonly at: Date;
  readonly by: string;
  readonly words: IncidentWords;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly receiptId: string;
};
export type IncidentView = IncidentHead & { readonly steps: readonly IncidentStep[] };

/** Newest first; `before` is the last id of the page before. Throws the policy's refusal. */
export async function listIncidents(
  tx: Tx,
  context: ProcessingContext,
  asked: {
    readonly caller: Caller;
    readonly isOpen?: boolean | undefined;
    readonly before?: string | undefined;
  },
): Promise<IncidentHead[]> {
  requireAllowed(context.policies, asked.caller, 'see_incidents');
  return await tx.rows<IncidentHead>(
    `${HEADS} where ($2::boolean is not true or i.state <> 'closed') and ($3::text is null or i.incident_id < $3)
     order by i.incident_id desc limit $4`,
    [today(context), asked.isOpen ?? null, asked.before ?? null, PROCESSING_LIMITS.pageMax],
  );
}

/** One with its timeline from step `from` on. Throws the policy's refusal, `incidents.unknown`. */
export async function readIncident(
  tx: Tx,
  context: ProcessingContext,
  asked: { readonly caller: Caller; readonly incident: string; readonly from?: number | undefined },
): Promise<IncidentView> {
  requireAllowed(context.policies, asked.caller, 'see_incidents');
  const { incident, from = 1 } = asked;
  const [head] = await tx.rows<IncidentHead>(`${HEADS} where i.incident_id = $2`, [today(context), incident]);
  if (head === undefined) throw incidentRefusal('incidents.unknown', { incident: incident.slice(0, 60) });
  const rows = await tx.rows<Omit<IncidentStep, 'words'> & { sealed: string | null }>(
    `select step_no as "stepNo", act, at, by_id as by, words_sealed as sealed, facts, receipt_id as "receiptId"
     from rights.incident_steps where incident_id = $1 and step_no >= $2 order by step_no limit $3`,
    [incident, from, PROCESSING_LIMITS.stepsShownMax],
  );
  const steps: IncidentStep[] = [];
  for (const { sealed, ...step } of rows)
    steps.push({ ...step, words: await openWords(tx, context, { incident, sealed }) });
  return { ...head, steps };
}

export async function openWords(
  tx: Tx,
  { cipher }: Pick<ProcessingContext, 'cipher'>,
  { incident, sealed }: { readonly incident: string; readonly sealed: string | null },
): Promise<IncidentWords> {
  if (sealed === null) return {};
  return JSON.parse(await openField(tx, cipher, wordsPlace(incident), sealed)) as IncidentWords;
}

function today({ clock }: ProcessingContext): string {
  return beijingDate(clock.now());
}

/** $1 is the day. An open step past its day is late, and so is one that was taken after it. */
const HEADS = `
  select i.incident_id as "incidentId", i.kind, i.state, i.noticed_at as "noticedAt", i.opened_at as "openedAt",
    i.regulators_due_on::text as "regulatorsDueOn", i.persons_due_on::text as "personsDueOn", i.profile,
    i.enterprises, i.persons, i.sole_traders as "soleTraders",
    s.reported_at as "reportedAt", n.told_at as "toldAt", n.told, n.acknowledged,
    coalesce(i.regulators_due_on < coalesce((s.reported_at at time zone 'Asia/Shanghai')::date, $1::date), false) as "isReportLate",
    coalesce(i.persons_due_on < coalesce((n.told_at at time zone 'Asia/Shanghai')::date, $1::date)
      and not (n.told_at is null and s.is_withheld), false) as "isNoticeLate"
  from rights.incidents i
  cross join lateral (
    select min(at) filter (where act = 'regulator_told') as reported_at,
      coalesce(max(step_no) filter (where act = 'withholding_approved')
        > coalesce(max(step_no) filter (where act in ('scoped', 'notice_ordered')), 0), false) as is_withheld
    from rights.incident_steps where incident_id = i.incident_id
  ) s
  cross join lateral (
    select min(told_at) as told_at, count(told_at)::int as told, count(acknowledged_at)::int as acknowledged
    from rights.incident_notices where incident_id = i.incident_id
  ) n`;
