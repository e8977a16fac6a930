import type { Tx } from '#kernel';
import { bandOfField, compareField, type Contract, locateRecord } from '#lists';
import type { Asked } from '../query/ask.ts';
import type { SourceAnswer } from '../query/query-shape.ts';
import type { Band, VerificationRules } from './load-rules.ts';
import { toleranceOf } from './load-rules.ts';
import { bandOfValue, compareValue } from './compare-values.ts';
import { locateInAnswer } from './locate-in-answer.ts';
import type { ReadableClaim } from './read-claims.ts';

/** A claim whose record was looked for, found or not. `compare` says the answer; nothing was compared yet. */
export type LocatedClaim = {
  /** Digest of the record's natural key. */
  readonly recordKey: string;
  /** `match`, `mismatch`, `cannot_verify` or `band:<name>`. */
  readonly compare: () => Promise<string>;
};

export type Locating = {
  readonly asked: Asked;
  readonly contract: Contract;
  readonly rules: VerificationRules;
  /** What the department answered; undefined: the node holds the dataset. */
  readonly source: SourceAnswer | undefined;
};

/** Finds the record that a claim is about: where the node holds it, or in what its department has just answered. */
export async function locateClaim(tx: Tx, locating: Locating, claim: ReadableClaim): Promise<LocatedClaim> {
  const { source } = locating;
  return source === undefined
    ? await locateStored(tx, locating, claim)
    : locateAnswered(source, locating, claim);
}

async function locateStored(
  tx: Tx,
  { asked: { permit, consent }, contract, rules }: Locating,
  { field, claim, bands, record }: ReadableClaim,
): Promise<LocatedClaim> {
  const range = { from: consent.dataFrom, to: consent.dataTo };
  const located = await locateRecord(tx, permit, { contract, record, range });
  const question = { contract, field, record: located };
  const compare = async (): Promise<string> => {
    if (bands !== undefined) {
      return bandName(bands, await bandOfField(tx, permit, { ...question, edges: edgesOf(bands) }));
    }
    const tolerancePercent = toleranceOf(rules, field.kind);
    return await compareField(tx, permit, { ...question, claim, tolerancePercent });
  };
  return { recordKey: located.recordKey, compare };
}

/** The values are compared in memory and dropped with the answer: none is stored, logged or returned. */
function locateAnswered(
  source: SourceAnswer,
  { asked: { consent }, contract, rules }: Locating,
  { field, claim, bands, record }: ReadableClaim,
): LocatedClaim {
  const range = { from: consent.dataFrom, to: consent.dataTo };
  const { recordKey, values } = locateInAnswer(contract, source.values, { record, range });
  const compare = (): string => {
    if (values === undefined) return 'cannot_verify';
    return bands === undefined
      ? compareValue({ field, values }, claim, toleranceOf(rules, field.kind))
      : bandName(bands, bandOfValue({ field, values }, edgesOf(bands)));
  };
  return { recordKey, compare: () => Promise.resolve(compare()) };
}

function edgesOf(bands: readonly Band[]): number[] {
  return bands.flatMap(({ to }) => (to === undefined ? [] : [to]));
}

function bandName(bands: readonly Band[], number: number | undefined): string {
  return number === undefined ? 'cannot_verify' : `band:${bands[number]?.name}`;
}
