import { assertProof, beijingDate, newId, type Tx } from '#kernel';
import {
  type Admission,
  type Caller,
  type DisclosureParty,
  readDisclosureParty,
  requireAllowed,
} from '#security';
import { dissolveConflicts, openConflicts } from './conflict-sql.ts';
import { type BatchFacts, readLive, writeVersions } from './fact-sql.ts';
import { judgeItems } from './judge-items.ts';
import type { OutcomesContext } from './outcomes-context.ts';
import { OUTCOMES_LIMITS } from './outcomes-limits.ts';
import { lockLoans } from './lock-loans.ts';
import { outcomesRefusal } from './outcomes-refusals.ts';
import { type BatchSource, recordBatch } from './record-batch.ts';
import type { BatchResult, ItemResult, OutcomeItem, ReportedItem } from './shape.ts';
import { withColumn } from './sheet/row-to-item.ts';
import { subjectsOf } from './subjects.ts';
import { takeInstant } from './take-instant.ts';

export type OutcomeReport = {
  /** Institution, office, platform and operator that report. */
  readonly admission: Admission;
  readonly caller: Caller;
  readonly items: readonly ReportedItem[];
  /** Absent: a call. */
  readonly source?: BatchSource;
};

/** The name under which the institution itself reports; platforms report under their own. */
export const DIRECT = 'direct';

/** Items of a call, each under its place in it. */
export function toReported(items: readonly OutcomeItem[]): ReportedItem[] {
  return items.map((item, at) => ({ row: at + 1, raw: item, item }));
}

/**
 * Takes in what an institution reports, in one transaction: each item is taken whole or refused with every fault it has,
 * and refused ones are kept. What was said before in the same words changes nothing, so a report may be sent again.
 * One batch of an institution at a time, so that two channels that report one loan find each other.
 * Throws `policy.…` and `outcomes.…` refusals for the batch as a whole.
 */
export async function reportOutcomes(
  tx: Tx,
  context: OutcomesContext,
  { admission, caller, items, source = { kind: 'call' } }: OutcomeReport,
): Promise<BatchResult> {
  requireReporter(context, admission, caller);
  requireBounded(items);
  const batch = await takeTurn(tx, context, admission);
  const parties = ownParties(admission, await readDisclosureParty(tx, disclosuresOf(items)));
  const live = await readLive(tx, batch.institutionId, subjectsOf(items, parties));
  const judged = judgeItems(items, {
    parties,
    live,
    channel: batch.channel,
    reasons: context.reasons,
    today: beijingDate(batch.at),
  });
  await lockLoans(tx, batch.institutionId, judged.versions);
  await writeVersions(tx, batch, judged.versions);
  await openConflicts(tx, batch, judged.conflicting);
  await dissolveConflicts(tx, batch, judged.agreed);
  const results = source.kind === 'sheet' ? judged.results.map(withColumns) : judged.results;
  return await recordBatch(tx, context, { batch, admission, caller, items, source, results });
}

/** People put a sheet right by its headings. */
function withColumns(result: ItemResult): ItemResult {
  return { ...result, faults: result.faults.map(withColumn) };
}

/** Reporting is a duty that outlasts an admission: only who never had one is turned away. */
function requireReporter({ policies }: OutcomesContext, admission: Admission, caller: Caller): void {
  assertProof(admission, 'Admission');
  requireAllowed(policies, caller, 'report_outcome');
  if (admission.institutionState === 'none') throw outcomesRefusal('outcomes.not_admitted');
  if (admission.platformId === null) return;
  const isLive = admission.platformState === 'admitted' || admission.platformState === 'trial';
  if (!isLive || !admission.hasAgreement) throw outcomesRefusal('outcomes.not_through_platform');
}

function requireBounded(items: readonly ReportedItem[]): void {
  const { batchItemsMax: itemsMax } = OUTCOMES_LIMITS;
  if (items.length === 0) throw outcomesRefusal('outcomes.no_items');
  if (items.length > itemsMax) throw outcomesRefusal('outcomes.too_many_items', { itemsMax });
}

async function takeTurn(tx: Tx, { clock }: OutcomesContext, admission: Admission): Promise<BatchFacts> {
  const { institutionId, platformId } = admission;
  const at = await takeInstant(tx, clock, institutionId);
  return { institutionId, channel: platformId ?? DIRECT, batchId: newId('otb', at), at };
}

function disclosuresOf(items: readonly ReportedItem[]): string[] {
  return [...new Set(items.flatMap((reported) => ('item' in reported ? [reported.item.disclosureId] : [])))];
}

/** A platform speaks of what passed through it alone; the institution of all that it was given. */
function ownParties(
  { institutionId, platformId }: Admission,
  parties: ReadonlyMap<string, DisclosureParty>,
): ReadonlyMap<string, DisclosureParty> {
  const isOwn = ({ institution, platform }: DisclosureParty): boolean =>
    institution === institutionId && (platformId === null || platform === platformId);
  return new Map([...parties].filter(([, party]) => isOwn(party)));
}
