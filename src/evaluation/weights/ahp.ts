import assert from 'node:assert';
import { type AhpStudy, isReciprocal, type Judgements } from './ahp-study.ts';
import { worstTriple } from './inconsistency.ts';
import { principalEigen } from './principal-eigen.ts';
import { CONSISTENCY_RATIO_MAX, type RandomIndex, randomIndexOf, SAATY_1980 } from './random-index.ts';
import { type Weights, weightsBy } from './weights.ts';
import { weightsRefusal } from './weights-refusals.ts';

export type Consistency = {
  readonly lambdaMax: number;
  readonly index: number;
  /** index / random index of the same order; 0 where two or fewer criteria cannot contradict each other. */
  readonly ratio: number;
};

export type AhpResult = {
  readonly method: 'ahp';
  readonly weights: Weights;
  readonly consistency: Consistency;
  readonly table: string;
  readonly ratioMax: number;
  readonly experts: readonly {
    readonly id: string;
    readonly weights: Weights;
    readonly consistency: Consistency;
  }[];
};

/**
 * Weights from the pairwise judgements of several experts: each checked by itself, then joined by the geometric mean
 * of every judgement (the only mean that keeps matrices reciprocal: Aczél and Saaty 1983), then the principal
 * eigenvector. Throws `weights.inconsistent` for an expert, or all together, above a ratio of 0.1.
 */
export function weighByAhp(study: AhpStudy, table: RandomIndex = SAATY_1980): AhpResult {
  const experts = study.experts.map(({ id, judgements }) => ({
    id,
    ...weighOne({ criteria: study.criteria, table, whose: id }, judgements),
  }));
  const together = joinJudgements(study.experts.map(({ judgements }) => judgements));
  const { weights, consistency } = weighOne({ criteria: study.criteria, table, whose: 'all' }, together);
  return { method: 'ahp', weights, consistency, table: table.name, ratioMax: CONSISTENCY_RATIO_MAX, experts };
}

/** Geometric mean, judgement by judgement. */
export function joinJudgements(matrices: readonly Judgements[]): Judgements {
  const [first] = matrices;
  assert(first !== undefined, 'at least one expert');
  const joined = first.map((row, one) =>
    row.map((_, other) => {
      const logs = matrices.map((matrix) => Math.log(matrix[one]?.[other] ?? Number.NaN));
      return Math.exp(logs.reduce((sum, log) => sum + log, 0) / matrices.length);
    }),
  );
  assert(isReciprocal(joined), 'the geometric mean keeps matrices reciprocal');
  return joined;
}

/** How far judgements are from not contradicting each other. */
function consistencyOf(lambdaMax: number, order: number, table: RandomIndex): Consistency {
  if (order <= 2) return { lambdaMax, index: 0, ratio: 0 };
  const index = (lambdaMax - order) / (order - 1);
  return { lambdaMax, index, ratio: index / randomIndexOf(table, order) };
}

type Judged = { readonly criteria: readonly string[]; readonly table: RandomIndex; readonly whose: string };

function weighOne({ criteria, table, whose }: Judged, judgements: Judgements) {
  const { vector, lambdaMax } = principalEigen(judgements);
  const consistency = consistencyOf(lambdaMax, criteria.length, table);
  if (consistency.ratio > CONSISTENCY_RATIO_MAX)
    throw weightsRefusal('weights.inconsistent', {
      whose: whose === 'all' ? '全体专家合并后 (all together)' : whose,
      ratio: consistency.ratio.toFixed(3),
      limit: CONSISTENCY_RATIO_MAX,
      table: table.name,
      ...worstTriple(criteria, judgements),
    });
  return { weights: weightsBy(criteria, vector), consistency };
}
