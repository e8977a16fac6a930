import type { Contract, Catalogue } from '#lists';
import type { Ground, ObjectionOutcome, ObjectionRules } from '../definition/load-objection-rules.ts';
import { objectionRefusal } from '../definition/objection-refusals.ts';
import type { CorrectedField, ObjectionItem } from '../definition/objection.ts';
import { requireHoldable, requireValue } from '../apply/shape-item.ts';

/** What whoever decides says of one item, with reasons in writing. */
export type DecisionAsked = {
  readonly upheld: boolean;
  /** Of an upheld one: corrected, annulled, withheld or expired, as its ground allows. */
  readonly outcome?: ObjectionOutcome;
  /** Of the node's own: what it did wrong. */
  readonly fault?: 'matching' | 'transport';
  readonly words: string;
  /** Of a correction: each field as it will be. */
  readonly fields?: readonly { readonly field: string; readonly newValue: string | null }[];
};

/** The outcome with its fields, as the ground allows it; throws the refusal that names what does not fit. */
export function shapeDecision(
  asked: DecisionAsked,
  of: {
    readonly item: ObjectionItem;
    readonly ground: Ground;
    readonly contract: Contract;
    readonly codeTables: Catalogue['codeTables'];
  },
): { readonly outcome: ObjectionOutcome | null; readonly fields: readonly CorrectedField[] } {
  if (!asked.upheld) return { outcome: null, fields: [] };
  const allowed = allowedOutcomes(of.ground, asked.fault);
  if (asked.outcome === undefined || !allowed.includes(asked.outcome))
    throw objectionRefusal('objections.outcome_not_of_ground', { allowed: allowed.join(', ') });
  if (asked.outcome !== 'corrected') return { outcome: asked.outcome, fields: [] };
  return { outcome: 'corrected', fields: correctedFields(asked, of) };
}

/** What the node attached to the wrong enterprise is none of this one's, whatever the ground. */
function allowedOutcomes({ upheldAs }: Ground, fault: DecisionAsked['fault']): readonly ObjectionOutcome[] {
  if (fault === 'matching') return ['annulled'];
  return fault === 'transport' ? [...new Set([...upheldAs, 'corrected' as const])] : upheldAs;
}

function correctedFields(
  { fields = [] }: DecisionAsked,
  { item, contract, codeTables }: Omit<Parameters<typeof shapeDecision>[1], 'ground'>,
): CorrectedField[] {
  if (fields.length === 0) throw objectionRefusal('objections.new_values_needed');
  return fields.map(({ field: name, newValue }) => {
    const field = contract.fields.find((one) => one.name === name);
    if (field === undefined)
      throw objectionRefusal('objections.field_unknown', { contract: contract.id, field: name.slice(0, 60) });
    requireHoldable(contract, field, newValue);
    const value = newValue === null ? null : requireValue(field, newValue, codeTables);
    const oldValue = item.fields.find((one) => one.field === name)?.oldValue ?? null;
    return { field: name, oldValue, newValue: value };
  });
}

/** Throws `objections.reasons_missing`. */
export function requireWords(words: string, { bounds }: ObjectionRules): string {
  const { reasonCharactersMax: charactersMax } = bounds;
  const text = words.trim();
  if (text === '' || [...text].length > charactersMax)
    throw objectionRefusal('objections.reasons_missing', { charactersMax });
  return text;
}

/** Whether nobody but the node can decide on this dataset: the enterprise itself, or institutions, gave it. */
export function isDecidedByNode(
  { list, givenBackBy }: Pick<Contract, 'list' | 'givenBackBy'>,
  { nodeDecidesLists }: Pick<ObjectionRules, 'nodeDecidesLists'>,
): boolean {
  return nodeDecidesLists.includes(list) || givenBackBy !== undefined;
}
