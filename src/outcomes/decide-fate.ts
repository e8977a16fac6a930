import { type Fact, findContradiction, type Values } from './facts.ts';
import type { Fate } from './shape.ts';

/** What a channel says of a fact as the node knows it now. */
export type Statement = {
  readonly channel: string;
  readonly isStanding: boolean;
  readonly contentHash: string;
  readonly content: Values;
};

export type Arriving = { readonly fact: Fact; readonly channel: string; readonly isCorrection: boolean };

export type FateOfFact =
  | { readonly contradicted: string }
  | {
      readonly fate: Fate;
      /** Absent: nothing is written. */
      readonly version?: { readonly isStanding: boolean; readonly endsEarlier: boolean };
      /** There are other channels and all say the same now: an open conflict about it is over. */
      readonly isAgreed: boolean;
    };

/**
 * What becomes of a fact that arrives, given what all channels say of it. The channel that spoke first stands until it
 * is corrected or a person accepts another. Its own progress is no conflict with those who have not caught up; another
 * channel that says otherwise than the standing one is. Pure.
 */
export function decideFate(
  live: readonly Statement[],
  { fact, channel, isCorrection }: Arriving,
): FateOfFact {
  const own = live.find((statement) => statement.channel === channel);
  const others = live.filter((statement) => statement !== own);
  const isAgreed = others.length > 0 && others.every(({ contentHash }) => contentHash === fact.contentHash);
  if (own?.contentHash === fact.contentHash) return { fate: 'unchanged', isAgreed };
  const contradicted = own && !isCorrection && findContradiction(fact.kind, own.content, fact.content);
  if (contradicted !== undefined && contradicted !== false) return { contradicted };
  const standing = others.find(({ isStanding }) => isStanding);
  const version = { isStanding: standing === undefined, endsEarlier: own !== undefined };
  if (standing !== undefined && standing.contentHash !== fact.contentHash)
    return { fate: 'conflicting', version, isAgreed };
  return { fate: fateWithout(own, others, isCorrection), version, isAgreed };
}

function fateWithout(own: Statement | undefined, others: readonly Statement[], isCorrection: boolean): Fate {
  if (own !== undefined) return isCorrection ? 'corrected' : 'changed';
  return others.length > 0 ? 'confirmed' : 'new';
}
