import { beijingDate, newId, type Tx } from '#kernel';
import { type Caller, requireAllowed } from '#security';
import { readProfileInForce } from '../../time-limits/definition/profile-in-force.ts';
import type { Profile } from '../../time-limits/definition/profile-shape.ts';
import { dueOf } from '../../time-limits/running/due-of.ts';
import type { ProcessingContext } from '../processing-context.ts';
import { incidentRefusal } from '../processing-refusals.ts';
import { requireStep, requireWords, takeIncident, writeStep } from './incident-store.ts';
import type { IncidentKind } from './standing.ts';

export type OpenedIncident = {
  readonly incidentId: string;
  /** Beijing days by the time-limit profile in force; null: it names none. */
  readonly regulatorsDueOn: string | null;
  readonly personsDueOn: string | null;
};

/**
 * The security administrator opens an incident: what happened, when it was noticed, and what was done at once. Days count from
 * when it was noticed, not from when it was entered. Throws the policy's refusal, `incidents.instant_not_valid`,
 * `incidents.words_missing`.
 */
export async function openIncident(
  tx: Tx,
  context: ProcessingContext,
  asked: {
    readonly caller: Caller;
    readonly kind: IncidentKind;
    readonly noticedAt: Date;
    readonly what?: string | undefined;
  },
): Promise<OpenedIncident> {
  const { caller, kind, noticedAt } = asked;
  requireAllowed(context.policies, caller, 'handle_incident');
  const at = context.clock.now();
  if (!(noticedAt <= at)) throw incidentRefusal('incidents.instant_not_valid');
  const words = requireWords(asked, { what: '发生了什么 what happened' });
  const profile = await readProfileInForce(tx, context);
  const incidentId = newId('inc', at);
  const [regulatorsDueOn, personsDueOn] = [
    dueOn(context, profile, { term: 'breach_regulators', noticedAt }),
    dueOn(context, profile, { term: 'breach_persons', noticedAt }),
  ];
  await tx.rows(
    `insert into rights.incidents (incident_id, kind, state, noticed_at, opened_at, regulators_due_on, persons_due_on, profile)
     values ($1, $2, 'open', $3, $4, $5, $6, $7)`,
    [incidentId, kind, noticedAt, at, regulatorsDueOn, personsDueOn, `${profile.id} ${profile.version}`],
  );
  const facts = { kind, noticedAt: noticedAt.toISOString(), regulatorsDueOn, personsDueOn };
  const held = await takeIncident(tx, incidentId);
  await writeStep(tx, context, held, { act: 'opened', caller, words, facts });
  return { incidentId, regulatorsDueOn, personsDueOn };
}

/** A measure that was taken against the incident. Throws the policy's refusal, `incidents.unknown`, `.not_now`, `.words_missing`. */
export async function recordMeasure(
  tx: Tx,
  context: ProcessingContext,
  asked: { readonly caller: Caller; readonly incident: string; readonly measure?: string | undefined },
): Promise<void> {
  requireAllowed(context.policies, asked.caller, 'handle_incident');
  const held = await takeIncident(tx, asked.incident);
  requireStep(held, 'measure');
  const words = requireWords(asked, { measure: '采取了什么措施 the measure' });
  await writeStep(tx, context, held, { act: 'measure', caller: asked.caller, words });
}

function dueOn(
  { calendar }: ProcessingContext,
  profile: Profile,
  { term, noticedAt }: { readonly term: 'breach_regulators' | 'breach_persons'; readonly noticedAt: Date },
): string | null {
  const limit = profile.terms[term];
  if (limit === undefined) return null;
  return dueOf(limit, { startedOn: beijingDate(noticedAt), isExtended: false, stops: [] }, calendar).dueOn;
}
