import { beijingDate, type EnterpriseId } from '#kernel';
import { fateAfter, type Lending } from '../back-test/loan-fates.ts';
import { RULE_LIFE_LIMITS } from '../life-limits.ts';
import { type Share, shareOf } from '../share.ts';

/** An alert on which an institution has said its word. */
export type JudgedAlert = {
  readonly enterpriseId: EnterpriseId;
  readonly raisedAt: Date;
  readonly judgement: 'confirmed' | 'useful_hint' | 'false_alarm';
};

/**
 * Precision at work: of the alerts that were judged, the share that was confirmed or useful, or after which a loan went bad
 * within the horizon, whatever had been said of them. Alerts that nobody judged are in no share: silence is no verdict.
 */
export function judgePrecision(judged: readonly JudgedAlert[], lending: Lending): Share {
  const { horizonDays } = RULE_LIFE_LIMITS;
  const hits = judged.filter(({ enterpriseId, raisedAt, judgement }) => {
    if (judgement !== 'false_alarm') return true;
    const about = { day: beijingDate(raisedAt), horizonDays };
    return fateAfter(lending.get(enterpriseId) ?? [], about).state === 'bad';
  });
  return shareOf(hits.length, judged.length);
}

/** Whether a rule has to go back: enough was judged, and too little of it was right. */
export function isBelowFloor({ of, share }: Share, floor: number): boolean {
  return of >= RULE_LIFE_LIMITS.judgedMin && share !== null && share < floor;
}
