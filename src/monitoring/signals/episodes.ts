import { addDays, type IndicatorValue } from '#evaluation';
import type { EnterpriseId } from '#kernel';
import { gravityOf, type SilenceRule, type ThresholdRule } from '../rules/rule.ts';
import { levelOf } from './levels.ts';
import type { Episode } from './signal.ts';

export type ValueRule = ThresholdRule | SilenceRule;

/** The last episode of each enterprise and rule, by `episodeKey`. */
export type EpisodeStates = ReadonlyMap<string, Episode>;

export function episodeKey({ ruleId, enterpriseId }: Pick<Episode, 'ruleId' | 'enterpriseId'>): string {
  return `${ruleId} ${enterpriseId}`;
}

/** The states with what a detection moved; for whoever walks through days without writing, as a back-test does. */
export function moveEpisodes(states: EpisodeStates, moved: readonly Episode[]): EpisodeStates {
  return new Map([...states, ...moved.map((episode) => [episodeKey(episode), episode] as const)]);
}

/** A rule over values as one comparison: raised from `raiseAt` outwards, cleared from `clearAt` inwards. */
type Test = Pick<ThresholdRule, 'direction' | 'raiseAt' | 'clearAt'> & { readonly baseMin: number | null };

export function testOf(rule: ValueRule): Test {
  if (rule.kind === 'threshold') {
    const { direction, raiseAt, clearAt, minimumBase } = rule;
    return { direction, raiseAt, clearAt, baseMin: minimumBase?.atLeast ?? null };
  }
  // Whole days: silence is over as soon as the latest record is younger than it takes.
  return {
    direction: 'above',
    raiseAt: rule.afterDays,
    clearAt: rule.afterDays - 1,
    baseMin: rule.recordsMin,
  };
}

/** What is known of one enterprise on a day. */
export type Reading = {
  readonly enterpriseId: EnterpriseId;
  readonly asOf: string;
  readonly value: IndicatorValue;
  readonly base: IndicatorValue | null;
};

/**
 * What becomes of the episode: the new state, or undefined when nothing changes. A value that is not known, or stale,
 * neither raises nor clears; between the two bounds nothing changes; in the cool-down nothing begins.
 */
export function decideEpisode(
  rule: ValueRule,
  before: Episode | undefined,
  reading: Reading,
): Episode | undefined {
  const value = usable(reading.value);
  if (value === null) return undefined;
  const test = testOf(rule);
  const isUnderWay = before !== undefined && before.clearedOn === null;
  if (!isRaised(test, value)) {
    if (!isUnderWay || !isCleared(test, value)) return undefined;
    return { ...before, clearedOn: reading.asOf };
  }
  const steps = rule.kind === 'threshold' ? rule.steps : undefined;
  const level = levelOf(value, { ...rule, steps: steps ?? [], direction: test.direction });
  if (isUnderWay) return gravityOf(level) > gravityOf(before.level) ? { ...before, level } : undefined;
  if (!hasBase(test, reading.base) || isCooling(rule, before, reading.asOf)) return undefined;
  const { enterpriseId } = reading;
  return {
    enterpriseId,
    ruleId: rule.id,
    beganOn: beganOn(rule, value, reading.asOf),
    clearedOn: null,
    level,
  };
}

export function isRaised({ direction, raiseAt }: Test, value: number): boolean {
  return direction === 'above' ? value >= raiseAt : value <= raiseAt;
}

function isCleared({ direction, clearAt }: Test, value: number): boolean {
  return direction === 'above' ? value <= clearAt : value >= clearAt;
}

/** No record at all can be a value too (none means 0); one that is not covered or stale is none. */
export function usable({ value, status }: IndicatorValue): number | null {
  return status === 'ok' || status === 'empty' ? value : null;
}

function hasBase({ baseMin }: Test, base: IndicatorValue | null): boolean {
  if (baseMin === null) return true;
  const value = base === null ? null : usable(base);
  return value !== null && value >= baseMin;
}

function isCooling({ coolDownDays }: ValueRule, before: Episode | undefined, asOf: string): boolean {
  if (before === undefined || before.clearedOn === null) return false;
  return asOf < addDays(before.clearedOn, coolDownDays);
}

/** Silence began when it had lasted long enough, whenever somebody looked. */
function beganOn(rule: ValueRule, value: number, asOf: string): string {
  return rule.kind === 'silence' ? addDays(asOf, rule.afterDays - value) : asOf;
}
