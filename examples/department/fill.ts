import type { Catalogue, Contract, Field } from '#lists';
import type { Chance } from './chance.ts';
import { addDays, type Profile, two, yuan } from './profile.ts';
import type { Values } from './series.ts';

type Value = Values[string];

/** One value by the field's kind, as a department would have it; codes stay codes until they are spelled. */
export function fillField(
  field: Field,
  { profile, chance, on, catalogue }: { profile: Profile; chance: Chance; on: string; catalogue: Catalogue },
): Value {
  switch (field.kind) {
    case 'code':
      return codeOf(catalogue, field.codes ?? '', chance);
    case 'date':
      return dateOf(field.name, chance, on);
    case 'month':
      return `${on.slice(0, 7)}-01`;
    case 'year':
      return Number(on.slice(0, 4));
    case 'timestamp':
      return `${on} ${two(chance.whole(9, 17))}:${two(chance.whole(0, 59))}:00`;
    case 'boolean':
      return chance.happens(0.15);
    case 'money':
      return yuan((profile.months.at(-1)?.revenue ?? 10_000) * chance.between(0.02, 0.4));
    case 'decimal':
      return Math.round(numberWithin(field, chance, 90) * 100) / 100;
    case 'integer':
      return Math.floor(numberWithin(field, chance, 12));
    case 'uscc':
      return profile.code;
    case 'person':
      return '合成人员';
    case 'id_number':
      return `119900${chance.whole(1960, 1999)}0101${chance.whole(1000, 9999)}`; // area 1199 belongs to no place
    case 'phone':
      return `010-0${chance.whole(1_000_000, 9_999_999)}`; // no Beijing number begins with 0
    case 'email':
      return 'contact@department.example.com';
    case 'text':
      return textOf(field, profile, chance);
  }
}

/** The first codes of a table are the usual ones. */
function codeOf({ codeTables }: Catalogue, id: string, chance: Chance): string {
  const values = codeTables.get(id)?.values ?? [];
  return chance.pick(chance.happens(0.85) ? values.slice(0, 2) : values).code;
}

const AHEAD = /(_until|_due_on|_due|_expires_on|_ends_on|matures_on)$/;

function dateOf(name: string, chance: Chance, on: string): string {
  return AHEAD.test(name) ? addDays(on, chance.whole(200, 1500)) : addDays(on, -chance.whole(0, 300));
}

function numberWithin({ minimum, maximum }: Field, chance: Chance, usual: number): number {
  return chance.between(minimum ?? 0, Math.min(maximum ?? usual, usual));
}

const NUMBERED = /(_no|_token)$/;

/** Texts that a pattern of the contract looks at, and numbers; all others say what they are and that they are synthetic. */
function textOf({ name, businessName, maxLength = 200 }: Field, profile: Profile, chance: Chance): string {
  const year = Number(profile.today.slice(0, 4)) - chance.whole(0, 1);
  const serial = chance.whole(1_000, 99_999);
  if (name === 'case_no' || name === 'original_case_no') return `（${year}）京0105民初${serial}号`;
  if (name === 'enforcement_case_no') return `（${year}）京0105执${serial}号`;
  if (name === 'heating_season') return `${year - 1}-${year}`;
  if (name === 'main_hs_chapter') return two(chance.whole(1, 97));
  if (name.endsWith('unit_no'))
    return `110105${'0'.repeat(17)}${serial + 100_000}`.slice(0, 28).padEnd(28, '0');
  if (NUMBERED.test(name)) return `${serial}HC${year}${profile.code.slice(9, 17)}`.slice(0, maxLength);
  return `${businessName}（合成）`.slice(0, maxLength);
}

/** Makes a row keep its contract's rules: first what must be there, then bounds and sums, then the order of dates. */
export function keepRules(
  contract: Contract,
  row: Values,
  fill: (name: string) => Value,
  today: string,
): void {
  for (const rule of contract.rules) {
    if (rule.rule === 'required_when') {
      const isAsked = rule.equals.includes(String(row[rule.when]));
      if (isAsked) row[rule.field] ??= fill(rule.field);
      else if (!isRequired(contract, rule.field)) row[rule.field] = null;
    }
    if (rule.rule === 'filled') row[rule.field] ??= fill(rule.field);
    if (rule.rule === 'range') clamp(row, rule.field, rule);
  }
  for (const rule of contract.rules) if (rule.rule === 'sum_of') addUp(row, rule.field, rule.parts);
  for (const rule of contract.rules) {
    if (rule.rule === 'not_above') keepBelow(contract, row, rule.field, rule.limit);
  }
  for (const { rule, ...names } of [...contract.rules, ...contract.rules]) {
    if (rule === 'not_future' && 'field' in names) notAfter(row, names.field, today);
    if (rule === 'date_order' && 'earlier' in names) inOrder(row, names.earlier, names.later);
  }
}

function isRequired(contract: Contract, name: string): boolean {
  return contract.fields.some((field) => field.name === name && field.required);
}

function clamp(
  row: Values,
  name: string,
  { min = -Infinity, max = Infinity }: { min?: number; max?: number },
): void {
  const value = row[name];
  if (typeof value === 'number') row[name] = Math.min(Math.max(value, min), max);
}

function addUp(row: Values, total: string, parts: readonly string[]): void {
  const numbers = parts.map((name) => row[name]).filter((value) => typeof value === 'number');
  if (numbers.length > 0) row[total] = yuan(numbers.reduce((sum, value) => sum + value, 0));
}

/** A sum cannot give way, so its limit does. */
function keepBelow(contract: Contract, row: Values, name: string, limit: string): void {
  const [value, bound] = [row[name], row[limit]];
  if (typeof value !== 'number' || typeof bound !== 'number' || value <= bound) return;
  const isSum = contract.rules.some((rule) => rule.rule === 'sum_of' && rule.field === name);
  if (isSum) row[limit] = value * 3;
  else row[name] = bound;
}

function notAfter(row: Values, name: string, today: string): void {
  const value = row[name];
  if (typeof value === 'string' && value.slice(0, 10) > today) row[name] = today;
}

function inOrder(row: Values, earlier: string, later: string): void {
  const [first, second] = [row[earlier], row[later]];
  if (typeof first === 'string' && typeof second === 'string' && first > second) row[earlier] = second;
}
