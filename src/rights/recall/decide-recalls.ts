import type { DataRange } from '#consent';
import type { RecordLife } from '#lists';
import type { TracedDisclosure } from '#security';
import type { CauseKind, Demand, RecallTerms } from './recall-terms.ts';

/** Whom a recall is for: an institution or platform by its id, or the node for what its own people and readers were given. */
export type Recipient = { readonly kind: 'institution' | 'node'; readonly id: string };

/** One disclosure that is to be recalled, and what its recipient is asked. */
export type DecidedRecall = {
  readonly disclosure: TracedDisclosure;
  readonly part: 'content' | 'derived';
  readonly demand: Demand;
  readonly recipient: Recipient;
};

export type RecallQuestion = {
  readonly cause: CauseKind;
  readonly terms: RecallTerms;
  readonly life: Pick<RecordLife, 'businessDay' | 'withheld'>;
  /** By consent id. */
  readonly ranges: ReadonlyMap<string, DataRange>;
};

/**
 * Which of the disclosures that name the contract had this record or something made from it, and what is asked of each. An
 * alert is recalled by the record behind it, and what the enterprise was told of itself needs no recall.
 */
export function decideRecalls(
  disclosures: readonly TracedDisclosure[],
  question: RecallQuestion,
): DecidedRecall[] {
  const { content, derived } = question.terms.causes[question.cause];
  return disclosures.flatMap((disclosure): DecidedRecall[] => {
    const recipient = recipientOf(disclosure);
    if (recipient === undefined || !wasReadable(disclosure, question.life)) return [];
    if (!isContent(disclosure))
      return derived === 'none' ? [] : [{ disclosure, part: 'derived', demand: derived, recipient }];
    if (!isInRange(disclosure, question)) return [];
    return [{ disclosure, part: 'content', demand: content, recipient }];
  });
}

function recipientOf({ kind, institution, platform, purpose }: TracedDisclosure): Recipient | undefined {
  if (kind === 'alert') return undefined;
  const id = institution ?? platform;
  if (id !== null) return { kind: 'institution', id };
  return purpose === 'self' ? undefined : { kind: 'node', id: 'node' };
}

const CONTENT: ReadonlySet<TracedDisclosure['kind']> = new Set(['answer', 'report', 'export']);

/** Records themselves left; of a portrait, a score or a verification no field did. */
function isContent({ kind, fields }: TracedDisclosure): boolean {
  return CONTENT.has(kind) && (fields === null || fields.length > 0);
}

/** A mark in force when it left kept the record out, whatever instant was asked about. */
function wasReadable({ at }: TracedDisclosure, { withheld }: RecallQuestion['life']): boolean {
  return !withheld.some(({ from, to }) => from <= at && (to === null || at < to));
}

/** Outside the consent's days the record was not given; one of no period was. */
function isInRange(
  { consentId }: TracedDisclosure,
  { ranges, life: { businessDay } }: Pick<RecallQuestion, 'ranges' | 'life'>,
): boolean {
  const range = consentId === null ? undefined : ranges.get(consentId);
  if (range === undefined || businessDay === null) return true;
  return range.from <= businessDay && (range.to === null || businessDay <= range.to);
}
