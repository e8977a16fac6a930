import { healthIn, revenueIn } from '../city/activity.ts';
import type { City, Enterprise } from '../city/shape.ts';
import type { Values } from '../complete/fill.ts';
import { type Day, firstDayOf, isoOf, lastDayOf, type Month, monthOf } from '../model/days.ts';
import { between, chance, logNormal, pick, poisson, type Rng, whole } from '../model/random.ts';
import { type Fact, fen, serialOf, sharedStream } from './fact.ts';

/*
 * What sources of followed data would answer, month by month: tax, invoices, insurance, housing fund, electricity.
 * One series of monthly revenue and staff stands behind all of them, so that they agree with each other.
 */

type MonthFigures = {
  readonly month: Month;
  readonly revenue: number;
  readonly staff: number;
  readonly health: number;
};

function monthsOf(enterprise: Enterprise, city: City): MonthFigures[] {
  const rng = sharedStream(city, 'months', enterprise);
  const last = Math.min(
    monthOf(city.until),
    enterprise.ended === undefined ? Infinity : monthOf(enterprise.ended.on) - 1,
  );
  const first = Math.max(city.from, monthOf(enterprise.foundedOn) + 1);
  const months: MonthFigures[] = [];
  for (let month = first; month <= last; month += 1) {
    const revenue = revenueIn(rng, enterprise, month);
    const health = healthIn(enterprise, month);
    const staff = Math.max(
      1,
      Math.round(enterprise.staff * Math.exp(0.1 * health) * between(rng, 0.95, 1.05)),
    );
    months.push({ month, revenue, staff, health });
  }
  return months;
}

/** Days after the deadline: mostly none; late ones come with bad health. */
function lateDays(rng: Rng, health: number): number {
  return chance(rng, 1 / (1 + Math.exp(2.6 + 1.1 * health))) ? Math.ceil(logNormal(rng, 15, 1)) : 0;
}

/** 纳税申报与入库: quarterly value-added tax for small payers, monthly for general ones. */
export function makeTaxDeclarations(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const isGeneral = enterprise.revenue > 5_000_000;
  const step = isGeneral ? 1 : 3;
  const months = monthsOf(enterprise, city);
  const facts: Fact[] = [];
  for (let at = step - 1; at < months.length; at += 1) {
    const end = months[at];
    if (end === undefined || (end.month + 1) % step !== 0) continue;
    const sales = fen(months.slice(at - step + 1, at + 1).reduce((sum, { revenue }) => sum + revenue, 0));
    facts.push(declaration(enterprise, city, { rng, end, step, sales, isGeneral }));
  }
  return facts.filter(({ on }) => on <= city.until);
}

function declaration(
  enterprise: Enterprise,
  city: City,
  {
    rng,
    end,
    step,
    sales,
    isGeneral,
  }: { rng: Rng; end: MonthFigures; step: number; sales: number; isGeneral: boolean },
): Fact {
  const dueOn = firstDayOf(end.month + 1) + 14;
  const late = lateDays(rng, end.health);
  const declaredOn = late > 0 ? dueOn + late : dueOn - whole(rng, 0, 12);
  const paidOn = declaredOn + (late > 0 ? whole(rng, 0, 40) : whole(rng, 0, 3));
  const isPaid = paidOn <= city.until;
  const payable = Math.round(sales * (isGeneral ? 0.025 : 0.01));
  const relief = !isGeneral && sales < 30_000_000 * step ? payable : 0;
  const values: Values = {
    tax_kind: 'vat',
    period_from: firstDayOf(end.month - step + 1),
    period_to: lastDayOf(end.month),
    declaration_kind: 'self',
    declaration_state: late > 0 ? 'overdue' : 'on_time',
    declared_on: declaredOn,
    due_on: dueOn,
    paid_on: isPaid ? paidOn : null,
    zero_declaration: sales === 0,
    overdue_days: late,
    is_general_vat_payer: isGeneral,
    declared_sales: sales,
    tax_base: sales,
    tax_rate: isGeneral ? 6 : 1,
    tax_payable: payable,
    tax_relief: relief,
    tax_prepaid: 0,
    tax_due: payable - relief,
    tax_paid: isPaid ? payable - relief : 0,
    late_fee: late > 0 ? Math.round((payable - relief) * 0.0005 * late) : 0,
    levying_authority: `${enterprise.district.name}税务局（合成）`,
  };
  return { on: declaredOn, values };
}

/** 增值税发票汇总. */
export function makeInvoiceSummaries(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  return monthsOf(enterprise, city).map(({ month, revenue, health }): Fact => {
    const output = fen(revenue);
    const input = Math.round(output * between(rng, 0.55, 0.9));
    const customers = 1 + poisson(rng, Math.min(60, 2 + revenue / 100_000));
    const values: Values = {
      invoice_month: firstDayOf(month),
      output_amount: output,
      output_tax: Math.round(output * 0.06),
      output_count: customers + poisson(rng, Math.min(200, revenue / 20_000)),
      input_amount: input,
      input_tax: Math.round(input * 0.06),
      input_count: poisson(rng, Math.min(150, 2 + revenue / 30_000)),
      red_amount: Math.round(output * between(rng, 0, health < -0.5 ? 0.06 : 0.02)),
      voided_count: poisson(rng, 0.6),
      customer_count: customers,
      supplier_count: 1 + poisson(rng, Math.min(40, 1 + revenue / 200_000)),
      top5_customer_share: Math.round(Math.min(100, between(rng, 20, 60) + 200 / customers) * 100) / 100,
      top5_supplier_share: Math.round(between(rng, 25, 95) * 100) / 100,
      days_without_invoice: Math.min(28, poisson(rng, 3 * Math.exp(-0.4 * health))),
    };
    return { on: lastDayOf(month), values };
  });
}

/** 社会保险费缴纳: all five kinds as one line a month. */
export function makeInsurance(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  if (chance(rng, enterprise.isSoleTrader ? 0.75 : 0.15)) return [];
  let owed = 0;
  let owedMonths = 0;
  return monthsOf(enterprise, city).map(({ month, staff, health }): Fact => {
    const base = fen(staff * 7200 * between(rng, 0.95, 1.1));
    const employer = Math.round(base * 0.27);
    const employee = Math.round(base * 0.105);
    const isPaid = lateDays(rng, health) === 0;
    owed = isPaid ? 0 : owed + employer + employee;
    owedMonths = isPaid ? 0 : owedMonths + 1;
    const values: Values = {
      insurance_kind: 'all',
      contribution_month: firstDayOf(month),
      contribution_state: isPaid ? 'paid' : 'unpaid',
      insurance_registration_no: `HCSB${serialOf(enterprise, 1)}`,
      insured_since: enterprise.foundedOn,
      insurance_agency: `${enterprise.district.name}社会保险经办机构（合成）`,
      insured_count: staff,
      new_insured_count: poisson(rng, 0.03 * staff),
      stopped_insured_count: poisson(rng, 0.03 * staff),
      contribution_base: base,
      employer_due: employer,
      employee_due: employee,
      contribution_due: employer + employee,
      contribution_paid: isPaid ? employer + employee : 0,
      contribution_paid_on: isPaid ? lastDayOf(month) - whole(rng, 0, 10) : null,
      in_arrears: owedMonths > 0,
      insurance_arrears: owed,
      arrears_months: owedMonths,
      deferred_until: null,
      insurance_late_fee: Math.round(owed * 0.0005 * 15),
    };
    return { on: lastDayOf(month), values };
  });
}

/** 住房公积金. */
export function makeHousingFund(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  if (chance(rng, enterprise.isSoleTrader ? 0.97 : enterprise.segment.code === 'micro' ? 0.5 : 0.1))
    return [];
  const ratio = pick(rng, [5, 8, 10, 12, 12]);
  let owedMonths = 0;
  return monthsOf(enterprise, city).map(({ month, staff, health }, at): Fact => {
    const base = fen(staff * 9000 * between(rng, 0.97, 1.05));
    const half = Math.round((base * ratio) / 100);
    owedMonths = lateDays(rng, health) === 0 ? 0 : owedMonths + 1;
    const isPaid = owedMonths === 0;
    const values: Values = {
      fund_unit_no: `HCGJJ${serialOf(enterprise, 1)}`,
      fund_month: firstDayOf(month),
      management_office: `${enterprise.district.name}管理部（合成）`,
      fund_opened_on: enterprise.foundedOn,
      fund_account_state: isPaid ? 'normal' : 'arrears',
      depositing_headcount: staff,
      unit_ratio: ratio,
      personal_ratio: ratio,
      base_total: base,
      monthly_deposit: half * 2,
      unit_deposit: half,
      personal_deposit: half,
      deposited_on: isPaid ? lastDayOf(month) - whole(rng, 0, 12) : null,
      running_months: isPaid ? at + 1 : 0,
      arrears_months: owedMonths,
      arrears_headcount: isPaid ? 0 : staff,
      arrears_amount: half * 2 * owedMonths,
      fund_deferred: false,
      fund_deferred_until: null,
      ordered_to_pay: owedMonths > 4,
    };
    return { on: lastDayOf(month), values };
  });
}

const KWH_PER_HEAD: Readonly<Record<string, number>> = { C: 900, H: 700, Q: 400, E: 250, G: 220, O: 350 };

/** 用电: follows trade; summer and winter weigh more. */
export function makeElectricity(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  if (chance(rng, enterprise.segment.code === 'micro' ? 0.6 : 0.2)) return [];
  const perHead = KWH_PER_HEAD[enterprise.sector.section] ?? 130;
  const account = `HCYD${serialOf(enterprise, 1)}`;
  let late = 0;
  return monthsOf(enterprise, city).map(({ month, staff, revenue, health }): Fact => {
    const climate = [1.25, 1.1, 0.95, 0.85, 0.85, 1.1, 1.3, 1.3, 1, 0.85, 0.95, 1.2][month % 12] ?? 1;
    const trade = Math.min(2, (revenue * 12) / enterprise.revenue);
    const parts = [0.05, 0.35, 0.35, 0.25].map(
      (part) => Math.round(staff * perHead * climate * trade * part * 100) / 100,
    );
    const total = Math.round(parts.reduce((sum, part) => sum + part, 0) * 100) / 100;
    const fee = fen(total * 0.82);
    const days = lateDays(rng, health);
    late = days > 0 ? late + 1 : Math.max(0, late - (chance(rng, 1 / 12) ? 1 : 0));
    const dueOn = firstDayOf(month + 1) + 24;
    const paidOn = days > 0 ? dueOn + days : dueOn - whole(rng, 1, 15);
    const isOwing = days > 45;
    const isOpen = isOwing || paidOn > city.until;
    const values: Values = {
      power_account_no: account,
      power_month: firstDayOf(month),
      power_account_state: 'active',
      supply_company: '合成供电公司',
      supply_district: enterprise.district.code,
      supply_address: enterprise.atFounding.domicile,
      electricity_category: 'industrial_single',
      voltage_level: enterprise.segment.code === 'micro' ? 'under_1kv' : 'kv_10',
      power_opened_on: enterprise.foundedOn,
      kwh_total: total,
      kwh_sharp: parts[0] ?? 0,
      kwh_peak: parts[1] ?? 0,
      kwh_flat: parts[2] ?? 0,
      kwh_valley: parts[3] ?? 0,
      electricity_fee: fee,
      electricity_paid: isOpen ? 0 : fee,
      power_fee_due_on: dueOn,
      power_fee_paid_on: isOpen ? null : paidOn,
      power_arrears_status: isOwing ? 'overdue' : isOpen ? 'not_due' : 'none',
      power_arrears_since: isOwing ? dueOn + 1 : null,
      power_arrears_amount: isOwing ? fee : 0,
      breach_fee: isOwing ? Math.round(fee * 0.001 * days) : 0,
      late_payments_12: Math.min(12, late),
      power_cut_on: null,
    };
    return { on: lastDayOf(month), values };
  });
}

const INVOICED_SHARE = 0.04;
const INVOICES_MAX = 14;

/** 增值税发票明细: only of a few who registered; a handful a month. */
export function makeInvoices(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  if (!enterprise.isVolunteer && !chance(rng, INVOICED_SHARE)) return [];
  if (enterprise.isVolunteer && !chance(rng, 0.3)) return [];
  let number = 0;
  return monthsOf(enterprise, city).flatMap(({ month, revenue }) =>
    Array.from({ length: Math.min(INVOICES_MAX, 1 + poisson(rng, 4)) }, () => {
      number += 1;
      return invoice(enterprise, {
        rng,
        number,
        day: whole(rng, firstDayOf(month), lastDayOf(month)),
        revenue,
      });
    }),
  );
}

function invoice(
  enterprise: Enterprise,
  { rng, number, day, revenue }: { rng: Rng; number: number; day: Day; revenue: number },
): Fact {
  const direction = chance(rng, 0.55) ? 'output' : 'input';
  const amount = fen(Math.max(50, logNormal(rng, revenue / 8, 0.9)));
  const tax = Math.round(amount * 0.06);
  const values: Values = {
    direction,
    invoice_no: `${isoOf(day).slice(2, 4)}11${String(enterprise.index).padStart(9, '0')}${String(number).padStart(7, '0')}`,
    issued_on: day,
    amount,
    tax,
    total: amount + tax,
    invoice_state: 'valid',
    invoice_kind: null,
    invoice_code: null,
    tax_rate: 6,
    main_item: '*合成服务*技术服务费',
    tax_classification: null,
    line_count: 1,
    is_red: false,
    blue_invoice_no: null,
    voided_on: null,
    deducted_period: null,
  };
  return { on: day, values };
}
