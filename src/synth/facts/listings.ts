import { drawEvents, healthOn, livingSpan, sizeFactor } from '../city/activity.ts';
import type { City, Enterprise } from '../city/shape.ts';
import { stateOn } from '../city/state.ts';
import type { Values } from '../complete/fill.ts';
import { civilOf, dayIn, yearOf } from '../model/days.ts';
import { chance, logNormal, pick, type Rng, whole } from '../model/random.ts';
import { type Fact, fen, identityOf, inOrder, serialOf } from './fact.ts';
import { reportsOf } from './reports.ts';

/** 经营异常名录: missed annual reports are listed in July; some cannot be reached at their address. */
export function makeAbnormalListings(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const authority = `${enterprise.district.name}市场监督管理局（合成）`;
  const missed = reportsOf(enterprise, city)
    .filter(({ isLate }) => isLate)
    .map(({ year, publishedOn }) => ({
      on: dayIn(year + 1, 7, 2) + whole(rng, 0, 12),
      removedOn: publishedOn + whole(rng, 2, 12),
      year,
    }));
  const unreachable = drawEvents(rng, city, enterprise, {
    perYear: 0.012,
    pull: 0.7,
    size: -0.2,
    afterDefault: 3,
  }).map((on) => ({ on, removedOn: on + Math.ceil(logNormal(rng, 260, 0.8)), year: undefined }));
  const last = livingSpan(enterprise, city, 6)?.last ?? 0;
  return [...missed, ...unreachable]
    .filter(({ on }) => on <= last)
    .map(({ on, removedOn, year }, at): Fact => {
      const values: Values = {
        abnormal_reason: year === undefined ? 'unreachable' : 'no_annual_report',
        reason_text: null,
        abnormal_listed_on: on,
        listing_decision_no: `京合成异列〔${yearOf(on)}〕${serialOf(enterprise, at + 1)}号`,
        listing_authority: authority,
        missing_report_year: year ?? null,
        visited_address: year === undefined ? stateOn(enterprise, on).domicile : null,
        contact_attempt_on: year === undefined ? on - whole(rng, 3, 20) : null,
        is_individual_mark: enterprise.isSoleTrader,
        abnormal_removed_on: null,
        removal_reason: null,
        removal_decision_no: null,
        removal_authority: null,
        abnormal_state: 'listed',
      };
      const removed: Values = {
        abnormal_state: 'removed',
        abnormal_removed_on: removedOn,
        removal_reason: year === undefined ? 'reachable' : 'report_completed',
        removal_decision_no: `京合成异移〔${yearOf(removedOn)}〕${serialOf(enterprise, at + 1)}号`,
        removal_authority: authority,
      };
      return { on, values, later: removedOn <= last ? [{ on: removedOn, set: removed }] : [] };
    });
}

/** 失信被执行人: some follow a default within a year; some come from quarrels that have nothing to do with one. */
export function makeDishonestDebtors(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const days = drawEvents(rng, city, enterprise, { perYear: 0.005, pull: 0.9, size: 0.3 });
  const { defaultOn } = enterprise;
  if (defaultOn !== undefined && chance(rng, 0.35)) days.push(defaultOn + whole(rng, 90, 330));
  return days
    .filter((on) => on <= city.until)
    .map((on, at): Fact => {
      const deletedOn = on + Math.ceil(logNormal(rng, 300 * Math.exp(-0.6 * healthOn(enterprise, on)), 0.7));
      const representative = stateOn(enterprise, on).representative;
      const amount = Math.ceil(logNormal(rng, 60_000 * sizeFactor(enterprise, 0.7), 1) / 100) * 100;
      const filedOn = on - whole(rng, 30, 120);
      const values: Values = {
        debtor_case_no: `（${civilOf(filedOn).year}）京合成执${serialOf(enterprise, at + 1)}号`,
        execution_basis_no: `（${civilOf(filedOn).year}）京合成民初${serialOf(enterprise, at + 1)}号`,
        court_province: '北京',
        obligation: `支付合同价款${amount}元（合成）`,
        obligation_amount: fen(amount),
        performance: 'none',
        performed_part: null,
        unperformed_part: '全部未履行（合成）',
        debtor_filed_on: filedOn,
        list_published_on: on,
        list_until: on + 730,
        deleted_on: null,
        deletion_reason: null,
        debtor_representative: representative,
        representative_id_no: identityOf(city, enterprise, representative),
        list_state: 'listed',
      };
      const set: Values = {
        list_state: 'removed',
        deleted_on: deletedOn,
        deletion_reason: '履行完毕（合成）',
        performance: 'full',
      };
      return { on, values, later: deletedOn <= city.until ? [{ on: deletedOn, set }] : [] };
    });
}

/** 欠税和非正常户: announced after a quarter's end; healthy firms clear them within weeks. */
export function makeTaxArrears(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const days = drawEvents(rng, city, enterprise, { perYear: 0.03, pull: 0.85, size: 0.2, afterDefault: 3 });
  return days.map((on, at): Fact => {
    const isAbnormal = healthOn(enterprise, on) < -0.6 && chance(rng, 0.4);
    const balance = isAbnormal
      ? 0
      : fen(Math.ceil(logNormal(rng, 8000 * sizeFactor(enterprise, 0.8), 1) / 10) * 10);
    const old = Math.floor((balance * rng() * 0.5) / 100) * 100;
    const clearedOn = on + Math.ceil(logNormal(rng, 90 * Math.exp(-0.9 * healthOn(enterprise, on)), 0.8));
    const representative = stateOn(enterprise, on).representative;
    const values: Values = {
      default_record: isAbnormal ? 'abnormal' : 'arrears',
      arrears_tax_kind: isAbnormal
        ? 'all'
        : pick(rng, ['vat', 'vat', 'corporate_income', 'city_maintenance', 'stamp'] as const),
      default_identified_on: on,
      arrears_balance: isAbnormal ? null : balance,
      new_arrears: isAbnormal ? null : balance - old,
      old_arrears: isAbnormal ? null : old,
      arrears_since: on - whole(rng, 30, 200),
      announcement_no: `京税合成告〔${yearOf(on)}〕${serialOf(enterprise, at + 1)}号`,
      announcing_authority: `${enterprise.district.name}税务局（合成）`,
      arrears_representative: representative,
      arrears_representative_cert_no: identityOf(city, enterprise, representative),
      undeclared_months: isAbnormal ? whole(rng, 3, 12) : 0,
      cleared_on: null,
      clearing_method: null,
    };
    const set: Values = { cleared_on: clearedOn, clearing_method: '补缴入库（合成）' };
    return { on, values, later: inOrder([{ on: clearedOn, set }], enterprise, city) };
  });
}

/** 重大税收违法失信主体. */
export function makeTaxViolations(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  if (enterprise.isSoleTrader) return [];
  const days = drawEvents(rng, city, enterprise, { perYear: 0.0012, pull: 0.6, size: 0.2 });
  return days.map((on): Fact => {
    const isFraud = chance(rng, 0.6);
    return {
      on,
      values: {
        tax_violation_nature: isFraud ? 'special_invoice_fraud' : 'evasion',
        illegal_facts: '经检查存在重大税收违法行为（合成）',
        tax_case_published_on: on,
        stop_publishing_on: null,
        false_invoice_count: isFraud ? whole(rng, 5, 400) : null,
        false_invoice_amount: isFraud ? fen(whole(rng, 1000, 90_000) * 100) : null,
        violating_representative: stateOn(enterprise, on).representative,
      },
    };
  });
}

/** 拖欠农民工工资名单: building firms. */
export function makeWageArrears(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  if (enterprise.sector.section !== 'E' || enterprise.isSoleTrader) return [];
  const days = drawEvents(rng, city, enterprise, { perYear: 0.012, pull: 0.9, size: 0.3, afterDefault: 4 });
  return days.map((on, at): Fact => {
    const workers = whole(rng, 5, 60);
    return {
      on,
      values: {
        wage_list_decision_no: `京合成欠薪〔${yearOf(on)}〕${serialOf(enterprise, at + 1)}号`,
        wage_conduct: '拖欠农民工工资，经责令改正逾期未支付（合成）',
        unpaid_wages: fen(workers * whole(rng, 60, 300) * 100),
        unpaid_workers: workers,
        wage_listed_on: on,
        rectify_before: on - whole(rng, 10, 40),
        wage_list_until: on + 365,
        wages_paid_on: null,
        wage_removed_on: null,
      },
    };
  });
}

/** 社会保险严重失信和严重拖欠. */
export function makeInsuranceArrears(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  if (enterprise.isSoleTrader) return [];
  const days = drawEvents(rng, city, enterprise, { perYear: 0.002, pull: 0.9, size: 0.3, afterDefault: 4 });
  return days.map((on): Fact => {
    const since = Math.max(enterprise.foundedOn, on - whole(rng, 150, 400));
    return {
      on,
      values: {
        owed_insurance: pick(rng, ['pension', 'all', 'medical'] as const),
        owed_since: since,
        conduct: 'arrears',
        owed_months: Math.max(1, Math.floor((on - since) / 30)),
        affected_workers: enterprise.staff,
        insurance_listed_on: on,
        settled_on: null,
        insurance_removed_on: null,
      },
    };
  });
}
