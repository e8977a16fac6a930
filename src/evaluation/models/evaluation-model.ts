import { canonicalHash } from '#kernel';
import type { Grading, IndexSystem } from '../index-system/definition/index-system.ts';
import { indicatorsOf } from '../index-system/scoring/score-enterprise.ts';
import { type CompiledIndicators, compileIndicators } from '../indicators/compile/compile-indicators.ts';
import type { IndicatorBook } from '../indicators/indicator.ts';

/** What gives a score: scoring rules, grading rules, and the indicators under both. The same hash gives the same scores. */
export type EvaluationModel = {
  readonly hash: string;
  readonly system: IndexSystem;
  readonly grading: Grading;
  /** Every indicator of `indicatorsOf`, in its order. */
  readonly compiled: CompiledIndicators;
};

/** Joins rules with the definitions they rest on. Throws `indicators.unknown` for one that the book has not. */
export function makeEvaluationModel(
  book: IndicatorBook,
  { system, grading }: { readonly system: IndexSystem; readonly grading: Grading },
): EvaluationModel {
  const compiled = compileIndicators(book, [...indicatorsOf(system, grading)]);
  const hash = canonicalHash({
    system: system.hash,
    grading: grading.hash,
    indicators: compiled.hash,
  });
  return Object.freeze({ hash, system, grading, compiled });
}
