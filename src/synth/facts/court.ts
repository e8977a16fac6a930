import { drawEvents, healthOn } from '../city/activity.ts';
import type { Loan } from '../city/loans.ts';
import type { City, Enterprise } from '../city/shape.ts';
import type { Values } from '../complete/fill.ts';
import { type Day, lastDayOf, yearOf } from '../model/days.ts';
import { between, chance, logNormal, pick, poisson, type Rng, whole } from '../model/random.ts';
import { type Fact, fen, inOrder, lastDay, serialOf, sharedStream } from './fact.ts';

/** One case as it is, before courts describe it. Days undefined: never. Amount in yuan. */
type CourtCase = {
  readonly serial: string;
  readonly filedOn: Day;
  readonly role: 'plaintiff' | 'defendant';
  readonly cause: string;
  readonly amount: number;
  readonly closedOn: Day;
  readonly closing: 'judgment' | 'mediation' | 'withdrawal';
  readonly enforcement: Enforcement | undefined;
};

type Enforcement = {
  readonly filedOn: Day;
  /** Paid in full; undefined: it stays open, and is shelved when nothing is found. */
  readonly paidOn: Day | undefined;
  readonly shelvedOn: Day;
};

/** Makes the records of one dataset from the cases of an enterprise, which hang on what becomes of its loans. */
export type CourtMaker = (enterprise: Enterprise, city: City, loans: readonly Loan[]) => Fact[];

/** Ordinary business goes to court: the more of it, the more often, on either side, and settles within months. */
const ORDINARY = { perYear: 0.4, pull: 0, size: 0.4 } as const;
/** Share of bad loans whose borrower is sued before the bank sees it. */
const SUED_SHARE = 0.4;
/** Days before the month end at which the loan is bad, between which those suits are filed. */
const SUED_DAYS = { from: 240, to: 30 } as const;

/**
 * The cases of an enterprise, the same for every dataset that shows them. That there is one says next to nothing: large and
 * old firms have them, mostly closed. Trouble with a loan shows in cases that are recent, several and still open.
 */
function casesOf(enterprise: Enterprise, city: City, loans: readonly Loan[]): CourtCase[] {
  const rng = sharedStream(city, 'court', enterprise);
  const ordinary = drawEvents(rng, city, enterprise, ORDINARY).map((filedOn) =>
    drawOrdinary(rng, enterprise, filedOn),
  );
  const troubled = loans.flatMap((loan) => drawTroubled(rng, loan));
  return [...ordinary, ...troubled]
    .filter(({ filedOn }) => filedOn <= lastDay(enterprise, city))
    .sort((one, other) => one.filedOn - other.filedOn)
    .map((one, at) => ({ ...one, serial: serialOf(enterprise, at + 1) }));
}

type Drawn = Omit<CourtCase, 'serial'>;

const CAUSES = ['买卖合同纠纷', '服务合同纠纷', '租赁合同纠纷', '承揽合同纠纷', '运输合同纠纷'] as const;

function drawOrdinary(rng: Rng, enterprise: Enterprise, filedOn: Day): Drawn {
  const role = chance(rng, 0.55) ? 'plaintiff' : 'defendant';
  const closing = pick(rng, ['judgment', 'judgment', 'mediation', 'withdrawal'] as const);
  const closedOn = filedOn + Math.ceil(logNormal(rng, 50, 0.4));
  const isEnforced = role === 'defendant' && closing === 'judgment' && chance(rng, 0.3);
  const paying = Math.ceil(logNormal(rng, 45 * Math.exp(-0.3 * healthOn(enterprise, closedOn)), 0.5));
  const from = closedOn + whole(rng, 20, 60);
  const enforcement = { filedOn: from, paidOn: from + paying, shelvedOn: from + paying };
  return {
    filedOn,
    role,
    cause: pick(rng, CAUSES),
    amount: Math.ceil(logNormal(rng, 70_000, 1) / 100) * 100,
    closedOn,
    closing,
    enforcement: isEnforced ? enforcement : undefined,
  };
}

/** Suppliers and lessors sue before the bank's month end tells; the suits drag on and what is awarded is not paid. */
function drawTroubled(rng: Rng, { badMonth }: Loan): Drawn[] {
  if (badMonth === undefined || !chance(rng, SUED_SHARE)) return [];
  const count = 1 + poisson(rng, 1.3);
  const badOn = lastDayOf(badMonth);
  return Array.from({ length: count }, (): Drawn => {
    const filedOn = badOn - whole(rng, SUED_DAYS.to, SUED_DAYS.from);
    const closedOn = filedOn + Math.ceil(logNormal(rng, 110, 0.3));
    const from = closedOn + whole(rng, 20, 60);
    return {
      filedOn,
      role: 'defendant',
      cause: pick(rng, CAUSES),
      amount: Math.ceil(logNormal(rng, 160_000, 0.9) / 100) * 100,
      closedOn,
      closing: 'judgment',
      enforcement: { filedOn: from, paidOn: undefined, shelvedOn: from + whole(rng, 90, 180) },
    };
  });
}

/** 立案、开庭和执行: every case from the day it is filed, on whichever side. */
const makeCourtFilings: CourtMaker = (enterprise, city, loans) =>
  casesOf(enterprise, city, loans).map(({ filedOn, role, closedOn, closing, ...one }): Fact => {
    const values: Values = {
      case_no: caseNoOf('民初', filedOn, one.serial),
      court_name: COURT,
      case_kind: 'civil',
      cause_of_action: one.cause,
      litigation_role: role,
      court_stage: 'first_instance',
      filed_on: filedOn,
      hearing_at: null,
      case_state: 'hearing',
      closed_on: null,
      closing_mode: null,
      original_case_no: null,
      enforcement_basis_no: null,
      consumption_restricted: false,
      claim_amount: fen(one.amount),
      enforcement_amount: null,
      enforced_amount: null,
      counterparty_kind: 'enterprise',
    };
    const state = { judgment: 'judged', mediation: 'mediated', withdrawal: 'withdrawn' }[closing];
    const set: Values = { case_state: state, closed_on: closedOn, closing_mode: closing };
    return { on: filedOn, values, later: inOrder([{ on: closedOn, set }], enterprise, city) };
  });

/** 裁判文书: what was judged and may be published; settlements and withdrawals are not. */
const makeJudgments: CourtMaker = (enterprise, city, loans) =>
  casesOf(enterprise, city, loans)
    .filter(({ closing, closedOn }) => closing === 'judgment' && closedOn <= lastDay(enterprise, city))
    .map(({ filedOn, closedOn, role, cause, amount, serial, enforcement }): Fact => {
      const values: Values = {
        case_no: caseNoOf('民初', filedOn, serial),
        case_kind: 'civil',
        cause_of_action: cause,
        court_role: role,
        document_kind: 'judgment',
        trial_court: COURT,
        trial_stage: '一审',
        accepted_on: filedOn,
        judged_on: closedOn,
        effective_on: null,
        outcome: enforcement === undefined ? 'rejected' : 'full_win',
        disputed_amount: fen(amount),
        awarded_amount: enforcement === undefined ? null : fen(amount),
        published_on: closedOn,
      };
      return { on: closedOn, values };
    });

/** 被执行人和终结本次执行: what was lost and not paid of itself. */
const makeEnforcements: CourtMaker = (enterprise, city, loans) =>
  casesOf(enterprise, city, loans).flatMap(({ enforcement, filedOn, serial, amount }): Fact[] => {
    if (enforcement === undefined || enforcement.filedOn > lastDay(enterprise, city)) return [];
    const { paidOn, shelvedOn } = enforcement;
    const owed = fen(amount);
    const values: Values = {
      enforcement_case_no: caseNoOf('执', enforcement.filedOn, serial),
      enforcement_court: COURT,
      enforcement_filed_on: enforcement.filedOn,
      enforcement_amount: owed,
      performed_amount: 0,
      unperformed_amount: owed,
      basis_document_no: caseNoOf('民初', filedOn, serial),
      basis_document_unit: COURT,
      enforcement_state: 'enforcing',
      closed_temporarily_on: null,
      resumed_on: null,
      enforcement_closed_on: null,
      consumption_limited: false,
      consumption_limited_on: null,
    };
    const found =
      Math.floor((owed * between(sharedStream(city, `found ${serial}`, enterprise), 0, 0.3)) / 100) * 100;
    const set: Values =
      paidOn === undefined
        ? {
            enforcement_state: 'enforcement_closed_temporarily',
            closed_temporarily_on: shelvedOn,
            performed_amount: found,
            unperformed_amount: owed - found,
            consumption_limited: true,
            consumption_limited_on: shelvedOn,
          }
        : {
            enforcement_state: 'enforced',
            enforcement_closed_on: paidOn,
            performed_amount: owed,
            unperformed_amount: 0,
          };
    return [
      {
        on: enforcement.filedOn,
        values,
        later: inOrder([{ on: paidOn ?? shelvedOn, set }], enterprise, city),
      },
    ];
  });

const COURT = '北京市合成区人民法院';

function caseNoOf(kind: string, on: Day, serial: string): string {
  return `（${yearOf(on)}）京合成${kind}${serial}号`;
}

/** By number of the contract. */
export const COURT_MAKERS: Readonly<Record<string, CourtMaker>> = {
  n09: makeJudgments,
  n10: makeEnforcements,
  b15: makeCourtFilings,
};
