/**
 * Characters that change how others read (controls, directions, zero width) or have no shape of their own.
 * A name that hides or turns text must be seen to do so, hence they are spelt out.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * Text as it can be printed: white space becomes a space, unseen characters and those that `hasGlyph` denies
 * become their code point in brackets, e.g. `〔U+202E〕`. `onMissing` hears of each character the font lacks.
 */
export function printable(
  text: string,
  by: { hasGlyph?: (codePoint: number) => boolean; onMissing?: (codePoint: number) => void } = {},
): string {
  let printed = '';
  for (const character of text.replace(/[\t\n\r]+/g, ' ')) {
    const codePoint = character.codePointAt(0) ?? 0;
    if (UNSEEN.test(character)) {
      printed += spelt(codePoint);
    } else if (by.hasGlyph?.(codePoint) === false) {
      by.onMissing?.(codePoint);
      printed += spelt(codePoint);
    } else {
      printed += character;
    }
  }
  return printed;
}

function spelt(codePoint: number): string {
  return `〔U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}〕`;
}

/** The same value with every string in it changed by `change`. */
export function mapStrings<Value>(value: Value, change: (text: string) => string): Value {
  return mapped(value, change) as Value; // the shape stays: only strings turn into strings
}

function mapped(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapped(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapped(item, change)]));
}

/** Offers a line break (zero width space) inside long runs without one: numbers, codes, addresses. */
export function breakable(text: string): string {
  return text.replace(/[\x21-\x7e]{18,}/g, (run) => run.replace(/.{6}(?=.)/g, '$&\u200b'));
}
