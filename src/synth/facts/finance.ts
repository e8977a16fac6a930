import { drawEvents, healthOn, livingSpan, revenueOf, sizeFactor } from '../city/activity.ts';
import type { City, Enterprise } from '../city/shape.ts';
import { stateOn } from '../city/state.ts';
import type { Values } from '../complete/fill.ts';
import { type Day, dayOf, yearOf } from '../model/days.ts';
import { between, chance, logNormal, pick, type Rng, whole } from '../model/random.ts';
import { type Fact, fen, identityOf, inOrder, serialOf } from './fact.ts';

/** 股权出质和股权冻结: pledges come with size, freezes with bad health; both end some day. */
export function makeEquityPledges(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  if (enterprise.isSoleTrader) return [];
  const pledges = drawEvents(rng, city, enterprise, { perYear: 0.018, pull: 0.05, size: 0.35 });
  const freezes = drawEvents(rng, city, enterprise, {
    perYear: 0.008,
    pull: 0.9,
    size: 0.25,
    afterDefault: 4,
  });
  return [
    ...pledges.map((on, at) =>
      restriction(enterprise, city, { rng, on, serial: serialOf(enterprise, at + 1), isFreeze: false }),
    ),
    ...freezes.map((on, at) =>
      restriction(enterprise, city, { rng, on, serial: serialOf(enterprise, at + 51), isFreeze: true }),
    ),
  ];
}

function restriction(
  enterprise: Enterprise,
  city: City,
  { rng, on, serial, isFreeze }: { rng: Rng; on: Day; serial: string; isFreeze: boolean },
): Fact {
  const { capital, representative } = stateOn(enterprise, on);
  const share = Math.round(between(rng, 5, 90) * 100) / 100;
  const releasedOn = on + whole(rng, 200, 1400);
  const amount = fen(Math.round((capital * share) / 100));
  const values: Values = {
    equity_record_no: `HCGQ${yearOf(on)}${serial}`,
    equity_restriction_kind: isFreeze ? 'freeze' : 'pledge',
    pledgor_name: representative,
    pledgor_cert_kind: 'resident_id',
    pledgor_cert_no: identityOf(city, enterprise, representative),
    pledgor_uscc: null,
    ...(isFreeze ? { pledgee_name: null, pledgee_uscc: null } : { pledgee_name: pick(rng, banks(city)) }),
    pledged_amount: amount,
    pledged_shares: null,
    equity_share: share,
    secured_debt: isFreeze ? null : Math.round(amount * between(rng, 0.3, 1.2)),
    restricted_on: on,
    restricted_until: isFreeze ? on + 1095 : null,
    frozen_by: isFreeze ? '北京市合成区人民法院' : null,
    freeze_ruling_no: isFreeze ? `（${yearOf(on)}）京合成执保${serial}号` : null,
    equity_state: 'effective',
    equity_released_on: null,
    equity_release_reason: null,
  };
  const set: Values = {
    equity_state: 'cancelled',
    equity_released_on: releasedOn,
    equity_release_reason: '主债权消灭（合成）',
  };
  const isReleased = chance(rng, isFreeze ? 0.4 : 0.75);
  return {
    on,
    values,
    later: isReleased ? inOrder([{ on: Math.min(releasedOn, on + 1090), set }], enterprise, city) : [],
  };
}

function banks(city: City): readonly string[] {
  return city.definitions.phrases.lists.banks ?? ['合成银行'];
}

/** 政府采购中标和履约. */
export function makeProcurements(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const days = drawEvents(rng, city, enterprise, { perYear: 0.035, pull: -0.35, size: 0.5, years: 4 });
  return days.map((on, at): Fact => {
    const amount = fen(Math.ceil(logNormal(rng, enterprise.revenue * 0.06, 0.9) / 100) * 100);
    const acceptedOn = on + whole(rng, 60, 300);
    const rating = pick(rng, ['excellent', 'good', 'good', 'fair'] as const);
    const values: Values = {
      procurement_contract_no: `HCZC${yearOf(on)}${serialOf(enterprise, at + 1)}`,
      awarded_on: on - whole(rng, 5, 30),
      award_amount: amount,
      procurement_signed_on: on,
      procurement_amount: amount,
      procurement_accepted_on: null,
      performance_rating: null,
      contract_terminated_on: null,
    };
    const set: Values = { procurement_accepted_on: acceptedOn, performance_rating: rating };
    return { on, values, later: inOrder([{ on: acceptedOn, set }], enterprise, city) };
  });
}

/** 财政补贴和贴息发放. */
export function makeSubsidies(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const days = drawEvents(rng, city, enterprise, { perYear: 0.045, pull: -0.25, size: 0.35, years: 4 });
  return days.map((on, at): Fact => {
    const amount = fen(Math.ceil(logNormal(rng, 20_000 * sizeFactor(enterprise, 0.5), 0.9) / 100) * 100);
    const values: Values = {
      payment_voucher_no: `HCBT${yearOf(on)}${serialOf(enterprise, at + 1)}`,
      subsidy_policy: pick(rng, [
        '稳岗补贴（合成）',
        '贷款贴息（合成）',
        '房租补贴（合成）',
        '研发后补助（合成）',
      ] as const),
      subsidy_kind: pick(rng, ['employment', 'interest', 'rent', 'rd'] as const),
      support_year: yearOf(on),
      subsidy_amount: amount,
      subsidy_paid_on: on,
      subsidy_basis_amount: amount * whole(rng, 2, 20),
      clawback_amount: null,
      clawback_on: null,
    };
    return { on, values };
  });
}

const EDITION_2025_FROM = dayOf('2025-01-01');

/** 首贷贴息: one application at most, for small and micro firms; two editions of the policy by day of the loan. */
export function makeFirstLoans(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const span = livingSpan(enterprise, city, 3);
  const isSmall = enterprise.segment.code === 'micro' || enterprise.segment.code === 'small';
  if (span === undefined || !isSmall || !chance(rng, 0.045)) return [];
  const on = whole(rng, span.first, span.last);
  const releasedOn = Math.max(enterprise.foundedOn, on - whole(rng, 20, 90));
  const amount =
    Math.max(1, Math.round(logNormal(rng, revenueOf(enterprise, yearOf(on)) * 0.08, 0.5) / 10_000)) * 10_000;
  const rate = Math.round(between(rng, 3, 5) * 100) / 100;
  const support = Math.round(((amount * rate) / 100) * 0.3);
  const paidOn = on + whole(rng, 40, 160);
  const isPaid = paidOn <= city.until && chance(rng, 0.85);
  const values: Values = {
    first_loan_application_no: `HCSD${yearOf(on)}${serialOf(enterprise, 1)}`,
    policy_edition: releasedOn >= EDITION_2025_FROM ? 'ed_2025' : 'ed_2022',
    lending_bank: pick(rng, banks(city)),
    loan_amount: fen(amount),
    loan_rate: rate,
    loan_released_on: releasedOn,
    loan_due_on: releasedOn + 365,
    support_mode: 'interest',
    support_ratio: 30,
    accrued_from: releasedOn,
    accrued_until: releasedOn + 365,
    support_amount: fen(support),
    applied_on: on,
    application_state: isPaid ? 'paid' : 'department_review',
    support_paid_on: isPaid ? paidOn : null,
  };
  return [{ on, values }];
}

/** 恶意逃废债认定名单: a few of those who defaulted, long after. */
export function makeDebtEvasions(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const { defaultOn } = enterprise;
  if (defaultOn === undefined || !chance(rng, 0.06)) return [];
  const on = defaultOn + whole(rng, 120, 330);
  if (on > city.until) return [];
  const values: Values = {
    evasion_decision_no: `京合成逃废〔${yearOf(on)}〕${serialOf(enterprise, 1)}号`,
    evasion_authority: '北京市合成区人民法院',
    evasion_authority_kind: 'court',
    evasion_conduct: 'asset_transfer',
    evasion_ground: '生效裁判文书（合成）',
    evaded_debt: fen(Math.ceil(enterprise.revenue * 0.1)),
    evasion_decided_on: on,
    related_case_no: `（${yearOf(on)}）京合成执${serialOf(enterprise, 1)}号`,
    hearing_held: true,
    evasion_withdrawn_on: null,
    withdrawal_reason: null,
  };
  return [{ on, values }];
}

/** 破产重整和清算: some firms after a default, larger ones more often; a part of them is reorganised. */
export function makeBankruptcies(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const { defaultOn, segment } = enterprise;
  const share = segment.code === 'micro' ? 0.07 : 0.3;
  if (defaultOn === undefined || enterprise.isSoleTrader || !chance(rng, share)) return [];
  const on = defaultOn + whole(rng, 90, 300);
  if (on > city.until) return [];
  const isReorganised = healthOn(enterprise, on) > -1 && chance(rng, 0.4);
  const values: Values = {
    bankruptcy_case_no: `（${yearOf(on)}）京合成破申${serialOf(enterprise, 1)}号`,
    bankruptcy_court: '北京合成专门法院',
    bankruptcy_stage: isReorganised ? 'reorganisation' : 'accepted',
    bankruptcy_applicant: pick(rng, ['creditor', 'debtor', 'creditor'] as const),
    bankruptcy_accepted_on: on,
    bankruptcy_stage_on: on,
    administrator: '合成律师事务所',
    claims_due_on: on + 60,
    plan_approved_on: null,
    plan_until: null,
    reorganisation_shield: isReorganised,
    shield_until: isReorganised ? on + 730 : null,
    bankruptcy_closed_on: null,
  };
  const approvedOn = on + whole(rng, 90, 240);
  const set: Values = {
    bankruptcy_stage: 'plan_execution',
    bankruptcy_stage_on: approvedOn,
    plan_approved_on: approvedOn,
    plan_until: approvedOn + 730,
  };
  return [{ on, values, later: isReorganised ? inOrder([{ on: approvedOn, set }], enterprise, city) : [] }];
}
