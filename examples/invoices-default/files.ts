import { createReadStream, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { creditCode, organisationCode } from '../../src/synth/model/identifiers.ts';

export const DIRECTIONS = ['input', 'output'] as const;
/** 进项 input, 销项 output: the folders' names and the codes of `invoice_direction`. */
export type Direction = (typeof DIRECTIONS)[number];

/** A firm of `enterprises.csv`. Its rating is not read: it is nearly the default itself. */
export type Firm = {
  /** `E1` …, as the invoice files name it. */
  readonly name: string;
  /** A 统一社会信用代码 made for it: right in form, and in a range that no enterprise has. */
  readonly code: string;
  readonly hasDefaulted: boolean;
};

/** Reads the firms in the file's order; throws `TypeError` when it is another file. */
export function readFirms(folder: string): Firm[] {
  const text = readFileSync(join(folder, 'enterprises.csv'), 'utf8').replace(/^\uFEFF/, '');
  const [head = '', ...lines] = text.trim().split(/\r?\n/);
  const names = head.split(',');
  const [nameAt, defaultAt] = ['企业代号', '是否违约'].map((name) => names.indexOf(name));
  return lines.map((line) => {
    const cells = line.split(',');
    const [name = '', defaulted = ''] = [cells[nameAt ?? -1], cells[defaultAt ?? -1]];
    const number = Number(/^E(\d+)$/.exec(name)?.[1]);
    if (!Number.isInteger(number) || !['是', '否'].includes(defaulted))
      throw new TypeError('enterprises.csv has rows of the form E<number>,…,是 or 否');
    const code = creditCode('91', '110000', organisationCode(number));
    return { name, code, hasDefaulted: defaulted === '是' };
  });
}

/** The mapping under which files of one direction are deliveries of v22_invoices: a few lines, as any provider sends. */
export function mappingOf(direction: Direction, firms: readonly Firm[]): string {
  return stringify({
    contract: 'v22_invoices',
    columns: [
      '-',
      'subject_code',
      'invoice_no',
      'issued_on',
      'other_party_ref',
      'amount',
      'tax',
      'total',
      'invoice_state',
    ],
    constants: { direction },
    subject: { lookup: Object.fromEntries(firms.map(({ name, code }) => [name, code])) },
  });
}

/**
 * The files of one direction as one, byte by byte, the header once. A file that does not end in a line break gets one;
 * nothing else is changed.
 */
export async function* joinFiles(folder: string, direction: Direction): AsyncGenerator<Uint8Array> {
  const files = readdirSync(join(folder, direction))
    .filter((file) => file.endsWith('.csv'))
    .sort();
  for (const [at, file] of files.entries()) yield* linesOf(join(folder, direction, file), at > 0);
}

const NEWLINE = 0x0a;

async function* linesOf(path: string, isHeaderless: boolean): AsyncGenerator<Uint8Array> {
  let isSkipping = isHeaderless;
  let last = NEWLINE;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const from = isSkipping ? chunk.indexOf(NEWLINE) + 1 : 0;
    if (isSkipping && from === 0) continue;
    isSkipping = false;
    last = chunk.at(-1) ?? last;
    yield chunk.subarray(from);
  }
  if (last !== NEWLINE) yield Buffer.from('\n');
}
