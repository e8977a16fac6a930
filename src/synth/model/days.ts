/** A date as days since 1970-01-01; facts are compared and drawn as numbers and spelled only when written. */
export type Day = number;

/** A month as months since year 0: `year * 12 + month - 1`. */
export type Month = number;

/** `9999-12-31`: departments write it for "no end". */
export const OPEN_END: Day = 2_932_896;

export const YEAR_DAYS = 365.25;

/** Reads `YYYY-MM-DD`; throws TypeError for anything else. */
export function dayOf(text: string): Day {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at)) throw new TypeError(`not a date: ${text}`);
  return at / 86_400_000;
}

/** Year, month (1 to 12) and day of month, by the civil calendar (Howard Hinnant's days algorithm). */
export function civilOf(day: Day): { year: number; month: number; date: number } {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const part = Math.floor((5 * ofYear + 2) / 153);
  const date = ofYear - Math.floor((153 * part + 2) / 5) + 1;
  const month = part < 10 ? part + 3 : part - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, date };
}

export function isoOf(day: Day): string {
  const { year, month, date } = civilOf(day);
  return `${year}-${two(month)}-${two(date)}`;
}

export function yearOf(day: Day): number {
  return civilOf(day).year;
}

export function monthOf(day: Day): Month {
  const { year, month } = civilOf(day);
  return year * 12 + month - 1;
}

/** First day of a month. */
export function firstDayOf(month: Month): Day {
  const year = Math.floor(month / 12);
  return Date.UTC(year, month - year * 12, 1) / 86_400_000;
}

export function lastDayOf(month: Month): Day {
  return firstDayOf(month + 1) - 1;
}

/** Reads `YYYY-MM`; throws TypeError for anything else. */
export function monthFrom(text: string): Month {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw new TypeError(`not a month: ${text}`);
  return Number(text.slice(0, 4)) * 12 + Number(text.slice(5)) - 1;
}

export function monthText(month: Month): string {
  const year = Math.floor(month / 12);
  return `${year}-${two(month - year * 12 + 1)}`;
}

export function dayIn(year: number, month: number, date: number): Day {
  return Date.UTC(year, month - 1, date) / 86_400_000;
}

export function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
