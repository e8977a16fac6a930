import { sizeFactor } from '../city/activity.ts';
import type { Change, City, Enterprise } from '../city/shape.ts';
import { formerNameOn, stateOn } from '../city/state.ts';
import { personName } from '../city/names.ts';
import type { Values } from '../complete/fill.ts';
import { type Day, OPEN_END } from '../model/days.ts';
import { between, chance, pick, type Rng, whole } from '../model/random.ts';
import { type Fact, fen, identityOf, serialOf } from './fact.ts';

/** 登记基本信息: one record per enterprise, a new version with every change of the register. */
export function makeRegistration(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const { district, sector, industry, foundedOn, ended } = enterprise;
  const paidShare = chance(rng, 0.4) ? 1 : rng() * 0.8;
  const values: Values = {
    registration_no: enterprise.registrationNumber,
    enterprise_type: enterprise.type,
    enterprise_type_text: null,
    established_on: foundedOn,
    term_from: foundedOn,
    term_until: chance(rng, 0.6) ? OPEN_END : foundedOn + 365 * pick(rng, [20, 30, 50]),
    province: '北京市',
    district: district.name,
    division_code: district.code,
    industry_section: sector.section,
    industry_code: industry.code,
    registration_authority: `${district.name}市场监督管理局（合成）`,
    registration_status: 'active',
    legal_representative_cert_kind: 'resident_id',
    deregistered_on: null,
    revoked_on: null,
    ...registeredOn(enterprise, city, { day: foundedOn, paidShare }),
  };
  const moved = enterprise.changes.filter(({ item }) => item !== 'shareholders' && item !== 'personnel');
  const later = moved.map(({ on }) => ({ on, set: registeredOn(enterprise, city, { day: on, paidShare }) }));
  if (ended !== undefined) later.push({ on: ended.on, set: endOf(ended) });
  return [{ on: foundedOn, values, later }];
}

function registeredOn(
  enterprise: Enterprise,
  city: City,
  { day, paidShare }: { day: Day; paidShare: number },
): Values {
  const state = stateOn(enterprise, day);
  const former = formerNameOn(enterprise, day);
  return {
    approved_on: day,
    legal_representative: state.representative,
    legal_representative_cert_no: identityOf(city, enterprise, state.representative),
    registered_capital: fen(state.capital),
    paid_in_capital: fen(Math.floor((state.capital * paidShare) / 10_000) * 10_000),
    domicile: state.domicile,
    business_scope: state.scope,
    former_names: former === '' ? null : former,
  };
}

function endOf({ on, kind }: NonNullable<Enterprise['ended']>): Values {
  return kind === 'revoked'
    ? { registration_status: 'revoked', revoked_on: on, approved_on: on }
    : { registration_status: 'deregistered', deregistered_on: on, approved_on: on };
}

/** 主要人员: the representative of the register stands here with the same days; others by size. */
export function makePersonnel(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const facts = representatives(enterprise, city);
  if (enterprise.isSoleTrader) return facts;
  const others = Math.min(9, Math.round(1.2 * sizeFactor(enterprise, 0.35)));
  for (let each = 0; each < others; each += 1) {
    const name = personName(rng, city.definitions.names);
    const position =
      each === 0
        ? 'supervisor'
        : pick(rng, ['director', 'general_manager', 'financial_head', 'director'] as const);
    facts.push({
      on: enterprise.foundedOn,
      values: member(enterprise, city, { name, position, on: enterprise.foundedOn, isRepresentative: false }),
    });
  }
  return facts;
}

const HEADS: Readonly<Record<string, string>> = {
  individual: 'operator',
  farmers_cooperative: 'cooperative_head',
  partnership_limited: 'executing_partner',
  sole_proprietorship: 'investor',
  share_unlisted: 'chairman',
};

function representatives(enterprise: Enterprise, city: City): Fact[] {
  const position = HEADS[enterprise.type] ?? 'executive_director_manager';
  const changes = enterprise.changes.filter(({ item }) => item === 'legal_representative');
  const terms = [
    { name: enterprise.atFounding.representative, on: enterprise.foundedOn },
    ...changes.map(({ on, after }) => ({ name: after, on })),
  ];
  return terms.map(({ name, on }, at) => {
    const left = terms[at + 1]?.on;
    const values = member(enterprise, city, { name, position, on, isRepresentative: true });
    return left === undefined
      ? { on, values }
      : { on, values, later: [{ on: left, set: { left_on: left, is_legal_representative: false } }] };
  });
}

function member(
  enterprise: Enterprise,
  city: City,
  {
    name,
    position,
    on,
    isRepresentative,
  }: { name: string; position: string; on: Day; isRepresentative: boolean },
): Values {
  return {
    person_name: name,
    position,
    position_text: null,
    is_legal_representative: isRepresentative,
    is_chief_representative: false,
    cert_kind: 'resident_id',
    cert_no: identityOf(city, enterprise, name),
    nationality: '中国',
    appointed_on: on,
    left_on: null,
    filed_on: on,
    filing_authority: `${enterprise.district.name}市场监督管理局（合成）`,
    appointing_body: null,
  };
}

/** 股东及出资: ratios add up to 100; a change of shareholders ends one and brings one. */
export function makeShareholders(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  if (enterprise.isSoleTrader) return [];
  const isSingle = enterprise.type.startsWith('limited_single') || enterprise.type === 'sole_proprietorship';
  const count = isSingle ? 1 : whole(rng, 2, enterprise.segment.code === 'micro' ? 3 : 5);
  const ratios = divide(rng, count);
  const holders: Fact[] = ratios.map((ratio) =>
    holder(enterprise, city, { rng, ratio, on: enterprise.foundedOn }),
  );
  const changes = enterprise.changes.filter(({ item }) => item === 'shareholders');
  for (const change of changes) replaceHolder(holders, { enterprise, city, rng, change });
  return holders;
}

function replaceHolder(
  holders: Fact[],
  { enterprise, city, rng, change }: { enterprise: Enterprise; city: City; rng: Rng; change: Change },
): void {
  const at = holders.findIndex(({ later }) => later === undefined);
  const leaving = holders[at];
  if (leaving === undefined) return;
  const left = { left_as_shareholder_on: change.on, recorded_on: change.on };
  holders[at] = { ...leaving, later: [{ on: change.on, set: left }] };
  holders.push(holder(enterprise, city, { rng, ratio: Number(leaving.values.holding_ratio), on: change.on }));
}

function holder(
  enterprise: Enterprise,
  city: City,
  { rng, ratio, on }: { rng: Rng; ratio: number; on: Day },
): Fact {
  const isCompany = chance(rng, enterprise.segment.code === 'micro' ? 0.08 : 0.4);
  const name = isCompany
    ? `合成投资${serialOf(enterprise, whole(rng, 1, 99))}有限公司`
    : chance(rng, 0.5)
      ? stateOn(enterprise, on).representative
      : personName(rng, city.definitions.names);
  const subscribed = Math.round((stateOn(enterprise, on).capital * ratio) / 100);
  const values: Values = {
    shareholder_name: name,
    shareholder_kind: isCompany ? 'company' : 'natural_person',
    shareholder_cert_kind: isCompany ? 'uscc' : 'resident_id',
    shareholder_cert_no: isCompany ? null : identityOf(city, enterprise, name),
    ...(isCompany ? {} : { shareholder_uscc: null }),
    shareholder_country: '中国',
    subscribed_amount: fen(subscribed),
    subscribed_form: 'cash',
    paid_amount: fen(Math.floor(subscribed * between(rng, 0, 1))),
    holding_ratio: ratio,
    voting_ratio: ratio,
    shares_subscribed: null,
    became_on: on,
    left_as_shareholder_on: null,
    recorded_on: on,
  };
  return { on, values };
}

/** Parts of 100 with two digits after the point. */
function divide(rng: Rng, count: number): number[] {
  const weights = Array.from({ length: count }, () => 0.2 + rng());
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const parts = weights.slice(1).map((weight) => Math.round((weight / total) * 10_000) / 100);
  const rest = parts.reduce((left, part) => left - part, 100);
  return [Math.round(rest * 100) / 100, ...parts];
}

const CHANGE_TEXTS: Readonly<Record<Change['item'], string>> = {
  legal_representative: '法定代表人变更',
  domicile: '住所变更',
  capital: '注册资本变更',
  name: '名称变更',
  scope: '经营范围变更',
  shareholders: '股东变更',
  personnel: '主要人员备案',
};

/** 变更、备案、注销和吊销: one record per change of the register, with the same before and after. */
export function makeRegistrationChanges(enterprise: Enterprise, _: City, rng: Rng): Fact[] {
  const authority = `${enterprise.district.name}市场监督管理局（合成）`;
  const changes = enterprise.changes.map((change, at): Fact => {
    const unit = change.item === 'capital' ? '元' : '';
    return {
      on: change.on,
      values: {
        ...NO_ENDING,
        change_kind: change.item === 'personnel' ? 'filing' : 'change',
        change_item_text: CHANGE_TEXTS[change.item],
        change_item: change.item,
        value_before: change.before + unit,
        value_after: change.after + unit,
        change_sequence: at + 1,
        change_applied_on: Math.max(enterprise.foundedOn, change.on - whole(rng, 1, 8)),
        change_approved_on: change.on,
        change_authority: authority,
      },
    };
  });
  const { ended } = enterprise;
  return ended === undefined ? changes : [...changes, endFact(enterprise, ended, { authority, rng })];
}

const NO_ENDING: Values = {
  deregistration_reason: null,
  simple_deregistration: null,
  revocation_decision_no: null,
  revocation_reason: null,
  creditor_notice_from: null,
  creditor_notice_until: null,
  suspension_until: null,
};

function endFact(
  enterprise: Enterprise,
  { on, kind }: NonNullable<Enterprise['ended']>,
  { authority, rng }: { authority: string; rng: Rng },
): Fact {
  const isRevoked = kind === 'revoked';
  const values: Values = {
    ...NO_ENDING,
    change_kind: isRevoked ? 'revocation' : 'deregistration',
    change_item_text: isRevoked ? '吊销营业执照' : '注销登记',
    change_item: 'whole',
    value_before: '存续',
    value_after: isRevoked ? '吊销' : '注销',
    change_sequence: enterprise.changes.length + 1,
    change_approved_on: on,
    change_authority: authority,
    ...(isRevoked
      ? {
          revocation_decision_no: `京市监吊〔合成〕${serialOf(enterprise, 1)}号`,
          revocation_reason: '长期停业未经营（合成）',
        }
      : { deregistration_reason: '决议解散（合成）', simple_deregistration: chance(rng, 0.7) }),
  };
  return { on, values };
}

/** 本市登记信息（增量）: the last event of the register, seen by the city. */
export function makeCityRegistration(enterprise: Enterprise, city: City, rng: Rng): Fact[] {
  const { district, sector, industry, segment, foundedOn, changes, ended } = enterprise;
  const isInPark = chance(rng, 0.25 + 0.3 * enterprise.technical);
  const eventOn = (day: Day, event: string): Values => ({
    registration_event: event,
    event_approved_on: day,
    event_accepted_on: Math.max(foundedOn - 5, day - whole(rng, 1, 6)),
    business_address: stateOn(enterprise, day).domicile,
  });
  const values: Values = {
    registration_district: district.code,
    street_town: district.street,
    zgc_park: isInPark ? district.park : null,
    park_name: isInPark ? '合成科技园' : null,
    industry_section: sector.section,
    industry_code: `${sector.section}${industry.code}`,
    industry_name: industry.name,
    enterprise_size: segment.code,
    registration_office: `${district.name}市场监督管理局（合成）`,
    moved_from: null,
    moved_in_on: null,
    moved_out_on: null,
    dormant_from: null,
    dormant_until: null,
    branch_count_bj: segment.code === 'micro' ? 0 : whole(rng, 0, 4),
    ...eventOn(foundedOn, 'established'),
  };
  const later = changes.map(({ on, item }) => ({
    on,
    set: eventOn(on, item === 'personnel' ? 'filed' : 'changed'),
  }));
  if (ended !== undefined) {
    later.push({
      on: ended.on,
      set: eventOn(ended.on, ended.kind === 'revoked' ? 'licence_revoked' : 'cancelled'),
    });
  }
  return [{ on: foundedOn, values, later: later.filter(({ on }) => on <= city.until) }];
}
