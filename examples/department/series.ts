import type { Chance } from './chance.ts';
import { addDays, addMonths, type Month, type Profile, yuan } from './profile.ts';

/** Values that a department knows from the enterprise's life; what a series leaves out is filled from the contract. */
export type Values = Record<string, string | number | boolean | null>;
type Series = (profile: Profile, month: Month, chance: Chance) => Values[];

/** Rows of one month, by contract: what the same revenue, staff and discipline look like to each department. */
export const SERIES: Readonly<Record<string, Series>> = {
  n14_tax_declaration: (_, month, chance) => [taxDeclaration(month, chance)],
  n16_invoice: (_, month, chance) => [invoices(month, chance)],
  n17_social_insurance: (profile, month) =>
    ['pension', 'unemployment', 'work_injury'].map((kind) => insurance(profile, month, kind)),
  b06_tax_bj: (_, month, chance) => [
    {
      levy_month: month.first,
      tax_kind: 'vat',
      taxable_sales: month.revenue,
      zero_filing: false,
      filing_overdue_days: month.isLate ? chance.whole(1, 40) : 0,
      late_fee: month.isLate ? yuan(month.revenue * 0.0005) : 0,
      city_construction_tax: yuan(month.revenue * 0.0021),
      education_surcharge: yuan(month.revenue * 0.0009),
    },
  ],
  b07_social_bj: (profile, month) => [
    {
      social_unit_no: unitNo(profile, 'S'),
      social_month: month.first,
      insured_headcount: month.staff,
      medical_headcount: month.staff,
      joined_headcount: Math.floor(month.staff / 20),
      missed_months_12: month.isLate ? 1 : 0,
      average_base: 7_162,
      medical_payable: yuan(month.staff * 7_162 * 0.118),
      medical_paid: month.isLate ? 0 : yuan(month.staff * 7_162 * 0.118),
      deferral_approved: false,
    },
  ],
  b08_housing_fund: (profile, month) => [housingFund(profile, month)],
  b10_electricity: (profile, month, chance) => [electricity(profile, month, chance)],
  b11_water: (profile, month, chance) => [water(profile, month, chance)],
  b12_gas: (profile, month, chance) => [gas(profile, month, chance)],
  v05_bank_flow: (profile, month, chance) => [bankFlow(profile, month, chance)],
};

function taxDeclaration(month: Month, chance: Chance): Values {
  const end = addDays(addMonths(month.first, 1), -1);
  const dueOn = addDays(end, 15);
  const overdue = month.isLate ? chance.whole(1, 40) : 0;
  const declaredOn = addDays(dueOn, overdue > 0 ? overdue : -chance.whole(1, 12));
  const due = yuan(month.revenue * 0.028);
  return {
    tax_kind: 'vat',
    period_from: month.first,
    period_to: end,
    declaration_state: overdue > 0 ? 'overdue' : 'on_time',
    declared_on: declaredOn,
    due_on: dueOn,
    paid_on: declaredOn,
    zero_declaration: false,
    overdue_days: overdue,
    declared_sales: month.revenue,
    tax_base: month.revenue,
    tax_rate: 13,
    tax_payable: due,
    tax_relief: 0,
    tax_prepaid: 0,
    tax_due: due,
    tax_paid: due,
    late_fee: yuan(due * 0.0005 * overdue),
  };
}

function invoices(month: Month, chance: Chance): Values {
  const bought = month.revenue * chance.between(0.55, 0.85);
  return {
    invoice_month: month.first,
    output_amount: month.revenue,
    output_tax: yuan(month.revenue * 0.1),
    output_count: Math.max(1, Math.round(month.revenue / 8_000)),
    input_amount: yuan(bought),
    input_tax: yuan(bought * 0.1),
    input_count: Math.max(1, Math.round(bought / 9_000)),
    top5_customer_share: yuan(chance.between(15, 95)),
    top5_supplier_share: yuan(chance.between(15, 95)),
    days_without_invoice: chance.whole(0, 9),
  };
}

const RATES: Readonly<Record<string, readonly [number, number]>> = {
  pension: [0.16, 0.08],
  unemployment: [0.005, 0.005],
  work_injury: [0.004, 0],
};

function insurance(profile: Profile, month: Month, kind: string): Values {
  const base = month.staff * 7_162;
  const [employer, employee] = RATES[kind] ?? [0, 0];
  const [employerDue, employeeDue] = [yuan(base * employer), yuan(base * employee)];
  const due = yuan(employerDue + employeeDue);
  return {
    insurance_kind: kind,
    contribution_month: month.first,
    insurance_registration_no: unitNo(profile, 'S'),
    insured_since: profile.foundedOn,
    insured_count: month.staff,
    contribution_base: base,
    employer_due: employerDue,
    employee_due: employeeDue,
    contribution_due: due,
    contribution_paid: month.isLate ? 0 : due,
    contribution_paid_on: month.isLate ? null : addDays(month.first, 14),
    in_arrears: month.isLate,
    insurance_arrears: month.isLate ? due : 0,
    arrears_months: month.isLate ? 1 : 0,
    contribution_state: month.isLate ? 'unpaid' : 'paid',
  };
}

function housingFund(profile: Profile, month: Month): Values {
  const deposit = yuan(month.staff * 6_821 * 0.08);
  return {
    fund_unit_no: unitNo(profile, 'F'),
    fund_month: month.first,
    fund_opened_on: profile.foundedOn,
    first_deposit_month: addMonths(`${profile.foundedOn.slice(0, 7)}-01`, 1),
    depositing_headcount: month.staff,
    unit_ratio: 8,
    personal_ratio: 8,
    base_total: month.staff * 6_821,
    monthly_deposit: yuan(deposit * 2),
    unit_deposit: deposit,
    personal_deposit: deposit,
    deposited_on: addDays(month.first, month.isLate ? 45 : 12),
    arrears_months: month.isLate ? 1 : 0,
    arrears_headcount: month.isLate ? month.staff : 0,
    arrears_amount: month.isLate ? yuan(deposit * 2) : 0,
    fund_deferred: false,
    ordered_to_pay: false,
  };
}

function electricity(profile: Profile, month: Month, chance: Chance): Values {
  const total = Math.round(month.revenue * 0.012 * chance.between(0.9, 1.1));
  const [sharp, peak, flat] = [0.05, 0.3, 0.4].map((share) => Math.round(total * share));
  const fee = yuan(total * 0.92);
  return {
    power_account_no: unitNo(profile, 'E'),
    power_month: month.first,
    power_account_state: 'active',
    power_opened_on: profile.foundedOn,
    kwh_total: total,
    kwh_sharp: sharp ?? 0,
    kwh_peak: peak ?? 0,
    kwh_flat: flat ?? 0,
    kwh_valley: total - (sharp ?? 0) - (peak ?? 0) - (flat ?? 0),
    electricity_fee: fee,
    electricity_paid: month.isLate ? 0 : fee,
    power_fee_due_on: addDays(month.first, 50),
    power_fee_paid_on: month.isLate ? null : addDays(month.first, 40),
    ...arrears('power_arrears_status', month),
    power_arrears_since: month.isLate ? addDays(month.first, 51) : null,
    power_arrears_amount: month.isLate ? fee : 0,
    power_cut_on: null,
    late_payments_12: profile.months.slice(-12).filter(({ isLate }) => isLate).length,
  };
}

function water(profile: Profile, month: Month, chance: Chance): Values {
  const volume = yuan(month.staff * chance.between(1.5, 4));
  const fee = yuan(volume * 9.5);
  return {
    water_account_no: unitNo(profile, 'W'),
    reading_month: month.first,
    reading_days: 30,
    water_volume: volume,
    over_quota_volume: 0,
    water_fee: fee,
    water_paid: month.isLate ? 0 : fee,
    ...arrears('water_arrears_status', month),
    water_overdue_days: month.isLate ? chance.whole(1, 30) : 0,
    water_arrears_amount: month.isLate ? fee : 0,
  };
}

function gas(profile: Profile, month: Month, chance: Chance): Values {
  const isWinter = ['11', '12', '01', '02', '03'].includes(month.first.slice(5, 7));
  const volume = yuan(month.staff * chance.between(2, 6) * (isWinter ? 3 : 1));
  return {
    gas_account_no: unitNo(profile, 'G'),
    gas_bill_month: month.first,
    gas_volume: volume,
    gas_fee: yuan(volume * 3.6),
    ...arrears('gas_arrears_status', month),
    gas_arrears_periods: month.isLate ? 1 : 0,
    gas_arrears_amount: month.isLate ? yuan(volume * 3.6) : 0,
    gas_stopped_on: null,
    safety_stop: false,
  };
}

function bankFlow(profile: Profile, month: Month, chance: Chance): Values {
  const inflow = yuan(month.revenue * chance.between(0.8, 1.15));
  const outflow = yuan(inflow * chance.between(0.85, 1.05));
  return {
    account_token: unitNo(profile, 'A'),
    flow_month: month.first,
    inflow_amount: inflow,
    outflow_amount: outflow,
    wages_paid: yuan(Math.min(outflow * 0.5, month.staff * 8_000)),
    loan_repayment: yuan(outflow * 0.05),
    top_payer_share: yuan(chance.between(8, 70)),
  };
}

function arrears(field: string, { isLate }: Month): Values {
  return { [field]: isLate ? 'overdue' : 'none' };
}

/** An account number of this department that nobody else has. */
function unitNo({ code }: Profile, kind: string): string {
  return `${kind}${code.slice(8, 17)}`;
}
