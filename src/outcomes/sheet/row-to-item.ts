import { type FaultCode, makeFault } from '../faults.ts';
import type { ReasonTable } from '../reasons.ts';
import {
  type Decision,
  DECISIONS,
  type Fault,
  type Guarantee,
  GUARANTEES,
  type OutcomeItem,
  type Overdue,
  OVERDUE,
} from '../shape.ts';
import { COLUMNS, headingOf, readReasons, tidyCell } from './columns.ts';

export type SheetRow = {
  readonly row: number;
  /** Cells by heading, as they stand. */
  readonly cells: ReadonlyMap<string, string>;
  /** `YYYY-MM`: the month whose end the balances are of. */
  readonly month: string;
};

export type ReadRow = { readonly item: OutcomeItem } | { readonly faults: readonly Fault[] };

/** Makes an item of a row: a part of it is there when its own cells are. What the values mean is checked later. */
export function rowToItem(sheetRow: SheetRow, reasons: ReasonTable): ReadRow {
  const cells = new Cells(sheetRow);
  const item = readItem(cells, { reasons, month: sheetRow.month });
  return cells.faults.length > 0 ? { faults: cells.faults } : { item };
}

/** Where the fault stands in the sheet, beside where it stands in the item. */
export function withColumn(fault: Fault): Fault {
  const column = headingOf(fault.field);
  return column === undefined ? fault : { ...fault, column };
}

/** The values of one row, and what could not be read of it. */
class Cells {
  readonly faults: Fault[] = [];
  readonly #values = new Map<string, string | number | boolean>();
  readonly #row: number;

  constructor({ row, cells }: SheetRow) {
    this.#row = row;
    for (const { heading, field, read } of COLUMNS) {
      const cell = tidyCell(cells.get(heading) ?? '');
      if (cell === '') continue;
      const reading = read(cell);
      if ('fault' in reading) this.#add(field, reading.fault);
      else this.#values.set(field, reading.value);
    }
  }

  has(field: string): boolean {
    return this.#values.has(field);
  }

  text(field: string): string {
    const value = this.#require(field);
    return typeof value === 'string' ? value : '';
  }

  optionalText(field: string): string | undefined {
    return this.has(field) ? this.text(field) : undefined;
  }

  number(field: string): number {
    const value = this.#require(field);
    return typeof value === 'number' ? value : 0;
  }

  flag(field: string): boolean {
    return this.#require(field) === true;
  }

  optionalFlag(field: string): boolean {
    return this.#values.get(field) === true;
  }

  /** An empty cell is a fault, and so the item made of it is never looked at. */
  #require(field: string): string | number | boolean | undefined {
    const value = this.#values.get(field);
    const isFaulty = this.faults.some((fault) => fault.field === field);
    if (value === undefined && !isFaulty) this.#add(field, 'cell_missing');
    return value;
  }

  #add(field: string, code: FaultCode): void {
    this.faults.push(withColumn(makeFault(this.#row, field, code)));
  }
}

type RowParts = { readonly reasons: ReasonTable; readonly month: string };

function readItem(cells: Cells, parts: RowParts): OutcomeItem {
  const used = cells.flag('used');
  const unusedReason = readUnused(cells, parts.reasons);
  return {
    disclosureId: cells.text('disclosureId'),
    used,
    ...(unusedReason === undefined ? {} : { unusedReason }),
    ...(hasAny(cells, 'application') ? { application: readApplication(cells) } : {}),
    ...(hasAny(cells, 'decision') ? { decision: readDecision(cells, parts.reasons) } : {}),
    ...(hasAny(cells, 'loan', ['loan.id']) ? { loan: readLoan(cells) } : {}),
    ...(hasAny(cells, 'balance') ? { balance: readBalance(cells, parts.month) } : {}),
    ...(cells.optionalFlag('isCorrection') ? { isCorrection: true } : {}),
  };
}

function readUnused(cells: Cells, reasons: ReasonTable): string | undefined {
  const written = cells.optionalText('unusedReason');
  return written === undefined ? undefined : (readReasons(reasons, ['unused'], written)[0] ?? written);
}

/** A number of a loan alone names the loan of a balance. */
function hasAny(cells: Cells, part: string, except: readonly string[] = []): boolean {
  return COLUMNS.some(
    ({ field }) => field.startsWith(`${part}.`) && !except.includes(field) && cells.has(field),
  );
}

function readApplication(cells: Cells): NonNullable<OutcomeItem['application']> {
  return {
    id: cells.text('application.id'),
    appliedOn: cells.text('application.appliedOn'),
    product: cells.text('application.product'),
    requestedFen: cells.number('application.requestedFen'),
  };
}

function readDecision(cells: Cells, table: ReasonTable): NonNullable<OutcomeItem['decision']> {
  const result = readDecisionResult(cells);
  const decidedOn = cells.optionalText('decision.decidedOn');
  const lists = result === 'withdrawn' ? (['withdrawn'] as const) : (['declined'] as const);
  const reasons = readReasons(table, lists, cells.optionalText('decision.reasons') ?? '');
  return { result, reasons, ...(decidedOn === undefined ? {} : { decidedOn }) };
}

function readDecisionResult(cells: Cells): Decision {
  const text = cells.text('decision.result');
  return DECISIONS.find((decision) => decision === text) ?? 'pending';
}

function readLoan(cells: Cells): NonNullable<OutcomeItem['loan']> {
  return {
    id: cells.text('loan.id'),
    amountFen: cells.number('loan.amountFen'),
    annualRateBp: cells.number('loan.annualRateBp'),
    termMonths: cells.number('loan.termMonths'),
    guarantee: readGuarantee(cells),
    isFirstLoan: cells.flag('loan.isFirstLoan'),
    isCreditLoan: cells.flag('loan.isCreditLoan'),
    disbursedOn: cells.text('loan.disbursedOn'),
  };
}

function readGuarantee(cells: Cells): Guarantee {
  const text = cells.text('loan.guarantee');
  return GUARANTEES.find((guarantee) => guarantee === text) ?? 'none';
}

function readBalance(cells: Cells, month: string): NonNullable<OutcomeItem['balance']> {
  const settledOn = cells.optionalText('balance.settledOn');
  return {
    loanId: cells.text('loan.id'),
    month,
    balanceFen: cells.number('balance.balanceFen'),
    overdue: readOverdue(cells),
    isBad: cells.flag('balance.isBad'),
    ...(settledOn === undefined ? {} : { settledOn }),
  };
}

function readOverdue(cells: Cells): Overdue {
  const text = cells.text('balance.overdue');
  return OVERDUE.find((overdue) => overdue === text) ?? 'none';
}
