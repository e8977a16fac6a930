import type { AlertPart, ShownAlertLine } from './alert-lines.ts';
import type { ShownLine, ShownSheet } from './sheet.ts';

const HIDDEN_ZH = {
  small: '户数过少不显示',
  dominant: '单户占比过高不显示',
  complementary: '为保护其他数字不显示',
} as const;

type Column = readonly [heading: string, cell: (line: ShownLine) => string];

const COLUMNS: readonly Column[] = [
  ['数据集', ({ contract }) => contract],
  ['名称', ({ name }) => name],
  ['查询次数', ({ reads }) => String(reads['answer'] ?? 0)],
  ['报告次数', ({ reads }) => String(reads['report'] ?? 0)],
  ['核验次数', ({ reads }) => String(reads['verification'] ?? 0)],
  ['其他使用次数', ({ reads }) => String(othersOf(reads))],
  ['使用机构数', ({ institutions }) => String(institutions)],
  ['涉及企业数', ({ enterprises }) => String(enterprises)],
  ['支持贷款笔数', (line) => shown(line, String(line.loans))],
  ['支持获贷企业数', (line) => shown(line, String(line.borrowers))],
  ['支持贷款金额（分）', (line) => shown(line, line.lentFen ?? '')],
  ['数据问题意见', ({ complaints }) => String(sumOf(complaints))],
  ['整改工单', ({ tickets }) => String(tickets)],
  ['模型贡献度', ({ contribution }) => (contribution === null ? '' : String(contribution.value))],
  ['贡献度标准误', ({ contribution }) => (contribution === null ? '' : String(contribution.standardError))],
  ['质量总分（百万分之）', ({ quality }) => String(quality?.['overall']?.value ?? '')],
];

type AlertColumn = readonly [
  heading: string,
  part: AlertPart,
  cell: (line: ShownAlertLine) => string | number | null | undefined,
];

/** Empty where no alert rested on the dataset. */
const ALERT_COLUMNS: readonly AlertColumn[] = [
  ['预警条数', 'told', ({ told }) => told?.alerts],
  ['预警机构数', 'told', ({ told }) => told?.institutions],
  ['预警企业数', 'told', ({ told }) => told?.enterprises],
  ['半年内已评判预警', 'judged', ({ judged }) => judged?.alerts],
  ['预警准确率', 'judged', ({ judged }) => judged?.precision],
  ['半年内应验预警', 'warned', ({ warned }) => warned?.alerts],
  ['提前天数（中位数）', 'warned', ({ warned }) => warned?.leadDays],
  ['处置保全金额（分）', 'protected', (line) => line.protected?.fen],
];

/** UTF-8 with BOM, as people open it in a spreadsheet; one line per dataset. */
export function sheetCsv({ datasets, alerts }: ShownSheet): string {
  const alertsOf = new Map((alerts?.datasets ?? []).map((line) => [line.contract, line]));
  const lines = datasets.map((line) =>
    [...COLUMNS.map(([, cell]) => cell(line)), ...alertCells(alertsOf.get(line.contract))]
      .map(quote)
      .join(','),
  );
  const headings = [...COLUMNS, ...ALERT_COLUMNS].map(([heading]) => heading);
  return `\uFEFF${[headings.join(','), ...lines].join('\r\n')}\r\n`;
}

function alertCells(line: ShownAlertLine | undefined): string[] {
  return ALERT_COLUMNS.map(([, part, cell]) => {
    if (line === undefined) return '';
    const because = line.hidden[part];
    return because === null ? String(cell(line) ?? '') : HIDDEN_ZH[because];
  });
}

function shown({ loansHidden }: ShownLine, cell: string): string {
  return loansHidden === null ? cell : HIDDEN_ZH[loansHidden];
}

const OWN_COLUMNS: ReadonlySet<string> = new Set(['answer', 'report', 'verification']);

function othersOf(reads: ShownLine['reads']): number {
  return sumOf(Object.fromEntries(Object.entries(reads).filter(([kind]) => !OWN_COLUMNS.has(kind))));
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

/** A cell that a spreadsheet would run as a formula is text. */
function quote(cell: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.]+$)/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
