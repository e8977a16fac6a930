import type { Level, LevelStep } from '../rules/rule.ts';

/** The level of a value: the rule's own, or that of the furthest step it has come to. */
export function levelOf(
  value: number | null,
  {
    level,
    steps = [],
    direction = 'above',
  }: { level: Level; steps?: readonly LevelStep[]; direction?: 'above' | 'below' },
): Level {
  if (value === null) return level;
  const reached = steps.filter(({ at }) => (direction === 'above' ? value >= at : value <= at));
  return reached.at(-1)?.level ?? level;
}
