import type { Budgets, Receipt } from '#security';
import type { QueryAnswer, QueryContext, QueryRequest } from '../query/query-shape.ts';
import type { VerificationRules } from './load-rules.ts';

/** What verifications need; made once. */
export type VerificationContext = QueryContext & {
  readonly budgets: Budgets;
  readonly rules: VerificationRules;
};

/** What the institution was told and wants to know of: is it so, or in which published band does it lie. */
export type ClaimRequest = {
  readonly field: string;
  /** As the institution has it; read as a delivered cell is read. */
  readonly value: string;
  /** `match` unless given. */
  readonly answer?: 'match' | 'band';
  /** The record's natural key, or the latest record, which it is unless given. */
  readonly record?: 'latest' | Readonly<Record<string, string>>;
};

export type VerificationRequest = Omit<QueryRequest, 'contracts' | 'proofUse'> & {
  readonly contract: string;
  readonly claims: readonly ClaimRequest[];
};

/** Closed; `cannot_verify` does not say whether there is a record, a value or an objection. */
export type ClaimAnswer = {
  readonly field: string;
  readonly answer: 'match' | 'mismatch' | 'cannot_verify' | 'band';
  readonly band: { readonly name: string; readonly zh: string; readonly en: string } | null;
  /** When this claim was first answered; the same claim keeps its answer until the quarter ends. */
  readonly answeredAt: string;
};

/** The answer as it leaves. `nonce` salts the digest on record. */
export type VerificationAnswer = Omit<QueryAnswer, 'datasets' | 'receipt'> & {
  readonly contract: string;
  readonly version: string;
  /**
   * `not_connected`: the node neither holds the dataset nor can ask for it, whoever is asked about; `source_down`: its
   * department did not answer in time; `stale`: it knows less than it promises.
   */
  readonly outcome: 'ok' | 'stale' | 'not_connected' | 'source_down';
  /** In the order asked. */
  readonly claims: readonly ClaimAnswer[];
  /** `bits`: booked for this answer. */
  readonly budget: {
    readonly quarter: string;
    readonly bits: number;
    readonly bookedBits: number;
    readonly limitBits: number;
  };
  readonly receipt: Receipt;
};
