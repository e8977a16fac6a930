import { inTransaction, toEnterpriseId, type Tx } from '#kernel';
import { type Caller, recordLeaves, requireAllowed } from '#security';
import type { ProcessingContext } from '../processing-context.ts';
import { PROCESSING_LIMITS } from '../processing-limits.ts';
import { incidentRefusal } from '../processing-refusals.ts';
import { type IncidentWords, requireStep, requireWords, takeIncident, writeStep } from './incident-store.ts';

/** What a notice says by PIPL article 57: kinds of information, cause, harm, what was done, what one can do, whom to ask. */
export const NOTICE_WORDS = {
  information: '涉及的信息种类 kinds of information',
  cause: '原因 the cause',
  harm: '可能造成的危害 possible harm',
  measures: '已采取的补救措施 measures taken',
  advice: '可以采取的减轻危害的措施 what those affected can do',
  contact: '联系方式 whom to ask',
} as const;
export type NoticeWords = Readonly<Partial<Record<keyof typeof NOTICE_WORDS, string | undefined>>>;

export type OfIncident = { readonly caller: Caller; readonly incident: string };

/**
 * An authority was told, at once and whatever else is still open. Throws the policy's refusal, `incidents.unknown`,
 * `incidents.not_now`, `incidents.regulator_unknown`, `incidents.words_missing`.
 */
export async function tellRegulator(
  tx: Tx,
  context: ProcessingContext,
  asked: OfIncident & { readonly regulator: string; readonly report?: string | undefined },
): Promise<void> {
  const { caller, incident, regulator } = asked;
  requireAllowed(context.policies, caller, 'handle_incident');
  const held = await takeIncident(tx, incident);
  requireStep(held, 'regulator_told');
  const known = context.processing.regulators.map(({ id }) => id);
  if (!known.includes(regulator))
    throw incidentRefusal('incidents.regulator_unknown', {
      regulator: regulator.slice(0, 60),
      known: known.join(', '),
    });
  const words = requireWords(asked, { report: '报告内容 what was reported' });
  await writeStep(tx, context, held, { act: 'regulator_told', caller, words, facts: { regulator } });
}

/** An authority asked that those affected are told (article 57, second paragraph); a decision not to tell them ends. */
export async function recordOrder(
  tx: Tx,
  context: ProcessingContext,
  asked: OfIncident & { readonly regulator: string; readonly order?: string | undefined },
): Promise<void> {
  const { caller, incident, regulator } = asked;
  requireAllowed(context.policies, caller, 'handle_incident');
  const held = await takeIncident(tx, incident);
  requireStep(held, 'notice_ordered');
  const known = context.processing.regulators.map(({ id }) => id);
  if (!known.includes(regulator))
    throw incidentRefusal('incidents.regulator_unknown', {
      regulator: regulator.slice(0, 60),
      known: known.join(', '),
    });
  const words = requireWords(asked, { order: '要求的内容 what was asked' });
  await writeStep(tx, context, held, { act: 'notice_ordered', caller, words, facts: { regulator } });
}

/**
 * Says the notice to everybody in the scope who was not told: it is in their self-query at once, each with a leaf of its own.
 * The words commit first; `continueNotices` does the rest, also after a crash. Returns how many were told by this call. Throws
 * the policy's refusal, `incidents.unknown`, `incidents.not_now`, `incidents.words_missing`.
 */
export async function tellAffected(
  context: ProcessingContext,
  { caller, incident, notice }: OfIncident & { readonly notice: NoticeWords },
): Promise<{ readonly told: number }> {
  await inTransaction(context.database, async (tx) => {
    requireAllowed(context.policies, caller, 'handle_incident');
    const held = await takeIncident(tx, incident);
    requireStep(held, 'persons_told');
    const words: IncidentWords = requireWords(notice, NOTICE_WORDS);
    await writeStep(tx, context, held, { act: 'persons_told', caller, words });
  });
  return await continueNotices(context);
}

/** Tells whoever is still to be told of incidents whose notice was said; idempotent, hourly and after `tellAffected`. */
export async function continueNotices(context: ProcessingContext): Promise<{ readonly told: number }> {
  let told = 0;
  for (;;) {
    const done = await inTransaction(context.database, (tx) => tellSome(tx, context));
    told += done;
    if (done < PROCESSING_LIMITS.toldPerStep) return { told };
  }
}

type Untold = {
  readonly enterpriseId: string;
  readonly incidentId: string;
  readonly stepNo: number;
  readonly disclosures: number;
  readonly records: number;
  readonly persons: number;
};

/** Those whom somebody else is telling at this moment are left to them. Of a later scope only its own notice counts. */
async function tellSome(tx: Tx, context: ProcessingContext): Promise<number> {
  const untold = await tx.rows<Untold>(
    `select n.enterprise_id as "enterpriseId", n.incident_id as "incidentId", s.step_no as "stepNo",
       n.disclosures, n.records, n.persons
     from rights.incidents i
     cross join lateral (
       select max(step_no) filter (where act = 'persons_told') as step_no,
         max(step_no) filter (where act = 'scoped') as scoped_no
       from rights.incident_steps where incident_id = i.incident_id
     ) s
     join rights.incident_notices n on n.incident_id = i.incident_id and n.told_at is null
     where s.step_no > s.scoped_no
     order by n.incident_id, n.enterprise_id limit $1 for update of n skip locked`,
    [PROCESSING_LIMITS.toldPerStep],
  );
  if (untold.length === 0) return 0;
  const at = context.clock.now();
  const receipts = await recordLeaves(
    tx,
    context.keys,
    untold.map(({ enterpriseId, incidentId, stepNo, disclosures, records, persons }) => ({
      kind: 'push' as const,
      at,
      subject: toEnterpriseId(enterpriseId),
      body: { act: 'incident_notice', incident: incidentId, step: stepNo, disclosures, records, persons },
    })),
  );
  await tx.rows(
    `update rights.incident_notices n set told_at = $1, step_no = t.step_no, receipt_id = t.receipt_id
     from unnest($2::bigint[], $3::text[], $4::integer[], $5::text[]) as t (enterprise_id, incident_id, step_no, receipt_id)
     where n.enterprise_id = t.enterprise_id and n.incident_id = t.incident_id`,
    [
      at,
      untold.map(({ enterpriseId }) => enterpriseId),
      untold.map(({ incidentId }) => incidentId),
      untold.map(({ stepNo }) => stepNo),
      receipts.map(({ id }) => id),
    ],
  );
  return untold.length;
}
