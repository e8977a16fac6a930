import { canonicalHash } from '#kernel';
import type { Binning } from '../binning/binning.ts';
import { totalsOf } from '../binning/make-binning.ts';
import { laboratoryRefusal } from '../laboratory-refusals.ts';
import { fitLogistic } from '../statistics/logistic.ts';
import { fitSigned, type SignedFit } from '../statistics/signed-logistic.ts';
import type { Table, Target } from '../table/columns.ts';
import { applyCard } from './apply-card.ts';
import { binVariables } from './bin-variables.ts';
import type { Card, Model } from './card.ts';
import { findLeaks, type Leak } from './find-leaks.ts';
import type { Plan } from './plan.ts';
import { scalePoints } from './scale-points.ts';
import { countScores, edgesOf } from './score-bands.ts';
import { type Coded, selectVariables, type Verdict } from './select-variables.ts';

/** A card and how it came about: every variable's verdict, and what was found to leak. */
export type Fitted = {
  readonly card: Card;
  readonly verdicts: readonly Verdict[];
  readonly leaks: readonly Leak[];
};

/** Bins, selects, fits and scales by the plan. Refuses when no variable is left or no finite fit exists. */
export function fitCard(table: Table, target: Target, plan: Plan): Fitted {
  const results = binVariables(table, target, plan);
  const leaks = findLeaks({ table, target, plan }, results);
  const { verdicts, coded } = selectVariables(table, results, leaks, plan);
  if (coded.length === 0) throw laboratoryRefusal('laboratory.no_variables');
  const fit = fitCoded(coded, target, plan);
  const kept = coded.filter(({ binning }) => !fit.held.includes(binning.variable));
  if (kept.length === 0) throw laboratoryRefusal('laboratory.no_variables');
  const binnings = kept.map(({ binning }) => binning);
  const model = sealModel(coded, fit, plan);
  return {
    card: sealCard({ table, target, plan, binnings, model }),
    verdicts: verdicts.map((verdict) =>
      fit.held.includes(verdict.variable) ? { ...verdict, exclusion: { why: 'sign' } } : verdict,
    ),
    leaks,
  };
}

/** WOE is that of good and the model that of bad: a coefficient above 0 would turn a variable's meaning round. */
function fitCoded(coded: readonly Coded[], target: Target, { signs }: Plan): SignedFit {
  const design = {
    names: coded.map(({ binning }) => binning.variable),
    columns: coded.map(({ woe }) => woe),
  };
  return signs === 'constrained' ? fitSigned(design, target) : { ...fitLogistic(design, target), held: [] };
}

function sealModel(coded: readonly Coded[], fit: SignedFit, { signs }: Plan): Model {
  const variables = coded.map(({ binning }, at) => ({
    variable: binning.variable,
    binning: binning.hash,
    coefficient: fit.coefficients[at + 1] ?? 0,
    standardError: fit.standardErrors[at + 1] ?? 0,
  }));
  const content = {
    schema: 'xinqiao.model/1' as const,
    variables: variables.filter(({ variable }) => !fit.held.includes(variable)),
    intercept: fit.coefficients[0] ?? 0,
    interceptError: fit.standardErrors[0] ?? 0,
    logLikelihood: fit.logLikelihood,
    lastStep: fit.lastStep,
    signs,
  };
  return { ...content, hash: canonicalHash(content) };
}

type Making = {
  readonly table: Table;
  readonly target: Target;
  readonly plan: Plan;
  readonly binnings: readonly Binning[];
  readonly model: Model;
};

function sealCard({ table, target, plan, binnings, model }: Making): Card {
  const draft = {
    schema: 'xinqiao.scorecard/1' as const,
    target: plan.target,
    rows: totalsOf(target),
    binnings,
    model,
    points: scalePoints(model, binnings, plan.scaling),
  };
  const unsealed: Card = { ...draft, scores: { edges: [], counts: [] }, hash: '' };
  const { scores } = applyCard(unsealed, table);
  const edges = edgesOf(scores);
  const content = { ...draft, scores: { edges, counts: countScores(scores, edges, target.weights) } };
  return { ...content, hash: canonicalHash(content) };
}
