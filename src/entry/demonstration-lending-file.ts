import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FINANCING_PURPOSES } from '#security';
import type { OutcomeItem } from '#outcomes';
import type { CityManifest } from '#synth';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';

const strict = { additionalProperties: false } as const;

const Lender = Type.Object(
  {
    institution: Type.String(),
    branch: Type.Optional(Type.String()),
    /** Through which it asks and reports; left out: itself. */
    platform: Type.Optional(Type.String()),
    purpose: Type.Enum(FINANCING_PURPOSES),
    share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
  },
  strict,
);
export type Lender = Static<typeof Lender>;

const FILE = Type.Object(
  {
    lenders: Type.Array(Lender, { minItems: 1 }),
    contracts: Type.Array(Type.String(), { minItems: 1 }),
    borrowersMax: Type.Integer({ minimum: 1, maximum: 5_000 }),
  },
  strict,
);
export type LendingFile = Static<typeof FILE>;

/** models/participants/demonstration-lending.yaml. */
export function readLendingFile(packageFolder: string): LendingFile {
  const path = join(packageFolder, 'models', 'participants', 'demonstration-lending.yaml');
  return Value.Parse(FILE, parse(readFileSync(path, 'utf8')));
}

/** A loan of the city that runs at its end; amount in yuan. */
type CityLoan = {
  readonly code: string;
  readonly decidedOn: string;
  readonly amount: number;
  readonly termMonths: number;
  readonly badMonth: string | undefined;
};

export type Borrower = {
  readonly code: string;
  readonly lender: Lender;
  /** Without the disclosure they rest on. */
  readonly items: readonly Omit<OutcomeItem, 'disclosureId'>[];
};

/**
 * The borrowers of the city that `folder` holds and what their lenders report of its last month: every loan that runs at the
 * end of it, bad ones among them. The same city gives the same. Empty for a city without loans.
 */
export function planLending(
  folder: string,
  { truth, until }: Pick<CityManifest, 'truth' | 'until'>,
  { lenders, borrowersMax }: LendingFile,
): Borrower[] {
  const files = [truth.loans, ...(truth.liveLoans === undefined ? [] : [truth.liveLoans])];
  const loans = files.flatMap((file) => readLoans(join(folder, file))).filter((loan) => runsOn(loan, until));
  const byBorrower = [...Map.groupBy(loans, ({ code }) => code)].sort(([one], [other]) =>
    placeOf(one) < placeOf(other) ? -1 : 1,
  );
  return byBorrower.slice(0, borrowersMax).map(([code, own]) => {
    const lender = lenderOf(code, lenders);
    return {
      code,
      lender,
      items: own.map((loan, n) => itemOf(loan, { n, lender, month: until.slice(0, 7) })),
    };
  });
}

function readLoans(path: string): CityLoan[] {
  if (!existsSync(path)) return [];
  const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const names = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const cell = (name: string): string => cells[names.indexOf(name)] ?? '';
    return {
      code: cell('code'),
      decidedOn: cell('decided_on'),
      amount: Number(cell('amount_yuan')),
      termMonths: Number(cell('term_months')),
      badMonth: cell('bad_month') || undefined,
    };
  });
}

/** One that is bad runs until it is written off, which none is. */
function runsOn({ decidedOn, termMonths, badMonth }: CityLoan, until: string): boolean {
  const end = new Date(`${decidedOn}T00:00:00Z`);
  end.setUTCMonth(end.getUTCMonth() + termMonths);
  return badMonth !== undefined || end.toISOString().slice(0, 10) > until;
}

/** Between 0 and 1, the same for a code every time. */
function placeOf(code: string): number {
  return createHash('sha256').update(code).digest().readUInt32BE(0) / 2 ** 32;
}

/** By shares; another place than the one borrowers are chosen by, or the first lenders would have them all. */
function lenderOf(code: string, lenders: readonly Lender[]): Lender {
  let left = placeOf(`lender ${code}`) * lenders.reduce((sum, { share }) => sum + share, 0);
  for (const lender of lenders) {
    left -= lender.share;
    if (left < 0) return lender;
  }
  const [first] = lenders;
  if (first === undefined) throw new TypeError('the schema asks for a lender');
  return first;
}

const GUARANTEES = ['none', 'none', 'surety', 'mortgage'] as const;
const APPLIED_DAYS_BEFORE = 7;

function itemOf(
  { code, decidedOn, amount, termMonths, badMonth }: CityLoan,
  { n, lender, month }: { readonly n: number; readonly lender: Lender; readonly month: string },
): Borrower['items'][number] {
  const loanId = `DL-${code}-${n}`;
  const amountFen = amount * 100;
  const chance = placeOf(`terms ${loanId}`);
  const isCover = lender.purpose === 'guarantee_underwriting';
  const guarantee = isCover ? 'public_guarantee' : (GUARANTEES[Math.floor(chance * 4)] ?? 'none');
  return {
    used: true,
    application: {
      id: `DA-${code}-${n}`,
      appliedOn: dayBefore(decidedOn, APPLIED_DAYS_BEFORE),
      product: isCover ? '融资担保' : '流动资金贷款',
      requestedFen: amountFen,
    },
    decision: { result: 'approved', reasons: [], decidedOn },
    loan: {
      id: loanId,
      amountFen,
      annualRateBp: 310 + Math.round(chance * 120),
      termMonths,
      guarantee,
      isFirstLoan: n === 0,
      isCreditLoan: guarantee === 'none',
      disbursedOn: decidedOn,
    },
    balance: {
      loanId,
      month,
      balanceFen: amountFen,
      overdue: badMonth === undefined ? 'none' : 'd90_plus',
      isBad: badMonth !== undefined,
    },
  };
}

function dayBefore(day: string, days: number): string {
  return new Date(Date.parse(day) - days * 86_400_000).toISOString().slice(0, 10);
}
