import { drawEvents, healthOn } from '../city/activity.ts';
import type { City, Enterprise } from '../city/shape.ts';
import type { Values } from '../complete/fill.ts';
import { type Day, monthText, monthOf, yearOf } from '../model/days.ts';
import { chance, pick, type Rng, whole } from '../model/random.ts';
import { type Fact, inOrder, serialOf, sharedStream } from './fact.ts';

/** One administrative licence as decided. */
type Licence = {
  readonly on: Day;
  readonly decisionNo: string;
  readonly certificateNo: string;
  readonly item: string;
  readonly until: Day;
  readonly event: 'new' | 'changed' | 'renewed';
  readonly endedOn: Day | undefined;
};

function licencesOf(enterprise: Enterprise, city: City): Licence[] {
  const rng = sharedStream(city, 'licences', enterprise);
  const days = drawEvents(rng, city, enterprise, { perYear: 0.24, pull: -0.08, size: 0.2 });
  return days.map((on, at): Licence => {
    const serial = serialOf(enterprise, at + 1);
    return {
      on,
      decisionNo: `京${enterprise.district.short}合成许〔${yearOf(on)}〕${serial}号`,
      certificateNo: `HCXK${yearOf(on)}${serial}`,
      item: pick(rng, city.definitions.phrases.lists.licences ?? ['合成许可']),
      until: on + 365 * pick(rng, [1, 3, 5]) - 1,
      event: at === 0 ? 'new' : pick(rng, ['new', 'changed', 'renewed'] as const),
      endedOn: chance(rng, 0.04) ? on + whole(rng, 60, 700) : undefined,
    };
  });
}

/** 行政许可信息（双公示）. */
export function makeLicences(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  return licencesOf(enterprise, city).map((licence): Fact => {
    const { on, endedOn, until } = licence;
    const values: Values = {
      approval_doc_no: licence.decisionNo,
      approval_doc_name: '准予行政许可决定书（合成）',
      licence_item: licence.item,
      licence_kind: 'general',
      certificate_name: licence.item,
      licence_no: licence.certificateNo,
      licence_content: `准予${licence.item}`,
      licensed_on: on,
      licence_from: on,
      licence_until: until,
      licence_status: 'valid',
      status_changed_on: null,
      status_change_reason: null,
      renewed_from_no: null,
      licence_remark: chance(rng, 0.1) ? '合成数据' : null,
    };
    const ended: Values = {
      licence_status: 'cancelled',
      status_changed_on: endedOn ?? on,
      status_change_reason: '依申请注销（合成）',
    };
    return {
      on,
      values,
      later: endedOn === undefined ? [] : inOrder([{ on: endedOn, set: ended }], enterprise, city),
    };
  });
}

/** 市级行政许可: the same decisions, as the service hall handled them. */
export function makeCityLicences(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  return licencesOf(enterprise, city).map((licence, at): Fact => {
    const { on, event, endedOn } = licence;
    const values: Values = {
      licence_decision_no: licence.decisionNo,
      acceptance_no: `HCBJ${yearOf(on)}${serialOf(enterprise, at + 1)}`,
      item_name: licence.item,
      licence_kind: 'general',
      licence_event: event,
      accepted_on: on - whole(rng, 1, 20),
      decided_on: on,
      approving_level: pick(rng, ['municipal', 'district', 'district'] as const),
      approving_district: enterprise.district.code,
      certificate_name: licence.item,
      certificate_no: licence.certificateNo,
      previous_decision_no: null,
      ended_on: null,
      end_reason: null,
    };
    const ended: Values = {
      ended_on: endedOn ?? on,
      end_reason: '依申请注销（合成）',
      licence_event: 'cancelled',
    };
    return {
      on,
      values,
      later: endedOn === undefined ? [] : inOrder([{ on: endedOn, set: ended }], enterprise, city),
    };
  });
}

/** 双随机抽查: who is drawn is chance; what is found depends a little on health. */
export function makeSpotChecks(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const days = drawEvents(rng, city, enterprise, { perYear: 0.1, pull: 0, size: 0.1 });
  return days.map((on, at): Fact => {
    const isClean = chance(rng, 1 / (1 + Math.exp(-1.6 - 0.5 * healthOn(enterprise, on))));
    const result = isClean
      ? 'no_problem'
      : pick(rng, ['corrected', 'corrected', 'unreachable', 'no_activity'] as const);
    const publishedOn = on + whole(rng, 5, 20);
    const values: Values = {
      inspection_plan_no: `HCSJ${monthText(monthOf(on))}`,
      inspection_task_no: `HCRW${yearOf(on)}${serialOf(enterprise, at + 1)}`,
      inspected_on: on,
      check_result: result,
      finding: result === 'corrected' ? '公示信息不完整（合成）' : null,
      follow_up: result === 'corrected' ? '责令限期改正（合成）' : null,
      corrected_by: result === 'corrected' ? on + 30 : null,
      result_published_on: null,
    };
    return {
      on,
      values,
      later: inOrder([{ on: publishedOn, set: { result_published_on: publishedOn } }], enterprise, city),
    };
  });
}
