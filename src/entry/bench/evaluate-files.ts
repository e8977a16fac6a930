import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';

/** What a month of a dataset is written from: the n-th enterprise's row in that month, or none. */
export type MonthFile = {
  readonly contract: string;
  readonly header: string;
  readonly row: (at: { readonly enterprise: number; readonly month: number; readonly day: string }) => string;
};

/** A number that follows from its parts alone, the same in every run. */
function draw(enterprise: number, month: number, salt: number): number {
  const mixed = Math.imul(enterprise + 1, 2_654_435_761) ^ Math.imul(month * 31 + salt + 1, 40_503);
  return ((mixed ^ (mixed >>> 15)) >>> 0) % 1_000;
}

const pick = <Item>(items: readonly Item[], at: number): Item => items[at % items.length] as Item;

const KINDS = ['warning', 'fine', 'fine', 'fine', 'criticism', 'confiscation', 'licence_suspension'];
const STATES = ['performed', 'performed', 'performed', 'rectified', 'performing', 'breached'];
const RATINGS = ['excellent', 'good', 'good', 'fair', 'poor'];

/** Two records an enterprise and month: by turns a penalty or a procurement, and a commitment or a licence. */
export const MONTH_FILES: readonly MonthFile[] = [
  {
    contract: 'n08_penalty',
    header: '行政处罚决定书文号,处罚类别,罚款金额,处罚决定日期,处罚机关',
    row: ({ enterprise, month, day }) =>
      (enterprise + month) % 2 === 0
        ? `基罚${month}-${enterprise},${pick(KINDS, draw(enterprise, month, 1))},${draw(enterprise, month, 2) * 100},${day},基准${draw(enterprise, month, 3) % 40}局`
        : '',
  },
  {
    contract: 'b21_gov_procurement',
    header: '政府采购合同编号,采购项目名称,采购人名称,采购合同签订日期,采购合同金额,履约评价等级',
    row: ({ enterprise, month, day }) =>
      (enterprise + month) % 2 === 1
        ? `基采${month}-${enterprise},基准项目,基准${draw(enterprise, month, 4) % 90}单位,${day},${draw(enterprise, month, 5) * 1_000},${pick(RATINGS, draw(enterprise, month, 6))}`
        : '',
  },
  {
    contract: 'b44_credit_commitment_breach',
    header: '信用承诺书编号,信用承诺类型,受诺机关,作出承诺日期,承诺履行状态,违诺认定文书号,违诺认定日期',
    row: ({ enterprise, month, day }) => {
      if ((enterprise + month) % 4 >= 2) return '';
      const state = pick(STATES, draw(enterprise, month, 8));
      const finding = state === 'breached' ? `基违${month}-${enterprise},${day}` : ',';
      return `基诺${month}-${enterprise},approval,基准${draw(enterprise, month, 7) % 40}局,${day},${state},${finding}`;
    },
  },
  {
    contract: 'n07_licence',
    header: '行政许可决定文书号,许可决定日期,许可有效期至,许可状态',
    row: ({ enterprise, month, day }) =>
      (enterprise + month) % 4 >= 2 ? `基许${month}-${enterprise},${day},2099-12-31,valid` : '',
  },
];

export type MonthOf = {
  readonly path: string;
  readonly codes: readonly string[];
  readonly month: number;
  /** Beijing date of every row. */
  readonly day: string;
  /** Only these enterprises, whichever month's turn it is; absent: all. */
  readonly only?: (enterprise: number) => boolean;
};

export async function writeMonthFile(
  { header, row }: MonthFile,
  { path, codes, month, day, only }: MonthOf,
): Promise<void> {
  await writeLines(path, `统一社会信用代码,企业名称,${header}\n`, function* () {
    for (const [enterprise, code] of codes.entries()) {
      if (only?.(enterprise) === false) continue;
      const cells = row({ enterprise, month, day });
      if (cells !== '') yield `${code},北京基准${enterprise}号有限公司,${cells}\n`;
    }
  });
}

const SECTIONS = ['C', 'E', 'F', 'I', 'L', 'M'];

/** Registers the enterprises, with what coverage is counted by. */
export async function writeRegister(path: string, codes: readonly string[]): Promise<void> {
  const header = '统一社会信用代码,企业名称,成立日期,住所,注册资本,行业门类,登记状态\n';
  await writeLines(path, header, function* () {
    for (const [enterprise, code] of codes.entries()) {
      const status = draw(enterprise, 0, 9) < 5 ? 'revoked' : 'active';
      yield `${code},北京基准${enterprise}号有限公司,20${10 + (enterprise % 16)}-06-01,北京市海淀区基准路${enterprise}号,${draw(enterprise, 0, 10) * 10_000},${pick(SECTIONS, enterprise)},${status}\n`;
    }
  });
}

async function writeLines(path: string, header: string, lines: () => Generator<string>): Promise<void> {
  const out = createWriteStream(path);
  let buffer = header;
  for (const line of lines()) {
    buffer += line;
    if (buffer.length < 1 << 18) continue;
    if (!out.write(buffer)) await once(out, 'drain');
    buffer = '';
  }
  out.end(buffer);
  await finished(out);
}

/** Leaf by indicator: which way is better, and where its bands are cut. */
export const LEAVES: readonly (readonly [string, 'higher' | 'lower', readonly number[]])[] = [
  ['penalty_count_24m', 'lower', [1, 3, 6]],
  ['penalty_heavy_36m', 'lower', [1, 2]],
  ['penalty_authorities_36m', 'lower', [1, 2, 5]],
  ['penalty_fine_36m_fen', 'lower', [1, 10_000_000, 30_000_000]],
  ['commitment_breach_36m', 'lower', [1, 2]],
  ['commitment_kept_36m', 'higher', [1, 3, 5]],
  ['commitment_judged_36m', 'higher', [1, 4]],
  ['procurement_amount_36m_fen', 'higher', [1, 100_000_000, 300_000_000]],
  ['procurement_rating_avg', 'higher', [2, 3]],
  ['licence_valid_count', 'higher', [1, 4]],
  ['registered_capital_fen', 'higher', [100_000_000, 500_000_000]],
  ['penalty_days_since', 'higher', [60, 180]],
  ['age_days', 'higher', [365, 1_825, 3_650]],
  ['registration_ended', 'lower', [1]],
];

const MARKS = 100;
const WORDS = { zh: '基准', en: 'benchmark' };

/** Points of each band in hundredths, worst to best by equal steps. */
export function bandPoints(direction: 'higher' | 'lower', cuts: readonly number[]): number[] {
  const rising = Array.from(
    { length: cuts.length + 1 },
    (_, n) => Math.floor((100 * n) / cuts.length) * MARKS,
  );
  return direction === 'higher' ? rising : rising.reverse();
}

export const NEUTRAL_PERCENT = 60;
/** From which score a grade is given, best first, in points. */
export const GRADES: readonly (readonly [string, number])[] = [
  ['A', 1_050],
  ['B', 850],
  ['C', 650],
  ['D', 0],
];

/** Writes the scorecard of the benchmark as the rules of a city are written; returns its folder. */
export function writeRules(folder: string): string {
  const rules = join(folder, 'rules');
  mkdirSync(rules, { recursive: true });
  const fullMarks = LEAVES.length * MARKS;
  const head = {
    version: '1.0.0',
    name: WORDS,
    source: 'benchmark',
    effectiveFrom: '2026-01-01',
    basis: ['基准'],
  };
  const leaves = LEAVES.map(([indicator, direction, cuts]) => ({
    indicator,
    name: WORDS,
    fullMarks: MARKS,
    direction,
    neutral: { percent: NEUTRAL_PERCENT },
    basis: ['基准'],
    bands: bandPoints(direction, cuts).map((points, place) => ({
      ...(place > 0 && { from: cuts[place - 1] }),
      ...(place < cuts.length && { to: cuts[place] }),
      percent: points / MARKS,
      reason: WORDS,
    })),
  }));
  const group = { id: 'all_1', name: WORDS, fullMarks, leaves };
  const dimensions = [{ id: 'all', name: WORDS, fullMarks, groups: [group] }];
  const system = {
    kind: 'index-system',
    id: 'bench',
    ...head,
    reach: 'full_coverage',
    fullMarks,
    dimensions,
  };
  const ceiling = {
    id: 'ended',
    kind: 'veto',
    indicator: 'registration_ended',
    atLeast: 1,
    clause: '基准',
    reason: WORDS,
  };
  const grades = {
    kind: 'grades',
    id: 'grades-bench',
    ...head,
    fullMarks,
    grades: GRADES.map(([grade, from]) => ({ grade, from, name: WORDS })),
    coverageMin: 0.3,
    notice: { below: 'C', days: 10, clause: '基准' },
    ceilings: [ceiling],
  };
  // JSON is YAML.
  writeFileSync(join(rules, 'bench.yaml'), JSON.stringify(system));
  writeFileSync(join(rules, 'grades-bench.yaml'), JSON.stringify(grades));
  return rules;
}
