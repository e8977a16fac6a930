/** An attribute line of ARFF: its name, and whether it is nominal. Absent: not such a line. */
export type ArffAttribute = { readonly name: string; readonly isText: boolean };

const ATTRIBUTE = /^@attribute\s+(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|(\S+))\s+(.+)$/i;
const NUMBERS = /^(?:numeric|real|integer)\b/i;

/** Nominal (`{a, b}`), string and date attributes are texts. */
export function parseAttribute(line: string): ArffAttribute | undefined {
  const [, single, double, bare, type] = ATTRIBUTE.exec(line.trim()) ?? [];
  const name = single ?? double ?? bare;
  if (name === undefined || type === undefined) return undefined;
  return { name: unescape(name), isText: !NUMBERS.test(type) };
}

/**
 * Cells of a data line: separated by commas, quoted by ' or " with backslash escapes (ARFF of Weka 3).
 * `undefined` when a quote is not closed. A quoted question mark is a text and not missing; the caller cannot tell any
 * more, and no real file has been seen that needs it.
 */
export function splitArffRow(line: string): string[] | undefined {
  if (!/['"\\]/.test(line)) return line.split(',').map((cell) => cell.trim());
  const cells: string[] = [];
  const rest = /\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|([^,'"]*))\s*(,|$)/y;
  for (;;) {
    const match = rest.exec(line);
    if (match === null) return undefined;
    const [, single, double, bare, end] = match;
    cells.push(unescape(single ?? double ?? bare?.trim() ?? ''));
    if (end !== ',') return cells;
  }
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}
