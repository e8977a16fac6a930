import { drawEvents, healthOn, livingSpan, sizeFactor } from '../city/activity.ts';
import type { City, Enterprise } from '../city/shape.ts';
import type { Values } from '../complete/fill.ts';
import { type Day, dayIn, yearOf } from '../model/days.ts';
import { chance, pick, type Rng, whole } from '../model/random.ts';
import { type Fact, inOrder, lastDay, serialOf, sharedStream } from './fact.ts';

/** 专利: inventive firms apply, some applications are granted after one to three years, some lapse. */
export function makePatents(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const perYear = 0.55 * enterprise.technical ** 2;
  const days = drawEvents(rng, city, enterprise, { perYear, pull: -0.15, size: 0.55, years: 8 });
  return days.map((on, at): Fact => {
    const kind = pick(rng, ['invention', 'utility_model', 'utility_model', 'design'] as const);
    const grantedOn = on + (kind === 'invention' ? whole(rng, 500, 1100) : whole(rng, 180, 400));
    const lapsedOn = grantedOn + whole(rng, 400, 1500);
    const values: Values = {
      application_no: `HC${yearOf(on)}${kind === 'invention' ? 1 : 2}${serialOf(enterprise, at + 1)}`,
      patent_kind: kind,
      applied_on: on,
      granted_on: null,
      patent_until: null,
      patent_status: 'published',
      patent_status_on: on,
      co_owners: null,
      annual_fee_paid_year: null,
      licensed_out: false,
      patent_pledged: false,
    };
    const granted: Values = {
      patent_status: 'granted',
      patent_status_on: grantedOn,
      granted_on: grantedOn,
      patent_until: on + Math.floor(365.25 * (kind === 'invention' ? 20 : kind === 'design' ? 15 : 10)),
      annual_fee_paid_year: 1,
    };
    const later = [
      {
        on: grantedOn,
        set: chance(rng, 0.7) ? granted : { patent_status: 'rejected', patent_status_on: grantedOn },
      },
    ];
    if (later[0]?.set === granted && chance(rng, 0.15)) {
      later.push({ on: lapsedOn, set: { patent_status: 'fee_lapsed', patent_status_on: lapsedOn } });
    }
    return { on, values, later: inOrder(later, enterprise, city) };
  });
}

/** 商标. */
export function makeTrademarks(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const days = drawEvents(rng, city, enterprise, { perYear: 0.14, pull: -0.1, size: 0.35, years: 8 });
  return days.map((on, at): Fact => {
    const registeredOn = on + whole(rng, 250, 420);
    const isRegistered = registeredOn <= lastDay(enterprise, city) && chance(rng, 0.85);
    const values: Values = {
      mark_no: `9${serialOf(enterprise, at + 1)}`,
      nice_class: whole(rng, 1, 45),
      mark_name: `${enterprise.atFounding.name.slice(2, 4)}合成`,
      mark_applied_on: on,
      preliminary_issue: null,
      preliminary_on: null,
      mark_registered_on: isRegistered ? registeredOn : null,
      exclusive_from: isRegistered ? registeredOn : null,
      exclusive_until: isRegistered ? registeredOn + 3652 : null,
      mark_status: isRegistered ? 'registered' : 'applied',
      mark_status_on: isRegistered ? registeredOn : on,
      is_shared_mark: false,
      is_well_known: false,
    };
    return { on: isRegistered ? registeredOn : on, values };
  });
}

/** A high-tech title; 高新技术企业名录 and 科技研发信息 show the same certificate. */
type HighTech = {
  readonly on: Day;
  readonly certificateNo: string;
  readonly kind: 'national' | 'zgc';
  readonly round: number;
};

function highTechOf(enterprise: Enterprise, city: City): HighTech[] {
  const rng = sharedStream(city, 'high-tech', enterprise);
  const span = livingSpan(enterprise, city, 7);
  if (span === undefined || enterprise.technical < 0.3) return [];
  const logit =
    -3.6 +
    2.6 * enterprise.technical +
    0.45 * Math.log(enterprise.staff) +
    0.35 * healthOn(enterprise, span.last);
  if (!chance(rng, 1 / (1 + Math.exp(-logit)))) return [];
  const kind = chance(rng, 0.8) ? 'national' : 'zgc';
  const titles: HighTech[] = [];
  let on = Math.max(span.first + 365, dayIn(yearOf(span.first) + 1, 10, 20)) + whole(rng, 0, 500);
  for (let round = 1; on <= span.last && round <= 3; round += 1) {
    const prefix = kind === 'national' ? 'GR' : 'ZGC';
    titles.push({ on, certificateNo: `${prefix}${yearOf(on)}11${serialOf(enterprise, round)}`, kind, round });
    on += 1090 + whole(rng, 0, 20);
  }
  return titles;
}

/** 高新技术企业. */
export function makeHighTech(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  return highTechOf(enterprise, city).map(({ on, certificateNo, kind, round }): Fact => {
    const values: Values = {
      hightech_certificate_no: certificateNo,
      hightech_kind: kind,
      technology_field: pick(rng, [
        'electronic_information',
        'electronic_information',
        'biology_medicine',
        'high_tech_services',
        'advanced_manufacturing',
      ] as const),
      hightech_issued_on: on,
      hightech_valid_until: on + 1094,
      hightech_park: enterprise.district.park,
      recognition_round: round,
      renamed_on: null,
      former_name: null,
      qualification_cancelled_on: null,
      cancel_reason: null,
    };
    return { on, values };
  });
}

/** The part of 科技研发信息 that repeats national high-tech certificates; the rest is made from the contract. */
export function makeHighTechRecords(enterprise: Enterprise, city: City): Fact[] {
  return highTechOf(enterprise, city)
    .filter(({ kind }) => kind === 'national')
    .map(({ on, certificateNo }): Fact => {
      const values: Values = {
        tech_qualification: 'high_tech',
        tech_certificate_no: certificateNo,
        tech_granted_on: on,
        tech_valid_until: on + 1094,
        tech_body: '合成高新技术企业认定管理机构',
        tech_contract_kind: 'none',
        tech_contract_amount: null,
        tech_trade_amount: null,
        tech_cancelled_on: null,
      };
      return { on, values };
    });
}

/** 专精特新: from innovative firm up to little giant. */
export function makeSrdi(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const span = livingSpan(enterprise, city, 4);
  if (span === undefined || enterprise.isSoleTrader || enterprise.segment.code === 'large') return [];
  const logit =
    -5 +
    2.2 * enterprise.technical +
    0.55 * Math.log(enterprise.staff) +
    0.45 * healthOn(enterprise, span.last);
  if (!chance(rng, 1 / (1 + Math.exp(-logit)))) return [];
  const steps =
    sizeFactor(enterprise, 0.5) > 4 ? ['innovative', 'srdi', 'little_giant'] : ['innovative', 'srdi'];
  const facts: Fact[] = [];
  let on = span.first + whole(rng, 60, 500);
  for (const category of steps) {
    if (on > span.last || (facts.length > 0 && !chance(rng, 0.55))) break;
    const values: Values = {
      srdi_category: category,
      srdi_batch: `${yearOf(on)}年第${whole(rng, 1, 4)}批`,
      srdi_announced_on: on,
      srdi_valid_from: on,
      srdi_valid_until: on + 1094,
      srdi_district: enterprise.district.code,
      recheck_conclusion: 'not_yet',
      title_revoked_on: null,
      title_revoke_reason: null,
    };
    facts.push({ on, values });
    on += whole(rng, 250, 500);
  }
  return facts;
}

/** 荣誉表彰. */
export function makeHonours(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const days = drawEvents(rng, city, enterprise, { perYear: 0.016, pull: -0.6, size: 0.5, years: 6 });
  return days.map((on): Fact => {
    const values: Values = {
      honour_name: `${pick(rng, city.definitions.phrases.lists.honours ?? ['合成荣誉'])}（${yearOf(on)}）`,
      honour_kind: pick(rng, ['quality', 'science', 'integrity', 'labour', 'charity', 'green'] as const),
      honour_level: pick(rng, ['municipal', 'district', 'industry', 'provincial'] as const),
      award_year: yearOf(on),
      honoured_on: on,
      honour_revoked_on: null,
    };
    return { on, values };
  });
}
