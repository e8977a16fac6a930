import assert from 'node:assert';
import type { EvaluationModel } from '../models/evaluation-model.ts';
import type { IndicatorValue } from '../indicators/indicator.ts';
import type { IndicatorValues } from '../index-system/scoring/enterprise-score.ts';

/** Values in the order of the model's indicators, by indicator. */
export function valuesById(
  { compiled }: Pick<EvaluationModel, 'compiled'>,
  values: readonly IndicatorValue[],
): IndicatorValues {
  return new Map(
    compiled.ids.map((id, at) => {
      const value = values[at];
      assert(value !== undefined, 'one value for each indicator');
      return [id, value] as const;
    }),
  );
}
