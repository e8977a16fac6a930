import assert from 'node:assert';
import { canonicalHash, type FieldPlace, sealField, type Tx } from '#kernel';
import { type Caller, recordLeaf } from '#security';
import type { ProcessingContext } from '../processing-context.ts';
import { PROCESSING_LIMITS } from '../processing-limits.ts';
import { incidentRefusal } from '../processing-refusals.ts';
import {
  after,
  type IncidentAct,
  type IncidentStanding,
  reasonAgainst,
  standingOf,
  type TakenStep,
} from './standing.ts';

/** Paragraphs of one step by name, such as `cause`; sealed. */
export type IncidentWords = Readonly<Record<string, string>>;

export type NewStep = {
  readonly act: IncidentAct;
  readonly caller: Caller;
  readonly words?: IncidentWords;
  /** Ids, closed words and counts; they stand in the log and in the timeline as they are. */
  readonly facts?: Readonly<Record<string, unknown>>;
};

/** An incident that nobody else changes before the transaction ends. */
export type HeldIncident = {
  readonly incidentId: string;
  readonly noticedAt: Date;
  readonly stepsTaken: number;
  readonly standing: IncidentStanding;
};

export type WrittenStep = { readonly stepNo: number; readonly at: Date; readonly receiptId: string };

export function wordsPlace(incidentId: string): FieldPlace {
  return { table: 'rights.incident_steps', column: 'words', owner: `file:${incidentId}` };
}

/** Throws `incidents.unknown`. */
export async function takeIncident(tx: Tx, incidentId: string): Promise<HeldIncident> {
  const [head] = await tx.rows<{ noticedAt: Date }>(
    'select noticed_at as "noticedAt" from rights.incidents where incident_id = $1 for update',
    [incidentId],
  );
  if (head === undefined) throw incidentRefusal('incidents.unknown', { incident: incidentId.slice(0, 60) });
  const steps = await tx.rows<TakenStep>(
    'select act, by_id as by from rights.incident_steps where incident_id = $1 order by step_no',
    [incidentId],
  );
  return { incidentId, noticedAt: head.noticedAt, stepsTaken: steps.length, standing: standingOf(steps) };
}

/** Throws `incidents.not_now` with what stands against the step. */
export function requireStep({ incidentId, standing }: HeldIncident, act: IncidentAct): void {
  const reason = reasonAgainst(standing, act);
  if (reason !== undefined)
    throw incidentRefusal('incidents.not_now', {
      incident: incidentId,
      reason: reason.zh,
      reasonEn: reason.en,
    });
}

/** Appends a step with its leaf, which has digests of the words, and sets what the incident comes to. */
export async function writeStep(
  tx: Tx,
  context: ProcessingContext,
  incident: HeldIncident,
  { act, caller, words = {}, facts = {} }: NewStep,
): Promise<WrittenStep> {
  const { incidentId, stepsTaken, standing } = incident;
  const [stepNo, at] = [stepsTaken + 1, context.clock.now()];
  const isWordless = Object.keys(words).length === 0;
  const body = {
    act: `incident_${act}`,
    incident: incidentId,
    step: stepNo,
    by: caller.id,
    ...facts,
    wordsDigest: isWordless ? null : canonicalHash(words),
  };
  const { id: receiptId } = await recordLeaf(tx, context.keys, { kind: 'administrative_act', at, body });
  const sealed = isWordless
    ? null
    : await sealField(tx, context.cipher, wordsPlace(incidentId), JSON.stringify(words));
  await tx.rows(
    `insert into rights.incident_steps (incident_id, step_no, act, at, by_id, words_sealed, facts, receipt_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [incidentId, stepNo, act, at, caller.id, sealed, JSON.stringify(facts), receiptId],
  );
  const { state } = after(standing, { act, by: caller.id });
  await tx.rows('update rights.incidents set state = $2 where incident_id = $1', [incidentId, state]);
  return { stepNo, at, receiptId };
}

/** The named paragraphs, trimmed, none of them empty or too long. Throws `incidents.words_missing`. */
export function requireWords<Name extends string>(
  given: Readonly<Partial<Record<NoInfer<Name>, string | undefined>>>,
  names: Readonly<Record<Name, string>>,
): Readonly<Record<Name, string>> {
  const keys = Object.keys(names) as Name[];
  const words = Object.fromEntries(keys.map((name) => [name, (given[name] ?? '').trim()]));
  const missing = keys.filter((name) => {
    const text = words[name] ?? '';
    return text === '' || text.length > PROCESSING_LIMITS.wordsCharactersMax;
  });
  if (missing.length > 0)
    throw incidentRefusal('incidents.words_missing', {
      missing: missing.map((name) => names[name]).join('；'),
    });
  assert(keys.every((name) => words[name] !== undefined));
  return words as Readonly<Record<Name, string>>;
}
