/** Text of a node or attribute. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (sign) => `&#${sign.codePointAt(0)};`);
}

/** A place along an axis: values between `low` and `high` onto lengths between `from` and `to`. */
export type Scale = (value: number) => number;

export function scaleOf(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
): Scale {
  const span = high > low ? high - low : 1;
  return (value) => from + ((Math.min(high, Math.max(low, value)) - low) / span) * (to - from);
}

/** Lengths with one decimal: the same figures give the same bytes, and no drawing shows more. */
export function at(value: number): string {
  return value.toFixed(1);
}

export function line([x1, y1]: Point, [x2, y2]: Point, style: string): string {
  return `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" ${style}/>`;
}

export type Point = readonly [number, number];

export function text([x, y]: Point, words: string, anchor: 'start' | 'middle' | 'end' = 'middle'): string {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${escapeXml(words)}</text>`;
}

/** A drawing with its description for those who cannot see it. */
export function svg([width, height]: Point, title: string, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}" font-family="sans-serif" font-size="11" fill="#333">`,
    `<title>${escapeXml(title)}</title>`,
    ...parts,
    '</svg>',
  ].join('\n');
}

/** A share as a percentage with one decimal. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** Steps of an axis from 0 to at least `high`: four or five round ones. */
export function stepsTo(high: number): number[] {
  const rough = high > 0 ? high / 4 : 0.25;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * unit).find((one) => one >= rough) ?? rough;
  return Array.from({ length: Math.ceil(high / step - 1e-9) + 1 }, (_, n) => n * step);
}
