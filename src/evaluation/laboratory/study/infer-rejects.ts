import { type CardFigures, measureCard } from '../figures/measure-card.ts';
import { laboratoryRefusal } from '../laboratory-refusals.ts';
import { applyCard } from '../model/apply-card.ts';
import { variablesOf } from '../model/bin-variables.ts';
import type { Card } from '../model/card.ts';
import { type Fitted, fitCard } from '../model/fit-card.ts';
import type { Plan } from '../model/plan.ts';
import { edgesOf } from '../model/score-bands.ts';
import { seededRandom } from '../statistics/random.ts';
import { joinTables } from '../table/join-tables.ts';
import type { Table, Target } from '../table/columns.ts';

export const REJECT_METHODS = ['fuzzy', 'parcelling'] as const;

/**
 * `fuzzy`: each reject stands for a bad and a good row, weighted with its chance. `parcelling`: in each band of scores
 * rejects become bad by chance at the band's bad rate. `badFactor` says how much worse rejects are than accepted of
 * the same score; it cannot be known from accepted cases, hence it is said and printed.
 */
export type RejectRules = {
  readonly method: (typeof REJECT_METHODS)[number];
  readonly badFactor: number;
  readonly seed: number;
};

/** Both sides are measured on the accepted rows alone: the only ones whose outcome is known. */
export type RejectStudy = {
  readonly rules: RejectRules;
  readonly rejects: number;
  readonly acceptedBadRate: number;
  /** What the rejects were taken to be. */
  readonly inferredBadRate: number;
  readonly without: Fitted & { readonly figures: CardFigures };
  readonly with: Fitted & { readonly figures: CardFigures };
};

type Case = { readonly table: Table; readonly target: Target; readonly plan: Plan };

/** Fits the card without the rejects, infers what they would have come to, and fits it again with them. */
export function inferRejects(accepted: Case, rejects: Table, rules: RejectRules): RejectStudy {
  if (!(rules.badFactor > 0)) {
    throw laboratoryRefusal('laboratory.wrong_plan', { where: '/badFactor', reason: 'badFactor > 0' });
  }
  const { table, target, plan } = accepted;
  const without = fitCard(table, target, plan);
  const inferred =
    rules.method === 'fuzzy'
      ? inferFuzzy(without.card, rejects, rules)
      : inferParcels(without.card, accepted, rejects, rules);
  const joined = joinCases(accepted, inferred);
  const withRejects = fitCard(joined.table, joined.target, plan);
  return {
    rules,
    rejects: rejects.rowCount,
    acceptedBadRate: badRateOf(target),
    inferredBadRate: badRateOf(inferred.target),
    without: { ...without, figures: measureCard(without.card, table, target) },
    with: { ...withRejects, figures: measureCard(withRejects.card, table, target) },
  };
}

type Inferred = { readonly parts: readonly Table[]; readonly target: Target };

function inferFuzzy(card: Card, rejects: Table, { badFactor }: RejectRules): Inferred {
  const { chances } = applyCard(card, rejects);
  const asBad = chances.map((chance) => Math.min(1, chance * badFactor));
  const count = rejects.rowCount;
  return {
    parts: [rejects, rejects],
    target: {
      bad: Uint8Array.from({ length: 2 * count }, (_, n) => Number(n < count)),
      weights: Float64Array.from({ length: 2 * count }, (_, n) =>
        n < count ? (asBad[n] ?? 0) : 1 - (asBad[n - count] ?? 0),
      ),
    },
  };
}

function inferParcels(card: Card, { table, target }: Case, rejects: Table, rules: RejectRules): Inferred {
  const accepted = applyCard(card, table).scores;
  const edges = edgesOf(accepted);
  const bandOf = (score: number) => edges.filter((edge) => score >= edge).length;
  const bands = Array.from({ length: edges.length + 1 }, () => ({ rows: 0, bads: 0 }));
  accepted.forEach((score, row) => {
    const band = bands[bandOf(score)];
    const weight = target.weights === undefined ? 1 : (target.weights[row] ?? 0);
    if (band === undefined) return;
    band.rows += weight;
    band.bads += weight * (target.bad[row] ?? 0);
  });
  const random = seededRandom(`parcelling ${rules.seed}`);
  const bad = Uint8Array.from(applyCard(card, rejects).scores, (score) => {
    const band = bands[bandOf(score)];
    const rate = band === undefined || band.rows === 0 ? badRateOf(target) : band.bads / band.rows;
    return Number(random() < rate * rules.badFactor);
  });
  return { parts: [rejects], target: { bad } };
}

function joinCases(
  { table, target, plan }: Case,
  { parts, target: inferred }: Inferred,
): { table: Table; target: Target } {
  const { asOf, dates, knownAt, after } = plan.leakage;
  const times = [
    ...(asOf === undefined ? [] : [asOf]),
    ...dates,
    ...after,
    ...Object.keys(knownAt),
    ...Object.values(knownAt),
  ];
  const names = [...new Set([...variablesOf(table, plan), ...plan.exclude, ...times])];
  const joined = parts.reduce((sum, part) => joinTables(sum, part, names), table);
  const weightsOf = ({ bad, weights }: Target) => weights ?? new Float64Array(bad.length).fill(1);
  return {
    table: joined,
    target: {
      bad: Uint8Array.from([...target.bad, ...inferred.bad]),
      weights: Float64Array.from([...weightsOf(target), ...weightsOf(inferred)]),
    },
  };
}

function badRateOf({ bad, weights }: Target): number {
  let [bads, all] = [0, 0];
  bad.forEach((value, row) => {
    const weight = weights === undefined ? 1 : (weights[row] ?? 0);
    all += weight;
    bads += weight * value;
  });
  return bads / all;
}
