import type { Tx } from '#kernel';
import { requireAllowed } from '#security';
import type { ProcessingContext } from '../processing-context.ts';
import { requireStep, requireWords, takeIncident, writeStep } from './incident-store.ts';
import type { IncidentAct } from './standing.ts';
import type { OfIncident } from './tell.ts';

type Reasoned = OfIncident & { readonly reason?: string | undefined };

/**
 * Proposes that those affected need not be told, since the measures keep harm away (PIPL article 57, second paragraph). Throws
 * the policy's refusal, `incidents.unknown`, `incidents.not_now`, `incidents.words_missing`.
 */
export async function proposeWithholding(tx: Tx, context: ProcessingContext, asked: Reasoned): Promise<void> {
  await propose(tx, context, asked, 'withholding_proposed');
}

/** Another person approves or rejects not to tell them. Throws as `proposeWithholding`, also to whoever proposed it. */
export async function decideWithholding(
  tx: Tx,
  context: ProcessingContext,
  asked: Reasoned & { readonly isApproved: boolean },
): Promise<void> {
  await decide(tx, context, asked, asked.isApproved ? 'withholding_approved' : 'withholding_rejected');
}

/** Proposes to close, with what was learnt. Needs a measure, a scope, a report, and that those affected were told or decided of. */
export async function proposeClosing(tx: Tx, context: ProcessingContext, asked: Reasoned): Promise<void> {
  await propose(tx, context, asked, 'closing_proposed');
}

/** Another person closes the incident, or sends it back. */
export async function decideClosing(
  tx: Tx,
  context: ProcessingContext,
  asked: Reasoned & { readonly isApproved: boolean },
): Promise<void> {
  await decide(tx, context, asked, asked.isApproved ? 'closed' : 'closing_rejected');
}

async function propose(tx: Tx, context: ProcessingContext, asked: Reasoned, act: IncidentAct): Promise<void> {
  requireAllowed(context.policies, asked.caller, 'handle_incident');
  const held = await takeIncident(tx, asked.incident);
  requireStep(held, act);
  const words = requireWords(asked, { reason: '理由 the reason' });
  await writeStep(tx, context, held, { act, caller: asked.caller, words });
}

async function decide(tx: Tx, context: ProcessingContext, asked: Reasoned, act: IncidentAct): Promise<void> {
  const { caller } = asked;
  requireAllowed(context.policies, caller, 'confirm_incident');
  const held = await takeIncident(tx, asked.incident);
  requireStep(held, act);
  const proposer = held.standing.closingBy ?? held.standing.withholdingBy;
  const earlierPersons = proposer === null ? [] : [proposer];
  requireAllowed(context.policies, caller, 'confirm_incident', { earlierPersons });
  const words = requireWords(asked, { reason: '理由 the reason' });
  await writeStep(tx, context, held, { act, caller, words });
}
