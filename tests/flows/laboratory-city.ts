import { type Database, type EnterpriseId, inTransaction, type KeyStore } from '#kernel';
import { loadReasons, type OutcomeItem, reportOutcomes, toReported } from '#outcomes';
import { type PolicySet, recordDisclosure, recordLeaf, decide } from '#security';
import { join } from 'node:path';
import type { Loan } from '../../src/synth/city/loans.ts';
import { makeEnterprise } from '../../src/synth/city/enterprise.ts';
import { isoOf, monthText } from '../../src/synth/model/days.ts';
import { loansOf } from '../../src/synth/write/loans.ts';
import { fillCity, planCity } from './indicators-city.ts';
import type { IndicatorsSetting } from './indicators-setting.ts';
import { admissionOf, callerOf, REPORTER } from './outcomes-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const CONTRACT = {
  id: 'n02_tax',
  list: 'national',
  fields: [{ name: 'grade', disclosure: 'public', grade: 'general' }],
} as const;

export type Lending = { readonly enterpriseId: EnterpriseId; readonly loans: readonly Loan[] };

/** The loans of the generator, without any record or database. */
export function loansOfCity(setting: Pick<IndicatorsSetting, 'catalogue'>, enterprises: number): Loan[][] {
  const { city, datasets } = planCity(setting);
  return Array.from({ length: enterprises }, (_, index) =>
    loansOf(city, datasets, makeEnterprise(city, index)),
  );
}

/** Fills the city as if departments had delivered every month, and lets one bank report what came of its loans. */
export async function fillLendingCity(
  setting: IndicatorsSetting & { readonly keys: KeyStore },
  { enterprises, contracts }: { enterprises: number; contracts: ReadonlySet<string> },
): Promise<Lending[]> {
  const ids = await fillCity(setting, enterprises, { contracts, isMonthly: true });
  const loans = loansOfCity(setting, enterprises);
  const lending = ids.flatMap((enterpriseId, index) => {
    const own = loans[index] ?? [];
    return own.length === 0 ? [] : [{ enterpriseId, loans: own }];
  });
  await reportLoans(setting, lending);
  return lending;
}

type Reporting = {
  readonly database: Database;
  readonly policies: PolicySet;
  readonly keys: KeyStore;
};

/** One disclosure an enterprise, then the bank's batches in calls as large as a call may be. */
async function reportLoans(setting: Reporting, lending: readonly Lending[]): Promise<void> {
  const { database, policies, keys } = setting;
  const clock = { now: () => new Date() };
  const context = { clock, keys, policies, reasons: loadReasons(ROOT) };
  await inTransaction(database, async (tx) => {
    const items: OutcomeItem[] = [];
    for (const { enterpriseId, loans } of lending) {
      const at = clock.now();
      const permit = decide(tx, policies, {
        caller: callerOf({}),
        purpose: 'public_report',
        subject: enterpriseId,
        contracts: [CONTRACT],
        asOf: { knownAt: at },
      });
      const receipt = await recordLeaf(tx, keys, {
        kind: 'report',
        at,
        body: { test: true },
        subject: enterpriseId,
      });
      const disclosureId = await recordDisclosure(tx, {
        permit,
        kind: 'report',
        contracts: ['n02_tax'],
        contentDigest: 'sha256:00',
        receiptId: receipt.id,
        institution: 'bank-a',
        at,
      });
      for (const [n, loan] of loans.entries()) items.push(itemOf(loan, { enterpriseId, n, disclosureId }));
    }
    const reported = await reportOutcomes(tx, context, {
      admission: admissionOf(),
      caller: REPORTER,
      items: toReported(items),
    });
    if (reported.counts.refused > 0) throw new TypeError(`${reported.counts.refused} items were refused`);
  });
}

function itemOf(
  { decidedOn, amount, termMonths, badMonth }: Loan,
  { enterpriseId, n, disclosureId }: { enterpriseId: string; n: number; disclosureId: string },
): OutcomeItem {
  const loanId = `L-${enterpriseId}-${n}`;
  const end = isoOf(decidedOn + 380).slice(0, 7);
  const amountFen = amount * 100;
  return {
    disclosureId,
    used: true,
    application: {
      id: `A-${enterpriseId}-${n}`,
      appliedOn: isoOf(decidedOn - 7),
      product: '流动资金贷款',
      requestedFen: amountFen,
    },
    decision: { result: 'approved', reasons: [], decidedOn: isoOf(decidedOn) },
    loan: {
      id: loanId,
      amountFen,
      annualRateBp: 345,
      termMonths,
      guarantee: 'none',
      isFirstLoan: n === 0,
      isCreditLoan: true,
      disbursedOn: isoOf(decidedOn + 3),
    },
    balance:
      badMonth === undefined
        ? {
            loanId,
            month: end,
            balanceFen: 0,
            overdue: 'none',
            isBad: false,
            settledOn: isoOf(decidedOn + 365),
          }
        : { loanId, month: monthText(badMonth), balanceFen: amountFen, overdue: 'd90_plus', isBad: true },
  };
}
