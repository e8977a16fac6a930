import assert from 'node:assert';
import type { EvaluationModel } from '../models/evaluation-model.ts';
import { INDEX_SYSTEM_LIMITS } from '../index-system/definition/index-system-limits.ts';
import type { Ceiling, Leaf } from '../index-system/definition/index-system.ts';
import type { Baseline } from '../index-system/explanation/baseline.ts';
import { rankOf } from '../index-system/scoring/grade-score.ts';
import { lossOf, NEUTRAL_BINS, pointsOfBin } from './score-row.ts';

/** Bits of an integer column that are not its sign. */
const CEILINGS_MAX = 31;
/** Every bin has its place in the constant arrays, the neutral ones first. */
const FIRST_BIN = Math.min(...Object.values(NEUTRAL_BINS));

/**
 * Points, grade and reasons as SQL over a relation of values (enterprise_id, v0, t0, …, in the order of the model's
 * indicators): the same integers as `scoreEnterprise` and `toScoreRow` give. Columns: enterprise_id, score,
 * covered_marks, ceilings, state, grade, grade_by_score, bins, reasons.
 *
 * Whatever follows from a bin alone (points, marks, loss) is looked up in a constant array. `offset 0` keeps the layers
 * apart: the planner would otherwise write a layer's expressions out at each of their uses, and again in the next layer.
 */
export function compileScoring(model: EvaluationModel, baseline: Baseline, values: string): string {
  const { system, grading } = model;
  assert(grading.ceilings.length <= CEILINGS_MAX, 'ceilings fit into an integer');
  const binned = writeBins(model, values);
  const places = system.leaves.map((_, at) => at);
  const points = system.leaves.map((leaf, at) => lookUp(leaf, at, (bin) => pointsOfBin(leaf, bin)));
  const covered = system.leaves.map(
    ({ fullMarks }, at) => `case when b${at} < 0 then 0 else ${fullMarks} end`,
  );
  const losing = places.filter((at) => mayLose(model, at, baseline));
  const losses = losing.map((at) => `, ${lossKey(model, at, baseline)} as k${at}`);
  const summed = `(select enterprise_id, mask, cap,
      array[${places.map((at) => `b${at}`).join(', ')}]::smallint[] as bins,
      ${points.join(' + ')} as score,
      ${covered.join(' + ')} as covered${losses.join('')}
    from ${binned} b offset 0)`;
  const scored = writeTops(losing, summed);
  const graded = `(select x.*, ${gradeByScore(model)} as by_score,
      (mask <> 0 or covered >= ${Math.ceil(grading.coverageMin * system.fullMarks)}) as is_enough
    from ${scored} x offset 0)`;
  return `select enterprise_id, score, covered as covered_marks, mask as ceilings,
      (case when is_enough then 0 else 1 end)::smallint as state,
      (case when is_enough then greatest(by_score, cap) end)::smallint as grade,
      by_score::smallint as grade_by_score, bins, ${writeReasons(places.length)} as reasons
    from ${graded} g`;
}

/** The bin of every leaf, the ceilings that hold, and the lowest grade they leave. */
function writeBins({ system, grading, compiled }: EvaluationModel, values: string): string {
  const placeOf = (indicator: string): number => {
    const at = compiled.ids.indexOf(indicator);
    assert(at >= 0, `${indicator} is computed`);
    return at;
  };
  const bins = system.leaves.map((leaf, at) => `${binOf(leaf, placeOf(leaf.indicator))} as b${at}`);
  const holding = grading.ceilings.map((ceiling) => holds(ceiling, placeOf(ceiling.indicator)));
  const bits = holding.map((holdsIt, at) => `(case when ${holdsIt} then ${2 ** at} else 0 end)`);
  const caps = holding.map(
    (holdsIt, at) =>
      `(case when ${holdsIt} then ${rankOf(grading, grading.ceilings[at]?.cap ?? '')} else 0 end)`,
  );
  return `(select enterprise_id, ${bins.join(',\n      ')},
      ${['0', ...bits].join(' + ')} as mask, greatest(${['0', ...caps].join(', ')}) as cap
    from ${values} v offset 0)`;
}

/** A value exactly on a cut is in the band that begins there. */
function binOf({ bands }: Leaf, at: number): string {
  const below = bands.slice(0, -1).map(({ to, place }) => `when v${at} < '${to}'::float8 then ${place}`);
  const { no_data, not_covered, stale } = NEUTRAL_BINS;
  return `case when t${at} = 2 then ${not_covered} when t${at} = 3 then ${stale} when v${at} is null then ${no_data}
        ${below.join(' ')} else ${bands.length - 1} end`;
}

/** Null where the value is; a stale value still holds. */
function holds({ atLeast, below }: Ceiling, at: number): string {
  const condition = atLeast === null ? `v${at} < '${below ?? 0}'::float8` : `v${at} >= '${atLeast}'::float8`;
  return `${condition} and t${at} <> 2`;
}

function lookUp(leaf: Leaf, at: number, value: (bin: number) => number): string {
  const values = leaf.bands.map(({ place }) => value(place));
  const neutral = Array.from({ length: -FIRST_BIN }, (_, n) => value(FIRST_BIN + n));
  return `('{${[...neutral, ...values].join()}}'::integer[])[b${at} + ${1 - FIRST_BIN}]`;
}

/** Against this baseline some bin of the leaf costs points; most leaves of a good median cost none. */
function mayLose({ system }: EvaluationModel, at: number, { medians }: Baseline): boolean {
  const leaf = leafAt(system, at);
  return leaf.bands.some(({ place }) => lossOf(leaf, place, medians) > 0);
}

/** Loss and place in one number, so that the greatest of all is the worst leaf, the first of equals. */
function lossKey({ system }: EvaluationModel, at: number, { medians }: Baseline): string {
  const leaf = leafAt(system, at);
  const count = system.leaves.length;
  return lookUp(leaf, at, (bin) => {
    const loss = lossOf(leaf, bin, medians);
    return loss === 0 ? 0 : loss * count + (count - 1 - at);
  });
}

function leafAt({ leaves }: EvaluationModel['system'], at: number): Leaf {
  const leaf = leaves[at];
  assert(leaf !== undefined, 'a place of the system');
  return leaf;
}

/** The greatest keys, one layer each: the next is the greatest below the one before. 0: there is none. */
function writeTops(places: readonly number[], summed: string): string {
  let text = summed;
  for (let n = 0; n < INDEX_SYSTEM_LIMITS.reasonsShown; n += 1) {
    const below = places.map((at) =>
      n === 0 ? `k${at}` : `case when k${at} < top${n - 1} then k${at} else 0 end`,
    );
    const greatest = `greatest(${['0', ...below].join(', ')})`;
    const top = n === 0 ? greatest : `case when top${n - 1} = 0 then 0 else ${greatest} end`;
    text = `(select l${n}.*, ${top} as top${n} from ${text} l${n} offset 0)`;
  }
  return text;
}

function writeReasons(count: number): string {
  const tops = Array.from({ length: INDEX_SYSTEM_LIMITS.reasonsShown }, (_, n) => n);
  const place = (n: number): string => `${count - 1} - top${n} % ${count}`;
  const cases = tops.map(
    (n) => `when top${n} = 0 then ${n === 0 ? "'{}'" : `array[${tops.slice(0, n).map(place).join(', ')}]`}`,
  );
  return `(case ${cases.join(' ')} else array[${tops.map(place).join(', ')}] end)::smallint[]`;
}

function gradeByScore({ grading }: EvaluationModel): string {
  const cases = grading.grades.slice(0, -1).map(({ from }, rank) => `when score >= ${from} then ${rank}`);
  return `case ${cases.join(' ')} else ${grading.grades.length - 1} end`;
}
