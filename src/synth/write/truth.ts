import { join } from 'node:path';
import { healthIn } from '../city/activity.ts';
import { drawLiveLoans, type LiveLoan, type Loan } from '../city/loans.ts';
import type { City, Enterprise } from '../city/shape.ts';
import { openSheet } from '../files/sheet.ts';
import { isoOf, monthOf, monthText } from '../model/days.ts';
import type { DefectSink } from './dataset-writer.ts';

const PLAIN = { layout: 'csv', encoding: 'utf-8' } as const;

export const TRUTH_FILES = {
  enterprises: 'truth/enterprises.csv',
  defects: 'truth/defects.csv',
  loans: 'truth/loans.csv',
  liveLoans: 'truth/live-loans.csv',
} as const;

const LOAN_COLUMNS = [
  'code',
  'decided_on',
  'amount_yuan',
  'term_months',
  'visible_log_odds',
  'chance',
  'bad_month',
];

/** The truth behind the files, for those who test indicators and models; no department delivers it. */
export type TruthWriter = {
  enterprise(enterprise: Enterprise, loans: readonly Loan[]): void;
  readonly defect: DefectSink;
  close(): void;
};

/**
 * `health_<month>` is latent health in the last month of each quarter; `default_month` is empty for those without one. Of a
 * loan: the log odds of bad as the records tell them, the chance with what no record tells, and the month it turned bad; of a live loan nobody knows.
 */
export function openTruth(folder: string, city: City): TruthWriter {
  const months: number[] = [];
  for (let month = city.from; month <= monthOf(city.until); month += 1)
    if (month % 3 === 2) months.push(month);
  const header = [
    'code',
    'segment',
    'section',
    'default_month',
    ...months.map((month) => `health_${monthText(month)}`),
  ];
  const enterprises = openSheet(join(folder, TRUTH_FILES.enterprises), PLAIN, header);
  const defects = openSheet(join(folder, TRUTH_FILES.defects), PLAIN, [
    'file',
    'row',
    'field',
    'kind',
    'expected',
  ]);
  const loanSheet = openSheet(join(folder, TRUTH_FILES.loans), PLAIN, LOAN_COLUMNS);
  const liveSheet = openSheet(join(folder, TRUTH_FILES.liveLoans), PLAIN, LOAN_COLUMNS.slice(0, 4));
  return {
    enterprise(enterprise, loans) {
      const { code, segment, sector, defaultOn } = enterprise;
      const when = defaultOn === undefined ? '' : monthText(monthOf(defaultOn));
      const health = months.map((month) => healthIn(enterprise, month).toFixed(3));
      enterprises.row([code, segment.code, sector.section, when, ...health]);
      for (const loan of loans) loanSheet.row([code, ...spellLoan(loan)]);
      for (const loan of drawLiveLoans(city, enterprise)) liveSheet.row([code, ...spellDecision(loan)]);
    },
    defect: ([file, row, field, kind, expected]) => defects.row([file, String(row), field, kind, expected]),
    close() {
      enterprises.close();
      defects.close();
      loanSheet.close();
      liveSheet.close();
    },
  };
}

function spellDecision({ decidedOn, amount, termMonths }: LiveLoan): string[] {
  return [isoOf(decidedOn), String(amount), String(termMonths)];
}

function spellLoan({ visibleLogOdds, chance, badMonth, ...decided }: Loan): string[] {
  return [
    ...spellDecision(decided),
    visibleLogOdds.toFixed(4),
    chance.toFixed(6),
    badMonth === undefined ? '' : monthText(badMonth),
  ];
}
