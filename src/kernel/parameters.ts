/** Text in which an array needs no escape. */
const PLAIN = /^[^"\\]*$/;

/**
 * A bound value as its text for PostgreSQL, where this is the same and quicker to write than by the driver: statements on
 * hot paths bring arrays of ids, instants and hashes. Instants are written in UTC, so they are for `timestamptz` alone.
 * What is not known here is the driver's.
 */
export function toParameter(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) ? (arrayText(value) ?? value) : value;
}

/** An array literal; undefined where an element is of another kind. */
function arrayText(items: readonly unknown[]): string | undefined {
  let text = '';
  for (const item of items) {
    const element = elementText(item);
    if (element === undefined) return undefined;
    text += text === '' ? element : `,${element}`;
  }
  return `{${text}}`;
}

function elementText(item: unknown): string | undefined {
  if (typeof item === 'string') return PLAIN.test(item) ? `"${item}"` : quoted(item);
  if (typeof item === 'number') return String(item);
  if (item === null) return 'NULL';
  if (item instanceof Date) return `"${item.toISOString()}"`;
  return Buffer.isBuffer(item) ? `"\\\\x${item.toString('hex')}"` : undefined;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
