import { healthOn, livingSpan, revenueOf, staffOf } from '../city/activity.ts';
import type { City, Enterprise } from '../city/shape.ts';
import { stateOn } from '../city/state.ts';
import type { Values } from '../complete/fill.ts';
import { type Day, dayIn, firstDayOf, isoOf, lastDayOf, monthOf, yearOf } from '../model/days.ts';
import { between, chance, logNormal, normal, type Rng, whole } from '../model/random.ts';
import { type Fact, fen, inOrder, sharedStream } from './fact.ts';

/** One annual report: published by the end of June, or late and listed for it. */
type AnnualReport = { readonly year: number; readonly publishedOn: Day; readonly isLate: boolean };

const YEARS = 4;

/** Annual reports due so far; the abnormal list is made from the late ones. */
export function reportsOf(enterprise: Enterprise, city: City): AnnualReport[] {
  const rng = sharedStream(city, 'reports', enterprise);
  const span = livingSpan(enterprise, city, YEARS + 1);
  if (span === undefined) return [];
  const reports: AnnualReport[] = [];
  for (let year = yearOf(city.until) - YEARS; year < yearOf(city.until); year += 1) {
    const isLate = chance(rng, 1 / (1 + Math.exp(2.9 + 0.9 * healthOn(enterprise, dayIn(year + 1, 5, 1)))));
    const inTime = dayIn(year + 1, 6, 30) - Math.floor(175 * rng() ** 1.6);
    const late = dayIn(year + 1, 7, 20) + Math.ceil(logNormal(rng, 150, 0.8));
    const isDue = enterprise.foundedOn <= dayIn(year, 12, 31) && span.last >= dayIn(year + 1, 6, 30);
    if (isDue) reports.push({ year, publishedOn: isLate ? late : inTime, isLate });
  }
  return reports;
}

/** 企业年报. */
export function makeAnnualReports(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const last = livingSpan(enterprise, city, YEARS + 1)?.last ?? 0;
  return reportsOf(enterprise, city)
    .map(({ year, publishedOn }): Fact => {
      const isPublic = chance(rng, 0.35);
      const staff = staffOf(enterprise, year);
      const values: Values = {
        report_year: year,
        report_published_on: publishedOn,
        operating_state: 'operating',
        contact_address: stateOn(enterprise, publishedOn).domicile,
        figures_published: isPublic,
        ...(isPublic ? publishedFigures(enterprise, city, year) : HIDDEN),
        employees: staff,
        insured_employees: Math.max(0, Math.round(staff * between(rng, 0.5, 1))),
        website: chance(rng, 0.2) ? `https://www.e${enterprise.index}.example.com` : null,
      };
      return { on: publishedOn, values };
    })
    .filter(({ on }) => on <= last);
}

const HIDDEN: Values = {
  total_assets: null,
  total_liabilities: null,
  owner_equity: null,
  total_revenue: null,
  main_revenue: null,
  total_profit: null,
  net_profit: null,
  tax_total: null,
};

/** The statement of one year in fen. Debt and profit follow health loosely; the same year gives the same figures everywhere. */
function figuresOf(enterprise: Enterprise, city: City, year: number) {
  const rng = sharedStream(city, `figures ${year}`, enterprise);
  const health = healthOn(enterprise, dayIn(year, 12, 15));
  const revenue = fen(revenueOf(enterprise, year));
  const assets =
    Math.round(revenue * logNormal(rng, 0.9, 0.5)) +
    fen(stateOn(enterprise, dayIn(year, 12, 31)).capital * 0.1);
  const debtShare = 1 / (1 + Math.exp(0.1 + 0.45 * health + 0.9 * normal(rng)));
  const liabilities = Math.round(assets * debtShare);
  const profit = Math.round(revenue * (0.035 + 0.03 * health + 0.06 * normal(rng)));
  const net = profit > 0 ? Math.round(profit * 0.87) : profit;
  const tax = Math.round(revenue * between(rng, 0.015, 0.05));
  return { revenue, assets, liabilities, profit, net, tax };
}

function publishedFigures(enterprise: Enterprise, city: City, year: number): Values {
  const { revenue, assets, liabilities, profit, net, tax } = figuresOf(enterprise, city, year);
  return {
    total_assets: assets,
    total_liabilities: liabilities,
    owner_equity: assets - liabilities,
    total_revenue: revenue,
    main_revenue: Math.round(revenue * 0.97),
    total_profit: profit,
    net_profit: net,
    tax_total: tax,
  };
}

/** 财务报表: yearly statements of those who registered, the same figures as their annual reports. */
export function makeStatements(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  if (!enterprise.isVolunteer || !chance(rng, 0.75)) return [];
  const isAudited = enterprise.segment.code !== 'micro' || chance(rng, 0.2);
  const lastYear = yearOf(city.until) - 1;
  return [lastYear - 2, lastYear - 1, lastYear]
    .filter(
      (year) =>
        enterprise.foundedOn < dayIn(year, 6, 1) &&
        (enterprise.ended?.on ?? city.until) > dayIn(year, 12, 31),
    )
    .map((year): Fact => {
      const { revenue, assets, liabilities, profit, net } = figuresOf(enterprise, city, year);
      const current = Math.round(assets * between(rng, 0.5, 0.9));
      const values: Values = {
        period_kind: 'year',
        period_end: dayIn(year, 12, 31),
        statement_scope: 'separate',
        is_audited: isAudited,
        audit_opinion: isAudited ? 'unqualified' : null,
        audit_firm: isAudited ? '合成会计师事务所' : null,
        audit_report_no: isAudited ? `合成审字〔${year + 1}〕${enterprise.index}号` : null,
        current_assets: current,
        monetary_funds: Math.round(current * between(rng, 0.05, 0.4)),
        accounts_receivable_book: Math.round(current * between(rng, 0.1, 0.3)),
        inventory_book: Math.round(current * between(rng, 0.02, 0.2)),
        total_assets: assets,
        current_liabilities: Math.round(liabilities * between(rng, 0.6, 1)),
        total_liabilities: liabilities,
        owners_equity: assets - liabilities,
        operating_revenue: revenue,
        operating_cost: Math.round(revenue * between(rng, 0.6, 0.85)),
        total_profit: profit,
        net_profit: net,
        operating_cash_net: Math.round(profit * between(rng, 0.2, 1.3)),
      };
      return { on: dayIn(year + 1, 1, 20) + whole(rng, 0, 90), values };
    });
}

/** A级纳税人: announced each spring; health, size and age all help, none decides. */
export function makeTaxpayersA(enterprise: Enterprise, city: City): Fact[] {
  const rng = sharedStream(city, 'taxpayer A', enterprise);
  const facts: Fact[] = [];
  let inRow = 0;
  for (let year = yearOf(city.until) - 5; year < yearOf(city.until); year += 1) {
    const on = dayIn(year + 1, 4, 15) + whole(rng, 0, 20);
    const isOld = enterprise.foundedOn < dayIn(year - 2, 1, 1);
    const isAlive = enterprise.ended === undefined || enterprise.ended.on > on;
    const logit =
      -2.1 + 0.7 * healthOn(enterprise, on) + 0.35 * Math.log(enterprise.staff) + (inRow > 0 ? 2.2 : 0);
    const isA =
      chance(rng, 1 / (1 + Math.exp(-logit))) &&
      isOld &&
      isAlive &&
      !enterprise.isSoleTrader &&
      on <= city.until;
    inRow = isA ? inRow + 1 : 0;
    if (!isA) continue;
    const values: Values = {
      evaluation_year: year,
      credit_level: 'A',
      tax_authority: `${enterprise.district.name}税务局（合成）`,
      level_published_on: on,
      level_determined_on: on - whole(rng, 5, 20),
      adjusted_on: null,
      consecutive_years: inRow,
      taxpayer_representative: stateOn(enterprise, on).representative,
      old_taxpayer_no: null,
    };
    facts.push({ on, values });
  }
  return facts;
}

const GRADED_MONTHS = 6;
/** Grades that the centre takes back some weeks later. */
const RECALLED_SHARE = 0.006;

/** 公共信用综合评价: graded every month; the score knows health only through a good deal of noise. */
export function makePublicGrades(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const bias = normal(rng);
  const facts: Fact[] = [];
  const last = monthOf(city.until);
  for (let month = last - GRADED_MONTHS + 1; month <= last; month += 1) {
    const on = Math.min(firstDayOf(month) + 14, lastDayOf(month));
    const isAlive =
      enterprise.foundedOn + 60 < on && (enterprise.ended === undefined || enterprise.ended.on > on);
    const score = 640 + 45 * (0.6 * healthOn(enterprise, on) + bias + 0.3 * normal(rng));
    if (!isAlive || on > city.until) continue;
    const rounded = Math.round(Math.min(Math.max(score, 300), 950) * 100) / 100;
    const recalledOn = on + whole(rng, 18, 45);
    const isRecalled = chance(rng, RECALLED_SHARE);
    facts.push({
      on,
      later: isRecalled ? inOrder([{ on: recalledOn, set: 'withdrawn' }], enterprise, city) : [],
      values: {
        graded_on: on,
        public_credit_grade: gradeOf(rounded),
        public_credit_score: rounded,
        model_version: `合成评价模型 ${isoOf(on).slice(0, 4)}`,
        deduction_reasons: rounded < 600 ? '存在信用提示信息（合成）' : null,
        previous_grade: null,
      },
    });
  }
  return facts;
}

function gradeOf(score: number): string {
  if (score >= 690) return 'excellent';
  if (score >= 640) return 'good';
  return score >= 580 ? 'medium' : 'poor';
}
