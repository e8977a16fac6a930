import { beginningOfBeijingDate, beijingDate } from '#kernel';

/** The beginning of the Beijing day so many months before; of a shorter month its last day. */
export function monthsBefore(at: Date, months: number): Date {
  const [year = 0, month = 1, day = 1] = beijingDate(at).split('-').map(Number);
  const last = new Date(Date.UTC(year, month - months, 0)).getUTCDate();
  const found = new Date(Date.UTC(year, month - 1 - months, Math.min(day, last)));
  return beginningOfBeijingDate(found.toISOString().slice(0, 10));
}
