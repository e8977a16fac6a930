/**
 * Points are integers of 1/100 point everywhere in code, so that sums are exact; files and people use points.
 * `percent` of full marks is rounded half up, once, when a file is read.
 */
export type Points = number;

const PER_POINT = 100;

/** `undefined` when the number has more than two decimals. */
export function toPoints(written: number): Points | undefined {
  const points = Math.round(written * PER_POINT);
  return Math.abs(points - written * PER_POINT) < 1e-6 && Number.isSafeInteger(points) ? points : undefined;
}

export function percentOf(fullMarks: Points, percent: number): Points {
  return Math.floor((fullMarks * percent) / 100 + 0.5);
}

/** 1250 → "12.5". */
export function showPoints(points: Points): string {
  return String(points / PER_POINT);
}
