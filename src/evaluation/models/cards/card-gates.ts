import { DRIFT_BANDS } from '../../laboratory/figures/stability.ts';
import type { Card } from '../../laboratory/model/card.ts';
import type { Gate } from '../gates.ts';
import type { CardPlan } from './card-plan.ts';
import type { CardRunFigures } from '../card-runs/card-tables.ts';
import type { CardStudy } from './card-study.ts';

export const CARD_GATE_RULES = Object.freeze({
  /** Above it, out of sample, a card knows what happened afterwards. */
  aucMax: 0.95,
  /** Below it, whatever the plan says, a card is little better than chance. */
  aucMin: 0.55,
  /** Bad loans below which bins and coefficients are chance. */
  badsMin: 50,
  /** Enterprises of a shadow run with data in at least one variable of the card. */
  coveredShareMin: 0.5,
  /** Share of one grade above which a card grades everybody alike. */
  gradeShareMax: 0.9,
});

type Judged = {
  readonly card: Card;
  readonly plan: Pick<CardPlan, 'gates' | 'expectedAuc'>;
  readonly study: Pick<CardStudy, 'fit' | 'holdout' | 'latest' | 'leaks'>;
};

/** What is asked of a card before anybody is scored by it: all on loans that it was not fitted on. A plan may only ask more. */
export function judgeCard({ card, plan, study }: Judged): Gate[] {
  const { auc } = study.holdout.figures;
  const aucMin = Math.max(CARD_GATE_RULES.aucMin, plan.gates.aucMin);
  const badsMin = Math.max(CARD_GATE_RULES.badsMin, plan.gates.badsMin);
  return [
    {
      id: 'auc',
      isPassed: auc >= aucMin && auc <= CARD_GATE_RULES.aucMax,
      found: auc.toFixed(4),
      asked: `${aucMin} <= AUC <= ${CARD_GATE_RULES.aucMax}; more is a leak`,
    },
    ...judgeExpected(auc, plan),
    {
      id: 'bads',
      isPassed: study.fit.bads >= badsMin,
      found: String(study.fit.bads),
      asked: `>= ${badsMin} to fit`,
    },
    {
      id: 'stable',
      isPassed: study.latest.psi < DRIFT_BANDS.shifted,
      found: `${study.latest.psi.toFixed(4)} since ${study.latest.from}`,
      asked: `PSI < ${DRIFT_BANDS.shifted}`,
    },
    judgeLeaks(card, study),
  ];
}

function judgeExpected(auc: number, { expectedAuc }: Judged['plan']): Gate[] {
  if (expectedAuc === undefined) return [];
  const { from, to } = expectedAuc;
  return [
    {
      id: 'auc_expected',
      isPassed: auc >= from && auc <= to,
      found: auc.toFixed(4),
      asked: `${from} to ${to}, stated before`,
    },
  ];
}

function judgeLeaks({ binnings }: Card, { leaks }: Pick<CardStudy, 'leaks'>): Gate {
  const inCard = new Set(binnings.map(({ variable }) => variable));
  const leaking = [...new Set(leaks.flatMap(({ variable }) => (inCard.has(variable) ? [variable] : [])))];
  return {
    id: 'no_leak',
    isPassed: leaking.length === 0,
    found: leaking.length === 0 ? '0' : leaking.join(', '),
    asked: 'no variable that knows the outcome',
  };
}

/** What a shadow run says: how many enterprises rest on data, and whether grades tell them apart at all. */
export function judgeCardRun({ scored, covered, grades }: CardRunFigures): Gate[] {
  const share = scored === 0 ? 0 : covered / scored;
  const largest = scored === 0 ? 1 : Math.max(...grades) / scored;
  return [
    {
      id: 'coverage',
      isPassed: share >= CARD_GATE_RULES.coveredShareMin,
      found: share.toFixed(4),
      asked: `>= ${CARD_GATE_RULES.coveredShareMin}`,
    },
    {
      id: 'grades_spread',
      isPassed: largest <= CARD_GATE_RULES.gradeShareMax,
      found: largest.toFixed(4),
      asked: `no grade above ${CARD_GATE_RULES.gradeShareMax}`,
    },
  ];
}
