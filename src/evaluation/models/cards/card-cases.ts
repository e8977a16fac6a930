import type { Tx } from '#kernel';
import { MerkleTree } from '#lists';
import { type LoanCase, readLoanCases } from '#outcomes';
import type { PopulationPermit } from '#security';
import type { CompiledIndicators } from '../../indicators/compile/compile-indicators.ts';
import { addDays } from '../../indicators/compile/days.ts';
import { computePairs } from '../../indicators/compute/compute-values.ts';
import type { IndicatorValue } from '../../indicators/indicator.ts';
import { makeTable, type Table } from '../../laboratory/table/columns.ts';

/** Loans with their indicators as known the day before the decision; places in all arrays are the same loans. */
export type CardCases = {
  readonly table: Table;
  /** 1 is bad. */
  readonly bad: Uint8Array;
  /** Month of the decision, `YYYY-MM`. */
  readonly months: readonly string[];
  readonly enterprises: readonly string[];
  /** Loans that are not followed far enough yet, and those whose enterprise the register did not know then. */
  readonly open: number;
  readonly unknown: number;
  /** RFC 6962 root over the loans with their values, in order: the same root, the same training set. */
  readonly root: string;
};

/** Pairs of one statement: its parameters stay small and its plan is that of an index lookup. */
const PAIRS_MAX = 1_000;

/**
 * Training and holdout rows of a card: every value is computed as of the day before the loan was decided, with what the node
 * knew at the end of that day, so that nothing known on the day of the decision or later enters.
 */
export async function readCardCases(
  tx: Tx,
  permit: PopulationPermit,
  compiled: CompiledIndicators,
  about: { readonly from: string; readonly to: string; readonly horizonMonths: number },
): Promise<CardCases> {
  const found = await readLoanCases(tx, permit, about);
  const closed = found.filter(({ outcome }) => outcome !== 'open');
  const rows: CaseRow[] = [];
  for (let at = 0; at < closed.length; at += PAIRS_MAX) {
    const part = closed.slice(at, at + PAIRS_MAX);
    const pairs = part.map(({ enterpriseId, decidedOn }) => ({ enterpriseId, asOf: addDays(decidedOn, -1) }));
    const computed = await computePairs(tx, permit, compiled, { pairs });
    part.forEach((loan, n) => {
      const values = computed[n]?.values;
      if (values !== undefined) rows.push({ loan, values: values.map(toNumber) });
    });
  }
  const open = found.length - closed.length;
  return { ...toCases(rows, compiled.ids), open, unknown: closed.length - rows.length };
}

export type CaseRow = { readonly loan: LoanCase; readonly values: readonly number[] };

/** A card takes what is not covered, not there or stale for missing: a bin of its own. */
export function toNumber({ value, status }: IndicatorValue): number {
  return value === null || status === 'not_covered' || status === 'stale' ? Number.NaN : value;
}

function toCases(rows: readonly CaseRow[], ids: readonly string[]): Omit<CardCases, 'open' | 'unknown'> {
  const tree = new MerkleTree();
  for (const { loan, values } of rows) {
    const line = [loan.enterpriseId, loan.decidedOn, loan.outcome, ...values.map(String)].join('\t');
    tree.add(Buffer.from(line));
  }
  return {
    table: tableOf(
      ids,
      rows.map(({ values }) => values),
    ),
    bad: Uint8Array.from(rows, ({ loan }) => Number(loan.outcome === 'bad')),
    months: rows.map(({ loan }) => loan.decidedOn.slice(0, 7)),
    enterprises: rows.map(({ loan }) => loan.enterpriseId),
    root: tree.root(),
  };
}

/** Values by rows as a table of the laboratory. */
export function tableOf(ids: readonly string[], rows: readonly (readonly number[])[]): Table {
  return makeTable(
    ids.map((name, at) => ({
      kind: 'numeric',
      name,
      values: Float64Array.from(rows, (values) => values[at] ?? Number.NaN),
    })),
  );
}
