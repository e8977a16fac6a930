import type { FaultCode } from '../faults.ts';
import type { ReasonList, ReasonTable } from '../reasons.ts';

/** What a filled cell says, or why it says nothing. */
export type CellReading = { readonly value: string | number | boolean } | { readonly fault: FaultCode };

export type CellReader = (cell: string) => CellReading;

export type Column = {
  readonly heading: string;
  /** Path inside an item. */
  readonly field: string;
  readonly read: CellReader;
};

const TEXT_CHARACTERS_MAX = 64;

/** The monthly sheet, from left to right; amounts in yuan, rates in per cent. */
export const COLUMNS: readonly Column[] = [
  { heading: '查询编号', field: 'disclosureId', read: readText },
  { heading: '是否使用', field: 'used', read: readYesNo },
  { heading: '未使用原因', field: 'unusedReason', read: readText },
  { heading: '申请编号', field: 'application.id', read: readText },
  { heading: '申请日期', field: 'application.appliedOn', read: readDay },
  { heading: '产品', field: 'application.product', read: readText },
  { heading: '申请金额（元）', field: 'application.requestedFen', read: readHundredths },
  {
    heading: '审批结果',
    field: 'decision.result',
    read: oneOf({ approved: ['批准'], declined: ['拒绝'], withdrawn: ['撤回'], pending: ['审批中'] }),
  },
  { heading: '审批原因', field: 'decision.reasons', read: readLongText },
  { heading: '审批日期', field: 'decision.decidedOn', read: readDay },
  { heading: '借据编号', field: 'loan.id', read: readText },
  { heading: '放款金额（元）', field: 'loan.amountFen', read: readHundredths },
  { heading: '年利率（%）', field: 'loan.annualRateBp', read: readHundredths },
  { heading: '期限（月）', field: 'loan.termMonths', read: readInteger },
  {
    heading: '担保方式',
    field: 'loan.guarantee',
    read: oneOf({
      none: ['信用', '无'],
      surety: ['保证'],
      mortgage: ['抵押'],
      pledge: ['质押'],
      public_guarantee: ['政府性融资担保'],
      combined: ['组合'],
    }),
  },
  { heading: '是否首贷', field: 'loan.isFirstLoan', read: readYesNo },
  { heading: '是否信用贷款', field: 'loan.isCreditLoan', read: readYesNo },
  { heading: '放款日期', field: 'loan.disbursedOn', read: readDay },
  { heading: '贷款余额（元）', field: 'balance.balanceFen', read: readHundredths },
  {
    heading: '逾期情况',
    field: 'balance.overdue',
    read: oneOf({
      none: ['未逾期', '无'],
      d1_30: ['1-30天'],
      d31_60: ['31-60天'],
      d61_90: ['61-90天'],
      d90_plus: ['90天以上'],
    }),
  },
  { heading: '是否不良', field: 'balance.isBad', read: readYesNo },
  { heading: '结清日期', field: 'balance.settledOn', read: readDay },
  { heading: '是否更正', field: 'isCorrection', read: readYesNo },
];

/** The heading of the column that a field stands in; an item's part is under the column it begins with. */
export function headingOf(field: string): string | undefined {
  const wanted = FIELDS_OF_PARTS[field] ?? field;
  return COLUMNS.find((column) => column.field === wanted)?.heading;
}

const FIELDS_OF_PARTS: Readonly<Record<string, string>> = {
  use: 'used',
  application: 'application.id',
  loan: 'loan.id',
  balance: 'balance.balanceFen',
  'balance.loanId': 'loan.id',
};

/** An empty sheet: UTF-8 with BOM, since it is opened in a spreadsheet. */
export function sheetTemplate(): string {
  return `\uFEFF${COLUMNS.map(({ heading }) => heading).join(',')}\r\n`;
}

/** Half-width, without what nobody sees. */
export function tidyCell(cell: string): string {
  return cell
    .toWellFormed()
    .normalize('NFKC')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

/** Reasons may be written in Chinese, as the table has them, or as codes; several are separated by semicolons. */
export function readReasons(table: ReasonTable, lists: readonly ReasonList[], cell: string): string[] {
  const known = lists.flatMap((list) => table[list]);
  return cell
    .split(/[;、]/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => known.find(({ zh }) => tidyCell(zh) === part)?.code ?? part);
}

function readText(cell: string): CellReading {
  return cell.length <= TEXT_CHARACTERS_MAX ? { value: cell } : { fault: 'cell_too_long' };
}

function readLongText(cell: string): CellReading {
  return cell.length <= 10 * TEXT_CHARACTERS_MAX ? { value: cell } : { fault: 'cell_too_long' };
}

function readYesNo(cell: string): CellReading {
  if (['是', '1', 'Y', 'y'].includes(cell)) return { value: true };
  return ['否', '0', 'N', 'n'].includes(cell) ? { value: false } : { fault: 'cell_unreadable' };
}

const DAY = /^(\d{4})(?:-|\/|\.|年)(\d{1,2})(?:-|\/|\.|月)(\d{1,2})日?$/;
const DAY_DIGITS = /^(\d{4})(\d{2})(\d{2})$/;

/** Whether there is such a day is the item's check to say. */
function readDay(cell: string): CellReading {
  const [, year, month = '', day = ''] = DAY.exec(cell) ?? DAY_DIGITS.exec(cell) ?? [];
  if (year === undefined) return { fault: 'cell_unreadable' };
  return { value: `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` };
}

/** Yuan in fen, per cent in basis points: exact, from the digits. */
function readHundredths(cell: string): CellReading {
  const [, sign = '', whole = '', fraction = ''] =
    /^(-?)(\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.(\d{1,2})0*)?%?$/.exec(cell) ?? [];
  if (whole === '') return { fault: 'cell_unreadable' };
  return { value: Number(`${sign}${whole.replaceAll(',', '')}${fraction.padEnd(2, '0')}`) };
}

function readInteger(cell: string): CellReading {
  return /^-?\d{1,9}$/.test(cell) ? { value: Number(cell) } : { fault: 'cell_unreadable' };
}

function oneOf(words: Readonly<Record<string, readonly string[]>>): CellReader {
  return (cell) => {
    const found = Object.entries(words).find(
      ([code, spellings]) => code === cell || spellings.includes(cell),
    );
    return found === undefined ? { fault: 'cell_unreadable' } : { value: found[0] };
  };
}
