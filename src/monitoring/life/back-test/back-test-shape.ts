import type { RuleFigures } from './measure-rule.ts';
import type { RuleGate } from './rule-gates.ts';

/** What was asked of the past, in days; every day is a Beijing day. */
export type BackTestPlan = {
  /** First and last day on which the rule looks. */
  readonly from: string;
  readonly to: string;
  readonly stepDays: number;
  /** Days after each in which a loan may go bad. */
  readonly horizonDays: number;
};

/** A back-test as it is kept; the hash is over everything but the ids and the instants of its making. */
export type KeptBackTest = {
  readonly ruleId: string;
  readonly rule: string;
  readonly plan: BackTestPlan;
  /** Root over the enterprises that were read, in their order. */
  readonly enterprises: number;
  readonly root: string;
  readonly figures: RuleFigures;
  readonly gates: readonly RuleGate[];
};

export type RuleBackTest = KeptBackTest & {
  readonly backTestId: string;
  readonly hash: string;
  readonly isPassed: boolean;
};
