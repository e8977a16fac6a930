import {
  type IndicatorBook,
  type IndicatorDefinition,
  type IndicatorUse,
  inputsOf,
  isCombined,
} from '../../indicators/indicator.ts';
import type { Leaf } from './index-system.ts';

/** What the rules need to know of an indicator. */
export type IndicatorFacts = {
  /** `followed`: it rests, alone or in part, on data that need a live consent. */
  readonly coverage: 'replicated' | 'followed';
  readonly direction: IndicatorDefinition['direction'];
  readonly uses: readonly IndicatorUse[];
};

export type IndicatorFactsById = ReadonlyMap<string, IndicatorFacts>;

export function factsOf(book: Pick<IndicatorBook, 'indicators'>): IndicatorFactsById {
  const facts = [...book.indicators.values()].map(({ definition }) => {
    const { id, direction, uses } = definition;
    return [id, { coverage: coverageOf(definition, book), direction, uses }] as const;
  });
  return new Map(facts);
}

function coverageOf(
  definition: IndicatorDefinition,
  book: Pick<IndicatorBook, 'indicators'>,
): IndicatorFacts['coverage'] {
  if (!isCombined(definition)) return definition.coverage;
  const isFollowed = inputsOf(definition.aggregate).some((input) => {
    const read = book.indicators.get(input)?.definition;
    return read !== undefined && coverageOf(read, book) === 'followed';
  });
  return isFollowed ? 'followed' : 'replicated';
}

/** Whether points may go this way although the indicator says which way is better; neutral ones go any way. */
export function agrees(direction: Leaf['direction'], known: IndicatorFacts['direction']): boolean {
  if (known === 'neutral') return true;
  return direction === (known === 'higher_better' ? 'higher' : 'lower');
}
