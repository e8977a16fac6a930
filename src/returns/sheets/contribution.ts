import {
  type EvaluationModel,
  openEvaluationModel,
  pointsOfBin,
  readScoreSample,
  type SampledRun,
  type ScoreSample,
  seededRandom,
} from '#evaluation';
import { beijingDate, type EnterpriseId, type Tx } from '#kernel';
import { readLoanCases } from '#outcomes';
import type { PopulationPermit } from '#security';
import type { ContributionRules } from '../definition/rules.ts';
import type { ReturnsContext } from '../returns-context.ts';
import { aucOf, type Share, shapleyDrawn, shapleyExact, shapleyOfVariance } from './shapley.ts';

/**
 * How much of what is worth sharing out: `auc` above one half, telling bad outcomes from good; `variance` of the score in
 * squared points, where outcomes are too few to judge by.
 */
export type Contribution = {
  readonly game: 'auc' | 'variance';
  readonly method: 'exact' | 'drawn' | 'closed_form';
  readonly runId: string;
  readonly modelHash: string;
  readonly asOf: string;
  readonly enterprises: number;
  readonly good: number;
  readonly bad: number;
  /** What the shares add up to. */
  readonly worth: number;
  readonly datasets: readonly {
    readonly contract: string;
    readonly value: number;
    readonly standardError: number;
  }[];
};

/**
 * What each dataset adds to the model in use (Shapley over datasets, on enterprises of its latest full run as known at the
 * Permit's instant). Null: nothing was scored yet. The score is set against outcomes it may have been made from; it says
 * what goes together, not what causes what.
 */
export async function measureContribution(
  tx: Tx,
  permit: PopulationPermit,
  { book, rules: { contribution: rules } }: Pick<ReturnsContext, 'book' | 'rules'>,
): Promise<Contribution | null> {
  const cases = await readOutcomes(tx, permit, rules);
  const bad = [...cases.values()].filter(Boolean).length;
  const isEnough = bad >= rules.badMin && cases.size - bad >= rules.goodMin;
  const limit = rules.sampleMax;
  const wanted = isEnough ? { ids: [...cases.keys()], limit } : { limit };
  const run = await readScoreSample(tx, permit, wanted);
  if (run === undefined || run.scores.length < 2) return null;
  const model = await openEvaluationModel(tx, { book }, run.modelHash);
  const parts = partsOf(model, run.scores);
  const isBad = run.scores.map(({ enterpriseId }) => cases.get(enterpriseId) === true);
  const found = isEnough && hasBoth(isBad) ? shareAuc(parts, { isBad, rules }) : shareVariance(parts);
  return describe({ run, parts, found, isBad: isEnough ? isBad : [] });
}

type Parts = ReadonlyMap<string, Float64Array>;
type Found = Pick<Contribution, 'game' | 'method'> & { readonly shares: readonly Share[] };

/** Bad or not, of each enterprise whose loans were followed long enough; one bad loan is enough. */
async function readOutcomes(
  tx: Tx,
  permit: PopulationPermit,
  { horizonMonths, lookBackMonths }: ContributionRules,
): Promise<Map<EnterpriseId, boolean>> {
  const to = beijingDate(permit.asOf.knownAt);
  const first = new Date(`${to}T00:00:00Z`);
  first.setUTCMonth(first.getUTCMonth() - lookBackMonths);
  const from = first.toISOString().slice(0, 10);
  const cases = await readLoanCases(tx, permit, { from, to, horizonMonths });
  const known = new Map<EnterpriseId, boolean>();
  for (const { enterpriseId, outcome } of cases)
    if (outcome !== 'open') known.set(enterpriseId, outcome === 'bad' || known.get(enterpriseId) === true);
  return known;
}

/**
 * Points of each dataset's leaves, enterprise by enterprise. A leaf that rests on two datasets is shared in equal parts.
 */
function partsOf(model: EvaluationModel, scores: readonly ScoreSample[]): Parts {
  const parts = new Map<string, Float64Array>();
  for (const [place, leaf] of model.system.leaves.entries()) {
    const contracts = contractsOf(model, leaf.indicator);
    for (const contract of contracts) {
      const part = parts.get(contract) ?? new Float64Array(scores.length);
      for (const [row, { bins }] of scores.entries())
        part[row] = (part[row] ?? 0) + pointsOfBin(leaf, bins[place] ?? -1) / 100 / contracts.length;
      parts.set(contract, part);
    }
  }
  return new Map([...parts].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** The datasets that an indicator rests on, through combinations too. */
function contractsOf({ compiled }: Pick<EvaluationModel, 'compiled'>, id: string): string[] {
  const indicator = compiled.order.find(({ definition }) => definition.id === id);
  if (indicator === undefined) return [];
  if (indicator.kind === 'base') return [indicator.contract.id];
  const { aggregate } = indicator.definition;
  const inputs = 'ratio' in aggregate ? aggregate.ratio : aggregate.difference;
  return [...new Set(inputs.flatMap((input) => contractsOf({ compiled }, input)))];
}

function shareAuc(
  parts: Parts,
  { isBad, rules }: { isBad: readonly boolean[]; rules: ContributionRules },
): Found {
  const columns = [...parts.values()];
  const known = new Map<number, number>();
  const worth = (coalition: number): number => {
    const before = known.get(coalition);
    if (before !== undefined) return before;
    const sums = new Float64Array(isBad.length);
    for (const [player, column] of columns.entries()) {
      if ((coalition & (1 << player)) === 0) continue;
      for (let row = 0; row < sums.length; row += 1) sums[row] = (sums[row] ?? 0) + (column[row] ?? 0);
    }
    const auc = aucOf(sums, isBad);
    known.set(coalition, auc);
    return auc;
  };
  if (columns.length <= rules.exactDatasetsMax)
    return { game: 'auc', method: 'exact', shares: shapleyExact(columns.length, worth) };
  const { permutations } = rules;
  const random = seededRandom(rules.seed);
  return {
    game: 'auc',
    method: 'drawn',
    shares: shapleyDrawn(columns.length, worth, { permutations, random }),
  };
}

function shareVariance(parts: Parts): Found {
  return { game: 'variance', method: 'closed_form', shares: shapleyOfVariance([...parts.values()]) };
}

function hasBoth(isBad: readonly boolean[]): boolean {
  return isBad.includes(true) && isBad.includes(false);
}

function describe(about: {
  readonly run: SampledRun;
  readonly parts: Parts;
  readonly found: Found;
  readonly isBad: readonly boolean[];
}): Contribution {
  const { run, parts, found, isBad } = about;
  const contracts = [...parts.keys()];
  const bad = isBad.filter(Boolean).length;
  const { runId, modelHash, asOf, scores } = run;
  return {
    game: found.game,
    method: found.method,
    runId,
    modelHash,
    asOf,
    enterprises: scores.length,
    good: isBad.length - bad,
    bad,
    worth: round(found.shares.reduce((sum, { value }) => sum + value, 0)),
    datasets: found.shares.map(({ player, value, standardError }) => ({
      contract: contracts[player] ?? '',
      value: round(value),
      standardError: round(standardError),
    })),
  };
}

/** Six places: what is kept is compared by its hash. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
