import { Refusal } from '#kernel';
import { type Calibration, calibrationOf } from '../figures/calibration.ts';
import { type CardFigures, measureChances } from '../figures/measure-card.ts';
import { LABORATORY_LIMITS } from '../laboratory-limits.ts';
import { laboratoryRefusal } from '../laboratory-refusals.ts';
import { applyCard } from '../model/apply-card.ts';
import { fitCard } from '../model/fit-card.ts';
import type { Plan } from '../model/plan.ts';
import { studentQuantile95 } from '../statistics/normal.ts';
import { seededRandom, shuffle } from '../statistics/random.ts';
import { type Table, takeTableRows, takeTargetRows, type Target } from '../table/columns.ts';

export type FoldRules = { readonly folds: number; readonly repeats: number; readonly seed: number };

/** Mean over the folds; [low, high] is its 95 % interval, see `summarise`. */
export type Uncertain = {
  readonly mean: number;
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
};

export type CrossValidation = FoldRules & {
  readonly auc: Uncertain;
  readonly ks: Uncertain;
  readonly brier: Uncertain;
  /** Over the folds where it exists; `null` where fewer than two have one. */
  readonly slope: Uncertain | null;
  /** Of all test rows of all folds and repeats together, each under a card that had not seen it. */
  readonly calibration: Calibration;
  /** In how many of the fits each variable was used. */
  readonly used: Readonly<Record<string, number>>;
  /** Fits that were refused, by code; they are in no mean. */
  readonly refused: Readonly<Record<string, number>>;
};

type Fold = {
  readonly figures: CardFigures;
  readonly variables: readonly string[];
  readonly chances: Float64Array;
  readonly target: Target;
};

/**
 * Repeated stratified cross-validation of the whole procedure: bins, selection and fit are made anew from each fold's
 * training rows, so that nothing of the test rows gets into the card that is measured on them.
 */
export function crossValidate(
  table: Table,
  target: Target,
  plan: Plan,
  { folds, repeats, seed }: FoldRules,
): CrossValidation {
  requireRules(target, { folds, repeats, seed });
  const done: Fold[] = [];
  const refused: Record<string, number> = {};
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const foldOf = dealFolds(target, folds, `${seed} ${repeat}`);
    for (let fold = 0; fold < folds; fold += 1) {
      const result = tryFold({ table, target, plan }, foldOf, fold);
      if ('code' in result) refused[result.code] = (refused[result.code] ?? 0) + 1;
      else done.push(result);
    }
  }
  if (done.length < 2) throw laboratoryRefusal('laboratory.no_variables');
  return { folds, repeats, seed, ...summariseFolds(done, folds), refused };
}

function requireRules({ bad }: Target, { folds, repeats }: FoldRules): void {
  const bads = bad.reduce((sum, value) => sum + value, 0);
  const foldsMax = Math.min(bads, bad.length - bads);
  const isWhole = Number.isInteger(folds) && Number.isInteger(repeats) && folds >= 2 && repeats >= 1;
  if (isWhole && folds <= foldsMax && folds * repeats <= LABORATORY_LIMITS.foldFitsMax) return;
  throw laboratoryRefusal('laboratory.wrong_plan', {
    where: '/folds',
    reason: `2 ≤ folds ≤ ${foldsMax}, folds × repeats ≤ ${LABORATORY_LIMITS.foldFitsMax}`,
  });
}

/** The fold of each row: goods and bads dealt out in turn, each in an order of chance. */
function dealFolds({ bad }: Target, folds: number, seed: string): Uint16Array {
  const random = seededRandom(seed);
  const foldOf = new Uint16Array(bad.length);
  for (const side of [0, 1]) {
    const rows = Uint32Array.from(bad.keys()).filter((row) => bad[row] === side);
    shuffle(rows, random).forEach((row, n) => {
      foldOf[row] = n % folds;
    });
  }
  return foldOf;
}

type Study = { readonly table: Table; readonly target: Target; readonly plan: Plan };

function tryFold({ table, target, plan }: Study, foldOf: Uint16Array, fold: number): Fold | { code: string } {
  const rows = Uint32Array.from(foldOf.keys());
  const [training, test] = [
    rows.filter((row) => foldOf[row] !== fold),
    rows.filter((row) => foldOf[row] === fold),
  ];
  try {
    const { card } = fitCard(takeTableRows(table, training), takeTargetRows(target, training), plan);
    const { chances } = applyCard(card, takeTableRows(table, test));
    const known = takeTargetRows(target, test);
    const variables = card.binnings.map(({ variable }) => variable);
    return { figures: measureChances(chances, known), variables, chances, target: known };
  } catch (error) {
    // A fold may have no card; that is a result of the study and is reported with its code.
    if (error instanceof Refusal) return { code: error.code };
    throw error;
  }
}

function summariseFolds(done: readonly Fold[], folds: number) {
  const over = (pick: (figures: CardFigures) => number) =>
    summarise(
      done.map(({ figures }) => pick(figures)),
      folds,
    );
  const slopes = done.flatMap(({ figures }) => figures.calibration.slope ?? []);
  const used: Record<string, number> = {};
  for (const name of done.flatMap(({ variables }) => variables)) used[name] = (used[name] ?? 0) + 1;
  return {
    auc: over(({ auc }) => auc),
    ks: over(({ ks }) => ks),
    brier: over(({ brier }) => brier),
    slope: slopes.length > 1 ? summarise(slopes, folds) : null,
    calibration: calibrateTogether(done),
    used,
  };
}

/** Few bads in a fold leave a slope of its own without meaning; all folds together have one. */
function calibrateTogether(done: readonly Fold[]): Calibration {
  const chances = done.flatMap((fold) => [...fold.chances]);
  const bad = done.flatMap(({ target }) => [...target.bad]);
  const weights = done.flatMap(({ target }) => [...(target.weights ?? target.bad.map(() => 1))]);
  return calibrationOf(Float64Array.from(chances), {
    bad: Uint8Array.from(bad),
    weights: Float64Array.from(weights),
  });
}

/**
 * Mean and 95 % interval by the corrected resampled t (Nadeau and Bengio 2003): folds share training rows, so that the
 * variance of the mean is (1/J + n_test/n_train)·s² and not s²/J, which would promise too much.
 */
function summarise(values: readonly number[], folds: number): Uncertain {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const half = studentQuantile95(count - 1) * Math.sqrt((1 / count + 1 / (folds - 1)) * variance);
  return { mean, deviation: Math.sqrt(variance), low: mean - half, high: mean + half };
}
