import type { Grading } from '../definition/index-system.ts';
import { rankOf } from './grade-score.ts';

/** What others see now, and a notice that is running; days as YYYY-MM-DD in Beijing. */
export type Standing = { readonly shownGrade: string | null; readonly noticedUntil: string | null };

/** `noticed`: the enterprise alone reads the new grade until that day begins; others read `shownGrade`, or nothing. */
export type Publication =
  | { readonly state: 'published'; readonly shownGrade: string | null }
  | { readonly state: 'noticed'; readonly shownGrade: string | null; readonly noticedUntil: string };

const MS_PER_DAY = 86_400_000;

/**
 * A grade that falls below the notice grade is shown to the enterprise some days before others see it. A notice that
 * runs is kept when the run is repeated; it ends at once when the grade recovers; who stood below already gets none.
 */
export function decideNotice(
  grading: Grading,
  grade: string | null,
  standing: Standing,
  today: string,
): Publication {
  const { notice } = grading;
  const isLow = (one: string | null) => one !== null && rankOf(grading, one) > rankOf(grading, notice.below);
  if (!isLow(grade) || isLow(standing.shownGrade)) return { state: 'published', shownGrade: grade };
  const noticedUntil = standing.noticedUntil ?? addDays(today, notice.days);
  if (today >= noticedUntil) return { state: 'published', shownGrade: grade };
  return { state: 'noticed', shownGrade: standing.shownGrade, noticedUntil };
}

function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * MS_PER_DAY).toISOString().slice(0, 10);
}
