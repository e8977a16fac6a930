import type { BaseDefinition, Filter, Indicator, Words } from '#evaluation';
import type { Contract } from '#lists';

/** 红、橙、黄、蓝: from the gravest down. */
export const LEVELS = ['red', 'orange', 'yellow', 'blue'] as const;
export type Level = (typeof LEVELS)[number];

const RULE_KINDS = ['event', 'threshold', 'grade_drop', 'whitelist_exit', 'silence'] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

/** From this value on (or down to it, for what falls) the level is another one. */
export type LevelStep = { readonly at: number; readonly level: Level };

/** Records of the rule's contract; for grades the last two places (0 the best), for whitelists why an entry ended. */
export type RuleCase = {
  readonly records?: readonly Readonly<Record<string, unknown>>[];
  readonly grades?: readonly [number, number];
  readonly exit?: string;
  /** What it fires with, where that is not the rule's own level. */
  readonly level?: Level;
};

/**
 * `not_shown`: enough warnings, and they are not surely worth more than none; `too_few`: fewer warnings or bad cases than a
 * back-test asks for; `none`: no population may be read back for it.
 */
export type RuleEvidence = 'passed' | 'not_shown' | 'too_few' | 'none';

type Common = {
  readonly id: string;
  readonly version: string;
  readonly name: Words;
  /** The lowest level that it raises; steps raise it. */
  readonly level: Level;
  /** `public`: on public records, for every loan; `authorised`: under a consent for post-loan management alone. */
  readonly scope: 'public' | 'authorised';
  readonly reach: 'replicated' | 'followed';
  /** Days after the end of an episode in which no new one begins; 0 for facts, each of which is told. */
  readonly coolDownDays: number;
  /** Share of confirmed alerts under which the rule goes back to shadow; null: none was agreed. */
  readonly precisionFloor: number | null;
  /** Laws, standards or `proposal`. */
  readonly basis: readonly string[];
  /** What an institution may do; a suggestion, never an instruction. */
  readonly action: Words;
  /** Where the package itself puts it; `draft`: kept for comparison, `shadow`: until two persons approve it. */
  readonly start: 'draft' | 'shadow' | 'active';
  /** What the back-test on the synthetic city (docs/monitoring.md) says; absent: it was never asked. */
  readonly backTest?: RuleEvidence;
  /** One enterprise of which it fires, and one of which it must not, as of 2026-10-31. */
  readonly cases: { readonly fires: RuleCase; readonly rests: RuleCase };
  /** Release rule for `alert_level` under which values usable but not visible lead to an alert. */
  readonly release?: string;
};

/** How grave a fact is, by how many such there were up to its day, or by an amount in it. */
export type EventSteps =
  | { readonly by: 'count'; readonly withinDays: number; readonly steps: readonly LevelStep[] }
  | { readonly by: 'amount'; readonly field: string; readonly steps: readonly LevelStep[] };

/** A record that meets the filter is a fact. */
export type EventDefinition = Common & {
  readonly kind: 'event';
  readonly source: { readonly contract: string; readonly version: string };
  readonly filter?: Filter;
  /** Day of the fact where it is not the contract's business time. */
  readonly time?: string;
  /** Fields that, beside the natural key, tell one fact from another: a licence renewed expires again. */
  readonly identity?: readonly string[];
  readonly steps?: EventSteps;
};

/**
 * A value that crosses `raiseAt` begins an episode, which ends only at `clearAt`: what lies between the two changes
 * nothing, so that a value that swings around a threshold is told once.
 */
export type ThresholdDefinition = Common & {
  readonly kind: 'threshold';
  readonly indicator: string;
  readonly direction: 'above' | 'below';
  readonly raiseAt: number;
  readonly clearAt: number;
  /** No episode begins without as much behind it: a share of next to nothing says nothing. */
  readonly minimumBase?: { readonly indicator: string; readonly atLeast: number };
  /** `same_months_before`: the value compares with the same months of the year before, so that seasons do not raise it. */
  readonly season: 'same_months_before' | 'none';
  readonly steps?: readonly LevelStep[];
};

/** A published grade fell by so many places at least between two editions. */
export type GradeDropDefinition = Common & {
  readonly kind: 'grade_drop';
  readonly places: number;
  readonly steps?: readonly LevelStep[];
};

/** A valid entry of a whitelist ended for one of these reasons. */
export type WhitelistExitDefinition = Common & {
  readonly kind: 'whitelist_exit';
  readonly reasons: readonly string[];
};

/** Data of an enterprise that used to come do not come any more, while the source itself is heard. */
export type SilenceDefinition = Common & {
  readonly kind: 'silence';
  readonly source: { readonly contract: string; readonly version: string };
  /** Days since the latest business day. */
  readonly afterDays: number;
  /** How far back records are looked for; absent: as far as they go, which lies in no consent's range of data. */
  readonly window?: NonNullable<BaseDefinition['window']>;
  /** Records there must have been, so that "used to come" is true. */
  readonly recordsMin: number;
  /** The source has delivered of anyone within so many days; else it is the source that is silent. */
  readonly sourceHeardDays: number;
};

export type RuleDefinition =
  | EventDefinition
  | ThresholdDefinition
  | GradeDropDefinition
  | WhitelistExitDefinition
  | SilenceDefinition;

/** As loaded: checked against contracts and indicators, and named for ever by the hash of its canonical form. */
type Loaded = {
  readonly hash: string;
  /** Ids of the datasets that it reads. */
  readonly contracts: readonly string[];
  /** One of its inputs may be used but not shown: nothing of the value goes on, the level alone. */
  readonly isInvisible: boolean;
};
/** What a rule over values looks at: `value` and `base` are ids among `indicators`, which has all that they rest on. */
type Valued = {
  readonly value: string;
  readonly base: string | null;
  readonly indicators: readonly Indicator[];
};
export type EventRule = EventDefinition & Loaded & { readonly contract: Contract };
export type ThresholdRule = ThresholdDefinition & Loaded & Valued;
export type SilenceRule = SilenceDefinition & Loaded & Valued & { readonly contract: Contract };
export type GradeDropRule = GradeDropDefinition & Loaded;
export type WhitelistExitRule = WhitelistExitDefinition & Loaded;

/** 预警规则. */
export type Rule = EventRule | ThresholdRule | SilenceRule | GradeDropRule | WhitelistExitRule;

export type RuleBook = {
  readonly rules: ReadonlyMap<string, Rule>;
  /** Of all rules together. */
  readonly hash: string;
};

/** Larger is graver. */
export function gravityOf(level: Level): number {
  return LEVELS.length - LEVELS.indexOf(level);
}

export function graver(one: Level, other: Level): Level {
  return gravityOf(one) >= gravityOf(other) ? one : other;
}
