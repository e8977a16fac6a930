import type { Definitions, District, Sector, Segment } from '../model/definitions.ts';
import { type Day, firstDayOf, type Month, monthOf, YEAR_DAYS } from '../model/days.ts';
import { creditCode, organisationCode, registrationNumber } from '../model/identifiers.ts';
import { between, chance, type Key, keyOf, logNormal, normal, pick, pickWeighted, poisson, type Rng, streamOf } from '../model/random.ts';
import { drawDefault, makeHealth, makeShocks, type Shocks } from './health.ts';
import { type Change, drawChanges, type State } from './life.ts';
import { companyName, formerTradeName, personName, tradeName } from './names.ts';

/** The whole truth about one enterprise. Nobody but the generators and the truth file sees health and default. */
export type Enterprise = {
  readonly index: number;
  readonly code: string;
  readonly organisationCode: string;
  readonly registrationNumber: string;
  readonly segment: Segment;
  readonly sector: Sector;
  readonly industry: Sector['industries'][number];
  readonly district: District;
  readonly isSoleTrader: boolean;
  readonly isVolunteer: boolean;
  /** Value of the code table `enterprise_type`. */
  readonly type: string;
  readonly foundedOn: Day;
  /** Deregistered or revoked on this day; undefined while it lives. Nothing new happens after it. */
  readonly ended: { readonly on: Day; readonly kind: 'deregistered' | 'revoked' } | undefined;
  readonly staff: number;
  /** Yuan a year at average health. */
  readonly revenue: number;
  /** How inventive it is, 0 to 1; drives patents and titles, not health. */
  readonly technical: number;
  readonly health: Float64Array;
  readonly healthStart: Month;
  readonly defaultOn: Day | undefined;
  readonly atFounding: State;
  readonly changes: readonly Change[];
};

/** What all enterprises of one city have in common. */
export type City = {
  readonly seed: number;
  readonly definitions: Definitions;
  readonly from: Month;
  readonly until: Day;
  readonly shocks: Shocks;
  readonly keys: { readonly identity: Key; readonly health: Key; readonly life: Key };
};

export function makeCity(definitions: Definitions, { seed, from, until }: { seed: number; from: Month; until: Day }): City {
  const last = monthOf(until);
  const start = Math.min(from, last - definitions.city.health.history + 1);
  return {
    seed,
    definitions,
    from,
    until,
    shocks: makeShocks(seed, definitions.city, { start, months: last - start + 1 }),
    keys: { identity: keyOf(seed, 'identity'), health: keyOf(seed, 'health'), life: keyOf(seed, 'life') },
  };
}

/** Makes enterprise number `index`; it is the same whatever the number of enterprises. */
export function makeEnterprise(city: City, index: number): Enterprise {
  const rng = streamOf(city.keys.identity, index);
  const who = drawIdentity(rng, city, index);
  const health = drawHealth(streamOf(city.keys.health, index), city, who);
  const life = drawLife(streamOf(city.keys.life, index), city, { ...who, ...health });
  return { ...who, ...health, ...life };
}

type Identity = Omit<Enterprise, 'health' | 'healthStart' | 'defaultOn' | 'ended' | 'changes'>;
type Health = Pick<Enterprise, 'health' | 'healthStart' | 'defaultOn'>;

function drawIdentity(rng: Rng, city: City, index: number): Identity {
  const { city: shape } = city.definitions;
  const segment = pickWeighted(rng, shape.segments, ({ share }) => share);
  const sector = pickWeighted(rng, shape.sectors, ({ share }) => share);
  const district = pickWeighted(rng, shape.districts, ({ share }) => share);
  const industry = pick(rng, sector.industries);
  const isSoleTrader = segment.code === 'micro' && chance(rng, shape.soleTraderShareOfMicro);
  const type = isSoleTrader ? 'individual' : drawType(rng, segment, sector);
  const staff = Math.max(1, Math.round(logNormal(rng, segment.staffMedian, segment.staffSigma)));
  const organisation = organisationCode(index);
  const kind = isSoleTrader ? '92' : type === 'farmers_cooperative' ? '93' : '91';
  return {
    index,
    code: creditCode(kind, district.code, organisation),
    organisationCode: organisation,
    registrationNumber: registrationNumber(district.code, index),
    segment,
    sector,
    industry,
    district,
    isSoleTrader,
    isVolunteer: !isSoleTrader && chance(rng, shape.volunteerShare),
    type,
    foundedOn: drawFounding(rng, city.until, segment),
    staff,
    revenue: staff * logNormal(rng, sector.revenuePerHead, 0.6),
    technical: isSoleTrader ? 0 : Math.min(1, sector.technical * between(rng, 0, 1.25)),
    atFounding: drawFoundingState(rng, city, { index, segment, industry, district, isSoleTrader, type }),
  };
}

const TYPES = [
  { type: 'limited_natural', share: 52 },
  { type: 'limited_single_natural', share: 26 },
  { type: 'limited_other', share: 7 },
  { type: 'limited_single_legal', share: 6 },
  { type: 'partnership_limited', share: 4 },
  { type: 'sole_proprietorship', share: 3 },
  { type: 'foreign_limited', share: 1.5 },
  { type: 'collective', share: 0.5 },
] as const;

function drawType(rng: Rng, segment: Segment, sector: Sector): string {
  if (sector.section === 'A' && chance(rng, 0.5)) return 'farmers_cooperative';
  const isLarge = segment.code === 'medium' || segment.code === 'large';
  if (isLarge && chance(rng, 0.35)) return 'share_unlisted';
  return pickWeighted(rng, TYPES, ({ share }) => share).type;
}

const AGE_YEARS_MAX = 32;

/** Ages fall off exponentially; large enterprises are rarely young. Some of a city are founded in its last months. */
function drawFounding(rng: Rng, until: Day, segment: Segment): Day {
  const mean = segment.code === 'micro' ? 6 : segment.code === 'small' ? 9 : 14;
  const least = segment.code === 'micro' ? 0.02 : 1.5;
  const years = Math.min(AGE_YEARS_MAX, least - mean * Math.log(1 - rng()));
  return Math.floor(until - years * YEAR_DAYS);
}

const ORGANISATIONS: Readonly<Record<string, string>> = {
  farmers_cooperative: '专业合作社',
  share_unlisted: '股份有限公司',
  partnership_limited: '中心（有限合伙）',
  sole_proprietorship: '中心',
  collective: '服务社',
};

function drawFoundingState(
  rng: Rng,
  { definitions: { names } }: City,
  who: Pick<Identity, 'index' | 'segment' | 'industry' | 'district' | 'isSoleTrader' | 'type'>,
): State {
  const { index, industry, district } = who;
  const form = { organisation: ORGANISATIONS[who.type] ?? '有限公司', inBrackets: chance(rng, 0.2) };
  const nameOf = (trade: string) =>
    who.isSoleTrader ? `北京${district.name}${trade}${industry.shop}` : companyName(trade, industry.word, form);
  return {
    name: nameOf(tradeName(names, index)),
    formerName: nameOf(formerTradeName(names, index)),
    representative: personName(rng, names),
    domicile: drawAddress(rng, names.roads, district),
    capital: drawCapital(rng, who),
    scope: `${industry.name}；技术服务、技术咨询；销售日用品（合成数据，不代表真实企业）`,
  };
}

/** An address that exists nowhere: every road of the city is called 合成. */
export function drawAddress(rng: Rng, roads: readonly string[], district: District): string {
  const number = Math.ceil(rng() * 120);
  const floor = Math.ceil(rng() * 18);
  return `北京市${district.name}${pick(rng, roads)}${number}号${floor}层${floor * 100 + Math.ceil(rng() * 30)}室`;
}

const ROUND_CAPITALS = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000, 2000, 3000, 5000, 10_000, 20_000, 50_000, 100_000];

/** Yuan. Capital is subscribed in round numbers of 万元. */
export function drawCapital(rng: Rng, { segment, isSoleTrader }: Pick<Identity, 'segment' | 'isSoleTrader'>): number {
  const wanted = logNormal(rng, segment.capitalMedian / (isSoleTrader ? 20 : 1), 1.1) / 10_000;
  return (ROUND_CAPITALS.find((capital) => capital >= wanted) ?? 200_000) * 10_000;
}

function drawHealth(rng: Rng, city: City, who: Identity): Health {
  const { health: shape, default: defaults } = city.definitions.city;
  const ageYears = (city.until - who.foundedOn) / YEAR_DAYS;
  const level = who.segment.healthMean + 0.06 * Math.log1p(ageYears) + shape.level * normal(rng) - 0.1;
  const shocks = city.shocks.bySector.get(who.sector.section) ?? new Float64Array(0);
  const health = makeHealth(rng, shape, { level, shocks });
  const start = city.shocks.start;
  const from = Math.max(city.from, monthOf(who.foundedOn) + 6) - start;
  const at = drawDefault(rng, health, { shape: defaults, from, until: monthOf(city.until) - start });
  if (at < 0) return { health, healthStart: start, defaultOn: undefined };
  const on = firstDayOf(start + at) + Math.floor(rng() * 28);
  for (let later = at + 1; later < health.length; later += 1) health[later] = (health[later] ?? 0) - defaults.fall;
  return { health, healthStart: start, defaultOn: on <= city.until ? on : undefined };
}

function drawLife(
  rng: Rng,
  city: City,
  who: Identity & Health,
): Pick<Enterprise, 'ended' | 'changes'> {
  const ended = drawEnd(rng, city, who);
  const lastDay = ended === undefined ? city.until : ended.on - 1;
  return { ended, changes: drawChanges(rng, city.definitions, { ...who, lastDay }) };
}

/** Micro enterprises leave often, healthy and large ones rarely; a default makes an end likely within two years. */
function drawEnd(rng: Rng, city: City, who: Identity & Health): Enterprise['ended'] {
  const { exit } = city.definitions.city.lifeRates;
  const begin = Math.max(who.foundedOn + 180, firstDayOf(who.healthStart));
  for (let year = begin; year < city.until; year += 365) {
    const health = who.health[monthOf(year) - who.healthStart] ?? 0;
    const size = who.segment.code === 'micro' ? 1 : 0.25;
    const hasDefaulted = who.defaultOn !== undefined && year > who.defaultOn;
    const isEnding = poisson(rng, exit * size * Math.exp(-0.5 * health) * (hasDefaulted ? 4 : 1)) > 0;
    const on = Math.floor(year + rng() * 365);
    if (!isEnding || on > city.until) continue;
    if (who.defaultOn !== undefined && on <= who.defaultOn) continue;
    return { on, kind: chance(rng, health < -0.8 ? 0.35 : 0.1) ? 'revoked' : 'deregistered' };
  }
  return undefined;
}
