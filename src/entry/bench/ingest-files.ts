import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const USCC_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];

/** The n-th benchmark enterprise's code, n below ten million: valid by GB 32100 and GB 11714, of nobody. */
export function benchCode(n: number): string {
  const body = `M${String(n).padStart(7, '0')}`;
  const sum = [...body].reduce(
    (total, character, at) => total + Number.parseInt(character, 36) * (ORGANISATION_WEIGHTS[at] ?? 0),
    0,
  );
  const digit = (11 - (sum % 11)) % 11;
  const seventeen = `91110108${body}${digit === 10 ? 'X' : String(digit)}`;
  const total = [...seventeen].reduce(
    (weighted, character, at) => weighted + ALPHABET.indexOf(character) * (USCC_WEIGHTS[at] ?? 0),
    0,
  );
  return seventeen + ALPHABET.charAt((31 - (total % 31)) % 31);
}

export type GradeFile = {
  readonly path: string;
  readonly codes: readonly string[];
  readonly rows: number;
  /** Beijing date of the first row of each enterprise; further rows of one enterprise are a day apart. */
  readonly firstDay: string;
  /** One row in this many is bad in one of several ways; 0: none is. */
  readonly badEvery: number;
  /** Same rows, another order. */
  readonly turn?: number;
};

const HEADER =
  '统一社会信用代码,企业名称,评价日期,综合评价等级,综合评价分值,评价模型版本,守法遵规维度得分,经营状况维度得分,履约践诺维度得分,社会责任维度得分,基础情况维度得分,上期等级';

/**
 * Writes a month of 公共信用综合评价 (n31), 12 columns. Rows stand in an order of their own, as a department's do, not in
 * the order of the node's ids. Everything in it follows from the row's number, so that every run has the same bytes.
 */
export async function writeGradeFile(file: GradeFile): Promise<void> {
  const out = createWriteStream(file.path);
  out.write(`${HEADER}\n`);
  const stride = strideFor(file.rows);
  let buffer = '';
  for (let at = 0; at < file.rows; at += 1) {
    const row = (at * stride + (file.turn ?? 0)) % file.rows;
    buffer += gradeRow(file, row);
    if (buffer.length > 1 << 18) {
      if (!out.write(buffer)) await once(out, 'drain');
      buffer = '';
    }
  }
  out.end(buffer);
  await finished(out);
}

/** A step that meets every row once: coprime to the number of rows. */
function strideFor(rows: number): number {
  let stride = 611_953 % rows || 1;
  while (divisor(stride, rows) !== 1) stride += 1;
  return stride;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

const LEVELS = ['优', '良', '中', '差'];
const DAY_MS = 86_400_000;

function gradeRow(file: GradeFile, row: number): string {
  const enterprise = row % file.codes.length;
  const turn = Math.floor(row / file.codes.length);
  const day = new Date(Date.parse(file.firstDay) + turn * DAY_MS).toISOString().slice(0, 10);
  const score = (salt: number) => (((row * 7919 + salt * 104_729) % 10_000) / 100).toFixed(2);
  const level = LEVELS[(row * 13) % 4] ?? '';
  const isBad = file.badEvery > 0 && row % file.badEvery === 0;
  const [date, points] = isBad ? bad(row / file.badEvery, day, score(1)) : [day, score(1)];
  const levels = `${level},${points},2026-${1 + (row % 3)}.0,${score(2)},${score(3)},${score(4)},${score(5)},${score(6)}`;
  return `${file.codes[enterprise]},北京基准${enterprise}号有限公司,${date},${levels},${LEVELS[(row * 7) % 4]}\n`;
}

/** Four kinds of bad rows in turn: no such date, no number, no key, one comma too many. */
function bad(kind: number, day: string, points: string): [string, string] {
  if (kind % 4 === 0) return ['2026-02-30', points];
  if (kind % 4 === 1) return [day, '八十五分'];
  if (kind % 4 === 2) return ['', points];
  return [`${day},`, points];
}

/** Registers the benchmark's enterprises as a city does: by the registration dataset. */
export async function writeRegistrationFile(path: string, codes: readonly string[]): Promise<void> {
  const out = createWriteStream(path);
  out.write('统一社会信用代码,企业名称,成立日期,住所\n');
  for (const [at, code] of codes.entries()) {
    const line = `${code},北京基准${at}号有限公司,2015-06-01,北京市海淀区基准路${at}号\n`;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await finished(out);
}
