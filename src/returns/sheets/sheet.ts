import type { Contract } from '#lists';
import type { MonthOfAlerts } from '#monitoring';
import { type HiddenBecause, type StatisticsFloor, unsafeBecause } from '#security';
import { type AlertSheet, makeAlertSheet, showAlertSheet, type ShownAlertSheet } from './alert-lines.ts';
import type { Contribution } from './contribution.ts';
import { type DatasetUsage, noUsage } from './usage.ts';

/** Figures of the quality review by dimension, as frozen by its run. */
export type QualityFigures = Readonly<Record<string, { readonly value: number; readonly unit: string }>>;

export type DatasetLine = {
  readonly contract: string;
  readonly name: string;
  readonly reads: DatasetUsage['reads'];
  readonly institutions: number;
  readonly enterprises: number;
  readonly loans: number;
  readonly borrowers: number;
  readonly lentFen: string;
  /** Why loans, borrowers and amount are not shown. */
  readonly loansHidden: HiddenBecause | null;
  readonly complaints: DatasetUsage['complaints'];
  /** Tickets that the node opened in the month about its deliveries. */
  readonly tickets: number;
  /** Null: the model in use does not look at it, or nothing was scored yet. */
  readonly contribution: { readonly value: number; readonly standardError: number } | null;
  readonly quality: QualityFigures | null;
};

/** What goes back to one department for one month. No enterprise is in it. */
export type DepartmentSheet = {
  readonly format: 'xinqiao.department-sheet/1';
  readonly provider: string;
  readonly month: string;
  readonly qualityRun: { readonly runId: string; readonly rank: number | null } | null;
  readonly contribution: Omit<Contribution, 'datasets'> | null;
  readonly datasets: readonly DatasetLine[];
  /** Alerts that rested on its data: precision, lead time before trouble, amounts protected. Null: sealed without them. */
  readonly alerts: AlertSheet | null;
};

export type SheetParts = {
  readonly provider: string;
  readonly month: string;
  readonly contracts: readonly Contract[];
  readonly usage: ReadonlyMap<string, DatasetUsage>;
  readonly tickets: ReadonlyMap<string, number>;
  readonly contribution: Contribution | null;
  readonly quality: {
    readonly runId: string;
    readonly rank: number | null;
    readonly byContract: ReadonlyMap<string, QualityFigures>;
  } | null;
  readonly alerts: MonthOfAlerts;
  readonly suppression: StatisticsFloor;
};

/** Joins usage, contribution and quality of a department's datasets, in order of the contracts' ids. */
export function makeSheet(parts: SheetParts): DepartmentSheet {
  const { provider, month, contracts, quality, contribution } = parts;
  const { datasets: _each, ...whole } = contribution ?? { datasets: [] };
  return {
    format: 'xinqiao.department-sheet/1',
    provider,
    month,
    qualityRun: quality === null ? null : { runId: quality.runId, rank: quality.rank },
    contribution: contribution === null ? null : (whole as Omit<Contribution, 'datasets'>),
    datasets: contracts
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
      .map((contract) => lineOf(contract, parts)),
    alerts: makeAlertSheet(parts.alerts, parts),
  };
}

function lineOf({ id, name }: Contract, parts: SheetParts): DatasetLine {
  const usage = parts.usage.get(id) ?? noUsage(id);
  const { largestFen: _largest, contract, ...figures } = usage;
  const share = parts.contribution?.datasets.find((one) => one.contract === id);
  return {
    contract,
    name,
    ...figures,
    loansHidden: hiddenBecause(usage, parts.suppression),
    tickets: parts.tickets.get(id) ?? 0,
    contribution: share === undefined ? null : { value: share.value, standardError: share.standardError },
    quality: parts.quality?.byContract.get(id) ?? null,
  };
}

/** Datasets overlap in the loans that rest on them and no total is given, so a line stands for itself. */
function hiddenBecause(
  { borrowers, lentFen, largestFen }: DatasetUsage,
  floor: StatisticsFloor,
): HiddenBecause | null {
  const amount = { subjects: borrowers, largest: Number(largestFen), total: Number(lentFen) };
  return unsafeBecause(amount, floor) ?? null;
}

/** A line as others see it: what must not be shown is null. */
export type ShownLine = Omit<DatasetLine, 'loans' | 'borrowers' | 'lentFen'> & {
  readonly loans: number | null;
  readonly borrowers: number | null;
  readonly lentFen: string | null;
};
export type ShownSheet = Omit<DepartmentSheet, 'datasets' | 'alerts'> & {
  readonly datasets: readonly ShownLine[];
  readonly alerts: ShownAlertSheet | null;
};

export function showSheet(sheet: DepartmentSheet): ShownSheet {
  const hidden = { loans: null, borrowers: null, lentFen: null };
  return {
    ...sheet,
    datasets: sheet.datasets.map((line) => (line.loansHidden === null ? line : { ...line, ...hidden })),
    alerts: sheet.alerts === null ? null : showAlertSheet(sheet.alerts),
  };
}
