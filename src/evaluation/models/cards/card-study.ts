import { canonicalHash } from '#kernel';
import { discriminationOf } from '../../laboratory/figures/discrimination.ts';
import { type CardFigures, measureCard } from '../../laboratory/figures/measure-card.ts';
import { applyCard } from '../../laboratory/model/apply-card.ts';
import type { Card } from '../../laboratory/model/card.ts';
import type { Leak } from '../../laboratory/model/find-leaks.ts';
import { fitCard } from '../../laboratory/model/fit-card.ts';
import type { Verdict } from '../../laboratory/model/select-variables.ts';
import { takeTableRows, takeTargetRows } from '../../laboratory/table/columns.ts';
import { aucErrorOf } from '../../laboratory/figures/auc-error.ts';
import type { CardCases } from './card-cases.ts';
import type { CardPlan } from './card-plan.ts';
import { cardsRefusal } from './cards-refusals.ts';
import { type Latest, latestOf, type MonthFigures, monthsOf, type Part } from './card-months.ts';
import { type GradeTable, makeGradeTable } from './grade-table.ts';

/** One of the two parts that loans are divided into. */
export type StudyPart = {
  readonly from: string;
  readonly to: string;
  readonly goods: number;
  readonly bads: number;
};

/** How a card came about and what it did on loans that it was not fitted on; sealed like the card itself. */
export type CardStudy = {
  readonly schema: 'xinqiao.card-study/1';
  readonly plan: string;
  readonly card: string;
  /** ISO instant at which the loans and all values were read. */
  readonly knownAt: string;
  readonly root: string;
  readonly fit: StudyPart & { readonly auc: number };
  /** Later months, and no enterprise that the card was fitted on. */
  readonly holdout: StudyPart & { readonly aucError: number; readonly figures: CardFigures };
  readonly leftOut: {
    readonly open: number;
    readonly unknown: number;
    /** Later loans of enterprises that were fitted on. */
    readonly sameEnterprise: number;
  };
  readonly months: readonly MonthFigures[];
  readonly latest: Latest;
  readonly verdicts: readonly Verdict[];
  readonly leaks: readonly Leak[];
  readonly hash: string;
};

export type StudiedCard = { readonly card: Card; readonly grades: GradeTable; readonly study: CardStudy };

/**
 * Fits a card on the earlier months and judges it on the later ones. Pure: the same loans and plan give the same hashes.
 * Throws `cards.too_few_cases` where a part has one class alone, and what `fitCard` refuses.
 */
export function studyCard(cases: CardCases, plan: CardPlan, knownAt: Date): StudiedCard {
  const { fit, holdout, sameEnterprise } = divide(cases, plan);
  const [learned, kept] = [take(cases, fit), take(cases, holdout)];
  requireBoth(learned, kept);
  const { card, verdicts, leaks } = fitCard(learned.table, learned.target, plan.laboratory);
  const figures = measureCard(card, kept.table, kept.target);
  const months = monthsOf(card, [learned, kept]);
  const content = {
    schema: 'xinqiao.card-study/1' as const,
    plan: plan.hash,
    card: card.hash,
    knownAt: knownAt.toISOString(),
    root: cases.root,
    fit: {
      ...describe(learned),
      auc: discriminationOf(applyCard(card, learned.table).chances, learned.target).auc,
    },
    holdout: { ...describe(kept), aucError: aucErrorOf(figures.auc, countClasses(kept)), figures },
    leftOut: { open: cases.open, unknown: cases.unknown, sameEnterprise },
    months,
    latest: latestOf(card, [learned, kept]),
    verdicts,
    leaks,
  };
  const study = { ...content, hash: canonicalHash(content) };
  return { card, grades: makeGradeTable(card, plan), study };
}

type Division = {
  readonly fit: readonly number[];
  readonly holdout: readonly number[];
  readonly sameEnterprise: number;
};

function divide({ months, enterprises }: CardCases, { holdoutMonths }: CardPlan): Division {
  const known = [...new Set(months)].toSorted();
  const first = known[Math.max(0, known.length - holdoutMonths)] ?? '';
  const places = [...months.keys()];
  const fit = places.filter((at) => (months[at] ?? '') < first);
  const fitted = new Set(fit.map((at) => enterprises[at]));
  const later = places.filter((at) => (months[at] ?? '') >= first);
  const holdout = later.filter((at) => !fitted.has(enterprises[at]));
  return { fit, holdout, sameEnterprise: later.length - holdout.length };
}

function take({ table, bad, months }: CardCases, places: readonly number[]): Part {
  const at = Uint32Array.from(places);
  return {
    table: takeTableRows(table, at),
    target: takeTargetRows({ bad }, at),
    months: places.map((place) => months[place] ?? ''),
  };
}

function countClasses({ target }: Part): { goods: number; bads: number } {
  const bads = target.bad.reduce((sum, bad) => sum + bad, 0);
  return { goods: target.bad.length - bads, bads };
}

function describe(part: Part): StudyPart {
  const months = part.months.toSorted();
  return { from: months[0] ?? '', to: months.at(-1) ?? '', ...countClasses(part) };
}

function requireBoth(learned: Part, kept: Part): void {
  const [fit, holdout] = [countClasses(learned), countClasses(kept)];
  if (Math.min(fit.goods, fit.bads, holdout.goods, holdout.bads) > 0) return;
  throw cardsRefusal('cards.too_few_cases', {
    fitGoods: fit.goods,
    fitBads: fit.bads,
    holdoutGoods: holdout.goods,
    holdoutBads: holdout.bads,
  });
}
