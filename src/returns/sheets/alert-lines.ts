import type { Contract } from '#lists';
import type { AlertFigures, MonthOfAlerts } from '#monitoring';
import { type HiddenBecause, type StatisticsFloor, unsafeBecause } from '#security';

/** Alerts that rested on one dataset, and why a part of the line is not shown. */
export type AlertLine = AlertFigures & {
  readonly precision: number | null;
  readonly hidden: Readonly<Record<AlertPart, HiddenBecause | null>>;
};

const PARTS = ['told', 'judged', 'warned', 'protected'] as const;
export type AlertPart = (typeof PARTS)[number];

/** Alerts of a department's datasets in a month. Lines overlap, since an alert may rest on several datasets. */
export type AlertSheet = {
  /** Precision and lead time are of alerts raised from this day to the month's end. */
  readonly judgedFrom: string;
  readonly horizonDays: number;
  readonly datasets: readonly AlertLine[];
};

/** One line per dataset on which an alert rested, in order of the contracts' ids. */
export function makeAlertSheet(
  { judgedFrom, horizonDays, datasets }: MonthOfAlerts,
  { contracts, suppression }: { contracts: readonly Contract[]; suppression: StatisticsFloor },
): AlertSheet {
  const own = contracts.flatMap(({ id }) => datasets.get(id) ?? []);
  const lines = own.map((figures) => lineOf(figures, suppression));
  const inOrder = lines.toSorted((one, other) => (one.contract < other.contract ? -1 : 1));
  return { judgedFrom, horizonDays, datasets: inOrder };
}

function lineOf(figures: AlertFigures, rules: StatisticsFloor): AlertLine {
  const { told, judged, warned, protected: kept } = figures;
  const few = (subjects: number) => unsafeBecause({ subjects, largest: 0, total: 0 }, rules) ?? null;
  const amount = { subjects: kept.enterprises, largest: Number(kept.largestFen), total: Number(kept.fen) };
  return {
    ...figures,
    precision: judged.alerts === 0 ? null : Math.round((judged.hits / judged.alerts) * 1e6) / 1e6,
    hidden: {
      told: few(told.enterprises),
      judged: few(judged.enterprises),
      warned: few(warned.enterprises),
      protected: unsafeBecause(amount, rules) ?? null,
    },
  };
}

/** A line as others see it: a part that must not be shown is null, and the largest of anything never is. */
export type ShownAlertLine = {
  readonly contract: string;
  readonly told: AlertFigures['told'] | null;
  readonly judged: (AlertFigures['judged'] & { readonly precision: number | null }) | null;
  readonly warned: AlertFigures['warned'] | null;
  readonly protected: Omit<AlertFigures['protected'], 'largestFen'> | null;
  readonly hidden: AlertLine['hidden'];
};
export type ShownAlertSheet = Omit<AlertSheet, 'datasets'> & { readonly datasets: readonly ShownAlertLine[] };

export function showAlertSheet(sheet: AlertSheet): ShownAlertSheet {
  return { ...sheet, datasets: sheet.datasets.map(showLine) };
}

function showLine({ contract, hidden, precision, told, judged, warned, ...line }: AlertLine): ShownAlertLine {
  const { largestFen: _largest, ...kept } = line.protected;
  return {
    contract,
    told: hidden.told === null ? told : null,
    judged: hidden.judged === null ? { ...judged, precision } : null,
    warned: hidden.warned === null ? warned : null,
    protected: hidden.protected === null ? kept : null,
    hidden,
  };
}
