import { RULE_LIFE_LIMITS } from '../life-limits.ts';
import type { RuleFigures } from './measure-rule.ts';

/** One condition that a back-test must meet, with what was found and what is asked. */
export type RuleGate = {
  readonly id: 'warnings' | 'bad_cases' | 'lift';
  readonly isPassed: boolean;
  readonly found: string;
  readonly asked: string;
};

/** A rule holds when there was enough to judge it by, and its warnings are surely worth more than none. */
export function judgeFigures({ precision, recall, lift, liftFrom }: RuleFigures): RuleGate[] {
  const { warningsMin, badCasesMin } = RULE_LIFE_LIMITS;
  return [
    {
      id: 'warnings',
      isPassed: precision.of >= warningsMin,
      found: String(precision.of),
      asked: `>= ${warningsMin}`,
    },
    {
      id: 'bad_cases',
      isPassed: recall.of >= badCasesMin,
      found: String(recall.of),
      asked: `>= ${badCasesMin}`,
    },
    {
      id: 'lift',
      isPassed: liftFrom !== null && liftFrom > 1,
      found: `${lift?.toFixed(2) ?? '—'}, from ${liftFrom?.toFixed(2) ?? '—'}`,
      asked: 'lower bound > 1',
    },
  ];
}
