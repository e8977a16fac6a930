import { type CodeTable, spellings } from '../../contract/code-table.ts';
import { condense, isEmptyMeasure, remembering } from './fold.ts';
import { NOTHING, type Reader } from './reading.ts';

/**
 * A value of a code table, by code, name or a known further spelling; the value is the code.
 * Code and name need no original, since the table gives each from the other; a further spelling does.
 */
export function codeReader(table: CodeTable): Reader {
  const exact = new Map<string, string>();
  for (const { code, name } of table.values) {
    exact.set(name, code);
    exact.set(code, code);
  }
  const folded = new Map<string, string>();
  for (const [spelling, code] of spellings(table)) folded.set(fold(spelling), code);
  return {
    quick: (cell) => exact.get(cell),
    read: remembering((cell) => {
      const code = folded.get(fold(cell));
      if (code !== undefined) return { value: code, changed: !exact.has(cell.trim()) };
      return isEmptyMeasure(cell.trim()) ? NOTHING : { defect: 'code_unknown' };
    }),
  };
}

function fold(spelling: string): string {
  return condense(spelling).toLowerCase();
}
