import type { EnterpriseId } from '#kernel';
import type { Level } from '../rules/rule.ts';

/** One record behind a signal. */
export type SignalEvidence = {
  readonly contract: string;
  readonly deliveryNo: string;
  readonly rowNo: number;
  readonly knownFrom: Date;
};

/** What a rule found of one enterprise; nothing is written yet. */
export type FoundSignal = {
  readonly enterpriseId: EnterpriseId;
  readonly ruleId: string;
  readonly ruleHash: string;
  readonly level: Level;
  /**
   * Same fact, same text, however often it was delivered: contract and a digest of the record's natural key for facts;
   * rule and first day of the episode for values.
   */
  readonly fact: string;
  /** Beijing day of the fact, or first day of the episode. */
  readonly occurredOn: string;
  /** When the node knew what it rests on. */
  readonly knownAt: Date;
  /** It became known later than the contract allows. */
  readonly isLate: boolean;
  /** It rests on a record under objection. */
  readonly isDisputed: boolean;
  /** Count, amount (fen), indicator value, places or days; null where an input may be used but not shown. */
  readonly value: number | null;
  readonly evidence: readonly SignalEvidence[];
  /** Salted digest of an answer that was fetched at its source and is not kept; absent: what stands in the node. */
  readonly answerDigest?: string;
};

/** 信号: a fact that a rule found, kept for ever. `institutionId`: found under its consent, and for it alone. */
export type Signal = FoundSignal & { readonly signalId: string; readonly institutionId?: string };

/** `shadow`: the rule is tried out, and nobody is told. */
export type SignalRole = 'active' | 'shadow';

/** One stretch during which a value lies beyond its threshold. */
export type Episode = {
  readonly enterpriseId: EnterpriseId;
  readonly ruleId: string;
  /** Beijing days; `clearedOn` null: it is under way. */
  readonly beganOn: string;
  readonly clearedOn: string | null;
  /** The gravest that was told of it. */
  readonly level: Level;
};

/** What a detection found. `episodes`: those that began, became graver or ended, as they stand now. */
export type Found = { readonly signals: readonly FoundSignal[]; readonly episodes: readonly Episode[] };
