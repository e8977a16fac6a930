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
/** Points below, marks above: both sums in one number. */
const POINTS_SPAN = 2 ** 31;

/**
 * Points, grade and reasons as SQL over a relation of values (enterprise_id, v0, t0, …, in the order of the model's
 * indicators): the same integers as `scoreEnterprise` and `toScoreRow` give. Columns: enterprise_id, score,
 * covered_marks, ceilings, state, grade, grade_by_score, bins, reasons, and what is `carried` from the values.
 *
 * Whatever follows from a bin alone is looked up in a constant array: points and marks in one number, so that one sum
 * gives both, and what the bin costs as a bit. `offset 0` keeps the layers apart: the planner would otherwise write a
 * layer's expressions out at each of their uses, and again in the next layer.
 */
export function compileScoring(
  model: EvaluationModel,
  baseline: Baseline,
  { values, carried = [] }: { readonly values: string; readonly carried?: readonly string[] },
): string {
  const { system, grading } = model;
  const through = ['enterprise_id', ...carried].join(', ');
  assert(grading.ceilings.length <= CEILINGS_MAX, 'ceilings fit into an integer');
  assert(system.fullMarks < POINTS_SPAN, 'points and marks fit into halves of a bigint');
  const losses = rankLosses(model, baseline);
  const places = system.leaves.map((_, at) => at);
  const sums = system.leaves.map((leaf, at) =>
    lookUp(leaf, at, (bin) => pointsOfBin(leaf, bin) + (bin < 0 ? 0 : leaf.fullMarks) * POINTS_SPAN),
  );
  const summed = `(select ${through}, mask, cap,
      array[${places.map((at) => `b${at}`).join(', ')}]::smallint[] as bins,
      ${sums.join(' + ')} as sums${writeWords(model, losses)}
    from ${writeBins(model, values, through)} b offset 0)`;
  const graded = `(select x.*, ${gradeByScore(model)} as by_score,
      (mask <> 0 or covered >= ${Math.ceil(grading.coverageMin * system.fullMarks)}) as is_enough
    from (select y.*, (sums % ${POINTS_SPAN})::integer as score, (sums / ${POINTS_SPAN})::integer as covered
      from ${writeWorst(losses, summed, through)} y offset 0) x offset 0)`;
  return `select ${through}, score, covered as covered_marks, mask as ceilings,
      (case when is_enough then 0 else 1 end)::smallint as state,
      (case when is_enough then greatest(by_score, cap) end)::smallint as grade,
      by_score::smallint as grade_by_score, bins, ${writeReasons(losses)} as reasons
    from ${graded} g`;
}

/** The bin of every leaf, the ceilings that hold, and the lowest grade they leave. */
function writeBins({ system, grading, compiled }: EvaluationModel, values: string, through: string): string {
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
  return `(select ${through}, ${bins.join(',\n      ')},
      ${['0', ...bits].join(' + ')} as mask, greatest(${['0', ...caps].join(', ')}) as cap
    from (select * from ${values} u offset 0) v offset 0)`;
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

function lookUp(leaf: Leaf, at: number, value: (bin: number) => number | bigint): string {
  const values = leaf.bands.map(({ place }) => value(place));
  const neutral = Array.from({ length: -FIRST_BIN }, (_, n) => value(FIRST_BIN + n));
  return `('{${[...neutral, ...values].join()}}'::bigint[])[b${at} + ${1 - FIRST_BIN}]`;
}

/** A band of a leaf that costs points against the baseline. */
type Loss = { readonly place: number; readonly bin: number; readonly loss: number };

/** All that may cost points, the worst first, the first leaf of equals; as reasons are ordered. */
function rankLosses({ system }: EvaluationModel, { medians }: Baseline): Loss[] {
  return system.leaves
    .flatMap((leaf, place) =>
      leaf.bands.map((band) => ({ place, bin: band.place, loss: lossOf(leaf, band.place, medians) })),
    )
    .filter(({ loss }) => loss > 0)
    .sort((one, other) => other.loss - one.loss || one.place - other.place);
}

/** Losses of one bigint; its sign stays clear. */
const WORD_BITS = 62;
/** Powers of two below 2^66 all differ by what they leave when divided by this prime. */
const DIVISOR = 67;

const bitOf = (rank: number): bigint => 1n << BigInt(rank % WORD_BITS);
const wordOf = (rank: number): number => Math.floor(rank / WORD_BITS);
const wordsOf = (losses: readonly Loss[]): number[] =>
  Array.from({ length: Math.ceil(losses.length / WORD_BITS) }, (_, n) => n);

/** The losses of an enterprise as bits by their rank, w0, w1 …: the lowest bit is the worst. */
function writeWords({ system }: EvaluationModel, losses: readonly Loss[]): string {
  const ofWord = (word: number): string => {
    const bits = new Map(
      losses.flatMap(({ place, bin }, rank) =>
        wordOf(rank) === word ? [[`${place} ${bin}`, bitOf(rank)] as const] : [],
      ),
    );
    const looked = system.leaves.flatMap((leaf, at) =>
      leaf.bands.some(({ place }) => bits.has(`${at} ${place}`))
        ? [lookUp(leaf, at, (bin) => bits.get(`${at} ${bin}`) ?? 0n)]
        : [],
    );
    return looked.join(' | ');
  };
  return wordsOf(losses)
    .map((word) => `,\n      ${ofWord(word)} as w${word}`)
    .join('');
}

/** The leaves of the lowest bits as r0, r1 …, one layer each, which clears its bit; null: there is none. */
function writeWorst(losses: readonly Loss[], summed: string, through: string): string {
  const words = wordsOf(losses);
  if (words.length === 0) return summed;
  let text = summed;
  for (let n = 0; n < INDEX_SYSTEM_LIMITS.reasonsShown; n += 1) {
    const carried = Array.from({ length: n }, (_, at) => `r${at}, `).join('');
    const left = words.map((word) => {
      const cleared = `w${word} & (w${word} - 1)`;
      return word === 0
        ? `${cleared} as w0`
        : `case when ${isClear(word)} then ${cleared} else w${word} end as w${word}`;
    });
    const leaves = words.map((word) => `when w${word} <> 0 then ${leafOfLowest(losses, word)}`);
    text = `(select ${through}, mask, cap, bins, sums, ${carried}case ${leaves.join(' ')} end as r${n}, ${left.join(', ')}
      from ${text} l${n} offset 0)`;
  }
  return text;
}

/** Whether no worse loss than those of this word is left. */
function isClear(word: number): string {
  return Array.from({ length: word }, (_, n) => `w${n} = 0`).join(' and ');
}

/** The leaf of a word's lowest bit, by what the bit leaves when divided. */
function leafOfLowest(losses: readonly Loss[], word: number): string {
  const leaves = Array.from({ length: DIVISOR }, () => 0);
  for (const [rank, { place }] of losses.entries()) {
    if (wordOf(rank) === word) leaves[Number(bitOf(rank) % BigInt(DIVISOR))] = place;
  }
  return `('{${leaves.join()}}'::smallint[])[(w${word} & -w${word}) % ${DIVISOR} + 1]`;
}

function writeReasons(losses: readonly Loss[]): string {
  if (losses.length === 0) return `'{}'::smallint[]`;
  const tops = Array.from({ length: INDEX_SYSTEM_LIMITS.reasonsShown }, (_, n) => `r${n}`);
  const cases = tops.map(
    (top, n) => `when ${top} is null then ${n === 0 ? "'{}'" : `array[${tops.slice(0, n).join(', ')}]`}`,
  );
  return `(case ${cases.join(' ')} else array[${tops.join(', ')}] end)::smallint[]`;
}

function gradeByScore({ grading }: EvaluationModel): string {
  const cases = grading.grades.slice(0, -1).map(({ from }, rank) => `when score >= ${from} then ${rank}`);
  return `case ${cases.join(' ')} else ${grading.grades.length - 1} end`;
}
