import type { Contract, Field } from '#lists';
import type { Phrases } from '../model/definitions.ts';
import { yearOf } from '../model/days.ts';
import { chance, pick, type Rng, whole } from '../model/random.ts';
import { drawAddress } from '../city/identity.ts';
import { personName } from '../city/names.ts';
import type { Fill } from './fill.ts';
import { compileSampler } from './sample-pattern.ts';

type TextMaker = (fill: Fill) => string;

/** Chooses how a text field is made, once per contract: by its pattern, then by the rules of `phrases.yaml`. */
export function textMaker(contract: Contract, field: Field, phrases: Phrases): TextMaker {
  const most = field.maxLength ?? 400;
  const make = patternMaker(contract, field) ?? phraseMaker(contract, field, phrases);
  return (fill) => make(fill).slice(0, most);
}

function patternMaker(contract: Contract, field: Field): TextMaker | undefined {
  if (field.name.endsWith('industry_code')) return ({ enterprise }) => enterprise.industry.code;
  const rule = contract.rules.find((each) => each.rule === 'pattern' && each.field === field.name);
  const pattern = field.pattern ?? (rule?.rule === 'pattern' ? rule.pattern : undefined);
  if (pattern === undefined) return undefined;
  const sample = compileSampler(pattern);
  return ({ rng }) => sample(rng);
}

function phraseMaker(contract: Contract, field: Field, { rules, lists }: Phrases): TextMaker {
  const rule = rules.find(({ match }) => new RegExp(match).test(field.name));
  const list = rule === undefined ? undefined : lists[rule.from];
  if (list !== undefined) return ({ rng }) => pick(rng, list);
  const named = NAMED[rule?.from ?? ''];
  const tag = contract.id.slice(0, 3).toUpperCase();
  if (named !== undefined) return (fill) => named(fill, tag);
  const text = `${field.businessName}（合成）`;
  return () => text;
}

const NAMED: Readonly<Record<string, (fill: Fill, tag: string) => string>> = {
  number: ({ on, serial }, tag) => `HC${tag}-${yearOf(on)}-${serial}`,
  address: ({ rng, city, enterprise, state }) =>
    chance(rng, 0.7) ? state().domicile : drawAddress(rng, city.definitions.names.roads, enterprise.district),
  company: (fill) => fill.partner().atFounding.name,
  industry: ({ enterprise }) => `${enterprise.industry.name}（合成）`,
  phone: ({ rng }) => phoneNumber(rng),
  email: ({ enterprise }) => `contact@e${enterprise.index}.example.com`,
  website: ({ enterprise }) => `https://www.e${enterprise.index}.example.com`,
};

/** Beijing numbers never begin with 0 after the area code, so nobody can be called by one of these. */
export function phoneNumber(rng: Rng): string {
  return `010-0${String(whole(rng, 1_000_000, 9_999_999))}`;
}

/** An identity number by shape and check digit (GB 11643) whose area 1199 is not assigned to any place. */
export function identityNumber(rng: Rng): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const birth = `${whole(rng, 1955, 1999)}${two(whole(rng, 1, 12))}${two(whole(rng, 1, 28))}`;
  const body = `119900${birth}${String(whole(rng, 0, 999)).padStart(3, '0')}`;
  const sum = [...body].reduce((total, digit, at) => total + Number(digit) * (2 ** (17 - at) % 11), 0);
  return body + '10X98765432'.charAt(sum % 11);
}

export function person({ rng, city }: Fill): string {
  return personName(rng, city.definitions.names);
}
