/** A number as its decimal digits: exact at any length, never a float. */
export type Decimal = { readonly negative: boolean; readonly whole: string; readonly fraction: string };

/** Number grammar: ASCII digits, thousands in threes, an optional power of ten as spreadsheets write it. */
const NUMBER = /^([+-]?)(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?$/;

/** Reads condensed text; null when it is no number. `(1,234.5)` is negative, as accountants write it. */
export function parseDecimal(text: string): Decimal | null {
  const inBrackets = /^\(([^()]+)\)$/.exec(text)?.[1];
  const parts = NUMBER.exec(inBrackets ?? text);
  if (parts === null) return null;
  const [, sign = '', grouped = '', fraction = '', power = '0'] = parts;
  if (grouped === '' && fraction === '') return null;
  const negative = (sign === '-') !== (inBrackets !== undefined);
  const plain = { negative, whole: grouped.replaceAll(',', ''), fraction };
  return shift(plain, Number(power));
}

/** Moves the point `places` to the right (to the left when negative). */
export function shift(number: Decimal, places: number): Decimal {
  const { negative, whole, fraction } = number;
  if (places >= 0) {
    const moved = fraction.padEnd(places, '0');
    return { negative, whole: whole + moved.slice(0, places), fraction: moved.slice(places) };
  }
  const padded = whole.padStart(-places, '0');
  return { negative, whole: padded.slice(0, places), fraction: padded.slice(places) + fraction };
}

/** Canonical text with at most `scale` digits after the point, half rounded away from zero; no -0, no leading zeros. */
export function toScale(number: Decimal, scale: number): string {
  const kept = number.fraction.slice(0, scale).padEnd(scale, '0');
  const roundsUp = (number.fraction[scale] ?? '0') >= '5';
  const units = BigInt(`0${number.whole}${kept}`) + (roundsUp ? 1n : 0n);
  const digits = units.toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  const fraction = digits.slice(point).replace(/0+$/, '');
  const text = fraction === '' ? digits.slice(0, point) : `${digits.slice(0, point)}.${fraction}`;
  return number.negative && units !== 0n ? `-${text}` : text;
}
