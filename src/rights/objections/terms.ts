import type { Tx } from '#kernel';
import type { Responsible, TermKind, TermMatter } from '../time-limits/definition/term-kinds.ts';
import { endTerm } from '../time-limits/running/change-term.ts';
import { readTerms } from '../time-limits/running/read-terms.ts';
import { startTerm, startTerms } from '../time-limits/running/start-term.ts';
import type { Term } from '../time-limits/running/term.ts';
import { awaitsCorrection, type ObjectionItem, OPEN_STATES } from './definition/objection.ts';
import type { ObjectionContext } from './objection-context.ts';
import { findObjection, type StoredObjection } from './store.ts';

const NODE: Responsible = { kind: 'node', id: 'node' };

type Matter = Pick<StoredObjection, 'enterpriseId' | 'objectionId'>;

export function matterOf({ enterpriseId, objectionId }: Matter): TermMatter {
  return { kind: 'objection', id: objectionId, enterpriseId };
}

/** What runs from the application on, beside each other; the mark stands already. */
export async function startOwnTerms(tx: Tx, context: ObjectionContext, of: Matter, at: Date): Promise<void> {
  const matter = matterOf(of);
  const kinds = ['mark', 'own_check', 'forward', 'own_decision', 'all_in'] as const;
  await startTerms(
    tx,
    context,
    kinds.map((term) => ({ matter, term, startedAt: at, responsible: NODE })),
  );
  await endTerm(tx, context, { matter, term: 'mark', responsible: NODE, at });
}

/** A refused item that a review has accepted: what follows has its time from then. */
export async function startAgain(tx: Tx, context: ObjectionContext, of: Matter, at: Date): Promise<void> {
  for (const term of ['forward', 'own_decision'] as const)
    await startUnlessRunning(tx, context, { of, term, responsible: NODE, at });
}

/** Of several items with the same department the first begins its term: what joins later is due no later. */
export async function startUnlessRunning(
  tx: Tx,
  context: ObjectionContext,
  about: { of: Matter; term: TermKind; responsible: Responsible; at: Date },
): Promise<void> {
  const { of, term, responsible, at } = about;
  const matter = matterOf(of);
  const isRunning = (await readTerms(tx, matter)).some(
    (one) => one.endedAt === null && one.term === term && isOf(one.responsible, responsible),
  );
  if (!isRunning) await startTerm(tx, context, { matter, term, responsible, startedAt: at });
}

/** Ends what is met now that items have moved. */
export async function endMetTerms(tx: Tx, context: ObjectionContext, of: Matter, at: Date): Promise<void> {
  const { items } = await findObjection(tx, context, of.objectionId);
  const matter = matterOf(of);
  const running = (await readTerms(tx, matter)).filter(({ endedAt }) => endedAt === null);
  for (const { term, responsible } of running.filter((one) => isMet(one, items)))
    await endTerm(tx, context, { matter, term, responsible, at });
}

/** Whether nothing of the objection is left that this term waits for. */
function isMet(
  { term, responsible }: Pick<Term, 'term' | 'responsible'>,
  items: readonly ObjectionItem[],
): boolean {
  const isLeft = WAITS_FOR[term];
  if (isLeft === undefined) return false;
  return !items.some((item) => isLeft(item) && isHeld(item, term, responsible));
}

const WAITS_FOR: Partial<Record<TermKind, (item: ObjectionItem) => boolean>> = {
  own_check: ({ state }) => state === 'submitted',
  forward: ({ state }) => state === 'submitted' || state === 'checking',
  own_decision: ({ state }) => state === 'submitted' || state === 'checking',
  provider_decision: ({ state }) => state === 'forwarded',
  provider_correction: awaitsCorrection,
  all_in: ({ state }) => OPEN_STATES.includes(state),
  review: ({ state }) => state === 'review_asked',
};

/** A review and a correction are owed by whoever decided. */
function isHeld(item: ObjectionItem, term: TermKind, responsible: Responsible): boolean {
  if (term === 'review' || term === 'provider_correction') return isOf(responsibleFor(item), responsible);
  return responsible.kind === 'node' || item.provider === responsible.id;
}

function isOf(one: Responsible, other: Responsible): boolean {
  return one.kind === other.kind && one.id === other.id;
}

/** Who must review, or correct: whoever decided; a delivery is its department's. */
export function responsibleFor({
  decidedKind,
  provider,
}: Pick<ObjectionItem, 'decidedKind' | 'provider'>): Responsible {
  return decidedKind === 'node' ? NODE : { kind: 'provider', id: provider };
}

export function providerOf({ provider }: ObjectionItem): Responsible {
  return { kind: 'provider', id: provider };
}
