import assert from 'node:assert';
import { qualityRefusal } from './quality-refusals.ts';

/**
 * The published formulas of the quality review (capability 6.4; dimensions as in ODCS v3.1). A share is kept as its two
 * counts and as parts per million rounded down, so that only what is whole reads 100 %. A share of nothing is no figure:
 * it is refused with `quality.no_checks`, never given as 100 %. This file's text is part of each run's definitions.
 */
export type Share = { readonly numerator: number; readonly denominator: number; readonly valuePpm: number };

const DIMENSIONS = [
  'accuracy',
  'completeness',
  'timeliness',
  'uniqueness',
  'consistency',
  'coverage',
] as const;

/** 准确性, 完整性, 及时性, 唯一性, 一致性, 覆盖率. */
export type Dimension = (typeof DIMENSIONS)[number];

/**
 * 准确性 = 1 − (rows that failed a rule of accuracy, conformity or consistency + upheld objections × weight) ÷ rows.
 * A row counts once however many rules it failed; the figure does not fall below 0.
 */
export function accuracy(facts: {
  rows: number;
  failingRows: number;
  upheldObjections: number;
  objectionWeight: number;
}): Share {
  const { rows, failingRows, upheldObjections, objectionWeight } = facts;
  return share('准确性 accuracy', Math.max(0, rows - failingRows - upheldObjections * objectionWeight), rows);
}

/** 完整性 = filled cells of required fields, of `filled` rules and of the subject ÷ such cells. */
export function completeness({ cells, emptyCells }: { cells: number; emptyCells: number }): Share {
  return share('完整性 completeness', cells - emptyCells, cells);
}

/** 及时性 = rows whose landing − business time is within the contract's latency ÷ rows with a business time. */
export function timeliness({ timedRows, rowsOnTime }: { timedRows: number; rowsOnTime: number }): Share {
  return share('及时性 timeliness', rowsOnTime, timedRows);
}

/** 唯一性 = 1 − rows that repeat or contradict another row of their delivery ÷ rows. */
export function uniqueness({ rows, repeatedRows }: { rows: number; repeatedRows: number }): Share {
  return share('唯一性 uniqueness', rows - repeatedRows, rows);
}

/** 一致性 = 1 − findings ÷ checks, over the cross-dataset rules that judge the dataset's live records. */
export function consistency({ checked, failed }: { checked: number; failed: number }): Share {
  return share('一致性 consistency', checked - failed, checked);
}

/** 主体覆盖率 = subjects with at least one record ÷ subjects expected. */
export function coverage({ expected, missing }: { expected: number; missing: number }): Share {
  return share('覆盖率 coverage', expected - missing, expected);
}

/**
 * 新鲜度 = now − latest business time, in whole days, never negative. Not a share and not latency: a dataset can land
 * each record within its SLA and still be old, because nothing has landed.
 */
export function freshnessDays({ today, latest }: { today: string; latest: string }): number {
  const days = Math.round(
    (Date.parse(`${today}T00:00:00Z`) - Date.parse(`${latest}T00:00:00Z`)) / 86_400_000,
  );
  assert(Number.isInteger(days), 'freshness needs two dates');
  return Math.max(0, days);
}

/** 总分 = Σ weight × share ÷ Σ weight over the dimensions that have a figure. */
export function overall(
  weights: Readonly<Record<Dimension, number>>,
  shares: ReadonlyMap<Dimension, Share>,
): Share {
  let numerator = 0;
  let denominator = 0;
  for (const [dimension, { valuePpm }] of shares) {
    numerator += weights[dimension] * valuePpm;
    denominator += weights[dimension] * PPM;
  }
  return share('总分 overall', numerator, denominator);
}

const PPM = 1_000_000;

/** Refuses with `quality.no_checks` when there is nothing to divide by. */
export function share(what: string, numerator: number, denominator: number): Share {
  if (denominator === 0) throw qualityRefusal('quality.no_checks', { what });
  assert(Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator), `${what}: counts are whole`);
  assert(numerator >= 0 && numerator <= denominator, `${what}: ${numerator} of ${denominator} is no share`);
  return {
    numerator,
    denominator,
    valuePpm: Number((BigInt(numerator) * BigInt(PPM)) / BigInt(denominator)),
  };
}
