import { addDays } from '#evaluation';
import { RULE_LIFE_LIMITS } from '../life-limits.ts';
import { ruleLifeRefusal } from '../life-refusals.ts';
import type { BackTestPlan } from './back-test-shape.ts';

/** The year whose loans can be followed to the end of their horizon. */
export function usualPlan(today: string): BackTestPlan {
  const { horizonDays, stepDays } = RULE_LIFE_LIMITS;
  const to = addDays(today, -horizonDays - 1);
  return { from: addDays(to, -51 * stepDays), to, stepDays, horizonDays };
}

/** The days on which a test looks, in order. Throws `rule_life.days_wrong` when the horizon of the last is not over yet. */
export function planDays(plan: BackTestPlan, today: string): string[] {
  const { from, to, stepDays, horizonDays } = plan;
  const { backTestDaysMax: most, horizonDaysMax } = RULE_LIFE_LIMITS;
  const wrong = (): Error =>
    ruleLifeRefusal('rule_life.days_wrong', {
      from: from.slice(0, 20),
      to: to.slice(0, 20),
      step: stepDays,
      horizon: horizonDays,
      most,
    });
  const isWhole = Number.isSafeInteger(stepDays) && Number.isSafeInteger(horizonDays);
  if (!isWhole || stepDays < 1 || horizonDays < 1 || horizonDays > horizonDaysMax) throw wrong();
  if (!isDay(from) || !isDay(to) || from > to || addDays(to, horizonDays) >= today) throw wrong();
  const days: string[] = [];
  for (let day = from; day <= to; day = addDays(day, stepDays)) {
    if (days.length === most) throw wrong();
    days.push(day);
  }
  return days;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text;
}
