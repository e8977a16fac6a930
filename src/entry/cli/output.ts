import { Refusal } from '#kernel';

/** How a command speaks: data on standard output, everything else on standard error. */
export type Output = {
  readonly isJson: boolean;
  /** The command's answer: one JSON line with `--json`, else what `human` returns. */
  readonly answer: (value: unknown, human: () => string) => void;
  /** A line for the person waiting. */
  readonly say: (line: string) => void;
  /** A progress bar on a terminal, nothing elsewhere. */
  readonly progress: (label: string, done: number, total: number) => void;
};

const BAR_CELLS = 24;

export function openOutput(isJson: boolean): Output {
  const isTerminal = process.stderr.isTTY && !isJson;
  return {
    isJson,
    answer: (value, human) => process.stdout.write(`${isJson ? JSON.stringify(value) : human()}\n`),
    say: (line) => process.stderr.write(`${line}\n`),
    progress: (label, done, total) => {
      if (!isTerminal) return;
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const filled = Math.round(share * BAR_CELLS);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
      process.stderr.write(`\r${label} ${bar} ${Math.round(share * 100)}%${share === 1 ? '\n' : ''}`);
    },
  };
}

/** What went wrong, as a person reads it; with `--json` the wire form of the refusal on standard output. */
export function explainError(error: unknown, isJson: boolean): string {
  if (!(error instanceof Refusal)) throw error;
  const { code, clause, message, remedy } = error.toJSON();
  if (isJson) process.stdout.write(`${JSON.stringify({ error: error.toJSON() })}\n`);
  return `✗ ${message.zh}\n  ${remedy.zh}\n  ${message.en} ${remedy.en}\n  [${code} · 条款 ${clause}]`;
}

/** Plain columns for a terminal; Han characters are two cells wide. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => String(cell ?? '—')));
  const widths = head.map((_, at) => Math.max(...cells.map((row) => width(row[at] ?? ''))));
  return cells
    .map((row) =>
      row
        .map((cell, at) => pad(cell, widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function pad(cell: string, to: number): string {
  return cell + ' '.repeat(Math.max(0, to - width(cell)));
}

function width(text: string): number {
  let cells = 0;
  for (const character of text) cells += /[\u2E80-\uFFEF]/.test(character) ? 2 : 1;
  return cells;
}
