import { type Day, YEAR_DAYS } from '../model/days.ts';
import type { District, Sector, Segment } from '../model/definitions.ts';
import { creditCode, organisationCode, registrationNumber } from '../model/identifiers.ts';
import { between, chance, logNormal, pick, pickWeighted, type Rng } from '../model/random.ts';
import { companyName, formerTradeName, personName, tradeName } from './names.ts';
import type { City, Enterprise, State } from './shape.ts';

/** What an enterprise is from its founding on. */
export type Identity = Omit<Enterprise, 'health' | 'healthStart' | 'defaultOn' | 'ended' | 'changes'>;
/** Draws who enterprise number `index` is. */
export function drawIdentity(rng: Rng, city: City, index: number): Identity {
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
    who.isSoleTrader
      ? `北京${district.name}${trade}${industry.shop}`
      : companyName(trade, industry.word, form);
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

const ROUND_CAPITALS = [
  1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000, 2000, 3000, 5000, 10_000, 20_000, 50_000, 100_000,
];

/** Yuan. Capital is subscribed in round numbers of 万元. */
export function drawCapital(
  rng: Rng,
  { segment, isSoleTrader }: Pick<Identity, 'segment' | 'isSoleTrader'>,
): number {
  const wanted = logNormal(rng, segment.capitalMedian / (isSoleTrader ? 20 : 1), 1.1) / 10_000;
  return (ROUND_CAPITALS.find((capital) => capital >= wanted) ?? 200_000) * 10_000;
}
