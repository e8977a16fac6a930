import type { CompiledIndicators, EnterpriseValues, IndicatorValue } from '#evaluation';
import {
  decideEpisode,
  episodeKey,
  type EpisodeStates,
  isRaised,
  testOf,
  usable,
  type ValueRule,
} from './episodes.ts';
import type { Episode, FoundSignal, SignalEvidence } from './signal.ts';

/** An episode that moved, with the value that moved it. */
export type Move = { readonly rule: ValueRule; readonly episode: Episode; readonly value: number | null };

/** What the values of these enterprises make of their episodes. */
export function decideMoves(
  values: readonly EnterpriseValues[],
  about: {
    readonly rules: readonly ValueRule[];
    readonly compiled: CompiledIndicators;
    readonly states: EpisodeStates;
    readonly asOf: string;
  },
): Move[] {
  const { rules, compiled, states, asOf } = about;
  return values.flatMap((one) => {
    const { enterpriseId } = one;
    return rules.flatMap((rule) => {
      const value = valueIn(one, compiled, rule.value);
      const base = rule.base === null ? null : valueIn(one, compiled, rule.base);
      const before = states.get(episodeKey({ ruleId: rule.id, enterpriseId }));
      const episode = decideEpisode(rule, before, { enterpriseId, asOf, value, base });
      return episode === undefined ? [] : [{ rule, episode, value: usable(value) }];
    });
  });
}

function valueIn({ values }: EnterpriseValues, { ids }: CompiledIndicators, id: string): IndicatorValue {
  const value = values[ids.indexOf(id)];
  if (value === undefined) throw new TypeError(`${id} was computed`);
  return value;
}

/** Those that are to be told: what began or became graver. */
export function toldMoves(moves: readonly Move[]): Move[] {
  return moves.filter(({ episode }) => episode.clearedOn === null);
}

/** Whether the episode rests on records under objection: without them the value would not be where it is. */
export function restsOnDisputed(
  { rule }: Move,
  without: EnterpriseValues | undefined,
  compiled: CompiledIndicators,
): boolean {
  if (without === undefined) return false;
  const value = usable(valueIn(without, compiled, rule.value));
  return value === null || !isRaised(testOf(rule), value);
}

export function toSignal(
  { rule, episode, value }: Move,
  about: {
    readonly knownAt: Date;
    readonly isDisputed: boolean;
    readonly evidence: readonly SignalEvidence[];
  },
): FoundSignal {
  const { enterpriseId, beganOn, level } = episode;
  return {
    enterpriseId,
    ruleId: rule.id,
    ruleHash: rule.hash,
    level,
    fact: `${rule.id}/${beganOn}`,
    occurredOn: beganOn,
    // What was known late of one of its records shows in the day on which the value crossed the threshold.
    isLate: false,
    value: rule.isInvisible ? null : value,
    ...about,
  };
}
