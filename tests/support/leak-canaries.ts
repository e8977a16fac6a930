import type { Catalogue, Contract, Disclosure, Field } from '#lists';
import { chanceOf } from '../../examples/department/chance.ts';
import { fillField, keepRules } from '../../examples/department/fill.ts';
import { addDays, profileOf } from '../../examples/department/profile.ts';
import { madeUpUscc } from '../../src/lists/check/check.test-support.ts';
import { guardOf, readerOf } from '../../src/lists/check/rows/field-reader.ts';
import { BROKEN, compileRule } from '../../src/lists/check/rows/rules.ts';
import { compileSampler } from '../../src/synth/complete/sample-pattern.ts';

/** A value that stands nowhere else: whose it is, what it was put into, and how that field may be disclosed. */
export type Canary = {
  readonly owner: string;
  readonly contract: string;
  readonly field: string;
  /**
   * `whole`: a third person's identifier as it was delivered, which nobody at all is shown. `written`: words of people, of
   * which their kind says who reads them.
   */
  readonly disclosure: Disclosure | 'whole' | 'written';
};

/** Every way in which a canary may be spelled, in lower case. Numbers stand as their digits without separators. */
export type Aviary = {
  readonly words: Map<string, Canary>;
  readonly numbers: Map<string, Canary>;
  /** Fields of a guarded class that hold no value unlike every other: flags, codes, dates, shares. */
  readonly unmarked: Set<string>;
};

export function openAviary(): Aviary {
  return { words: new Map(), numbers: new Map(), unmarked: new Set() };
}

/** `zq` and six letters find a marked text again, however long the rest is. */
export const WORD_LENGTH = 8;
/** Digits that make a number stand out; money has two more as it is stored. */
const DIGITS = [11, 9] as const;
const DIGITS_MIN = 9;

export type Rng = () => number;

/** A stream that depends on its seed alone. */
export function rngOf(seed: number): Rng {
  const chance = chanceOf('canaries', seed);
  return () => chance.between(0, 1);
}

export type CanaryRow = Readonly<Record<string, string>>;
type Making = {
  readonly aviary: Aviary;
  readonly catalogue: Catalogue;
  readonly rng: Rng;
  readonly today: string;
};
export type Subject = { readonly owner: string; readonly code: string; readonly name: string };

/**
 * One row of a contract, as a department would deliver it, that passes every check of the contract and carries a
 * canary in each field that is not public and can hold one. The canaries are entered in the aviary.
 */
export function makeCanaryRow(making: Making, contract: Contract, subject: Subject): CanaryRow {
  const check = checkerOf(making, contract);
  const cells = makePlainRow(making, contract, { subject, check });
  const guarded = contract.fields.filter(({ disclosure }) => disclosure !== 'public');
  for (const field of [...guarded, ...guarded]) {
    if (!isMarked(making, field, cells, check)) markField(making, field, { contract, cells, check });
  }
  for (const field of guarded) enter(making.aviary, { contract, field, cells, check, owner: subject.owner });
  return { 统一社会信用代码: subject.code, 企业名称: subject.name, ...cells };
}

type Cells = Record<string, string>;
type Checker = {
  /** Stored form of one cell; undefined: the field does not take it. */
  read(field: Field, cell: string): string | undefined;
  passes(cells: Cells): boolean;
};

function checkerOf({ catalogue, today }: Making, contract: Contract): Checker {
  const rules = contract.rules.map((rule) => compileRule(rule, contract, today));
  const readers = new Map(
    contract.fields.map((field) => [field.name, readerOf(field, catalogue.codeTables, undefined)]),
  );
  const guards = new Map(contract.fields.map((field) => [field.name, guardOf(field)]));
  const currencies = contract.fields.map(({ kind }) => (kind === 'money' ? 'CNY' : ''));
  const read = (field: Field, cell: string): string | undefined => {
    if (cell === '') return field.required ? undefined : '';
    const reading = readers.get(field.name)?.read(cell);
    if (reading === undefined || 'defect' in reading) return undefined;
    return (guards.get(field.name)?.(reading.value, 'CNY') ?? null) === null ? reading.value : undefined;
  };
  return {
    read,
    passes: (cells) => {
      const values = contract.fields.map((field) => read(field, cells[field.name] ?? ''));
      if (values.some((value) => value === undefined)) return false;
      const row = { values: values.map((value) => value ?? ''), currencies };
      return rules.every((rule) => rule(row) !== BROKEN);
    },
  };
}

const TRIES = 200;

/** By the stand-in department's own means, tried again until every check passes. */
function makePlainRow(
  { catalogue, rng, today }: Making,
  contract: Contract,
  { subject, check }: { subject: Subject; check: Checker },
): Cells {
  const profile = profileOf(1, subject, today);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const chance = chanceOf(contract.id, subject.code, attempt, rng());
    const on = addDays(today, -40 - chance.whole(0, 200));
    const fill = (name: string) => {
      const field = contract.fields.find((one) => one.name === name);
      if (field === undefined) throw new TypeError(`no field ${name}`);
      return fillField(field, { profile, chance, on, catalogue });
    };
    const row = Object.fromEntries(contract.fields.map(({ name }) => [name, fill(name)]));
    keepRules(contract, row, fill, today);
    const cells = Object.fromEntries(
      contract.fields.map((field) => [field.name, cellOf(contract, field, { row, rng })]),
    );
    if (check.passes(cells)) return cells;
  }
  throw new TypeError(`${contract.id}: no row of ${TRIES} passes`);
}

function cellOf(
  contract: Contract,
  field: Field,
  { row, rng }: { row: Readonly<Record<string, string | number | boolean | null>>; rng: Rng },
): string {
  const value = row[field.name];
  if (value === null || value === undefined) return '';
  if (field.kind === 'uscc') return madeUpUscc(1_000_000 + Math.floor(rng() * 9_000_000));
  return sampleOf(contract, field, rng) ?? String(value);
}

/** A text that the field's pattern, or a rule's, accepts; undefined: there is none, or it is beyond what cities use. */
function sampleOf({ rules }: Contract, field: Field, rng: Rng): string | undefined {
  const rule = rules.find((each) => each.rule === 'pattern' && each.field === field.name);
  const pattern = field.pattern ?? (rule?.rule === 'pattern' ? rule.pattern : undefined);
  if (pattern === undefined || field.kind !== 'text') return undefined;
  try {
    return compileSampler(pattern)(rng);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

type Marking = { readonly contract: Contract; readonly cells: Cells; readonly check: Checker };

/** Puts the first candidate in that the checks let through; sums it is part of follow. */
function markField(making: Making, field: Field, { contract, cells, check }: Marking): void {
  for (const candidate of candidatesOf(making, contract, field)) {
    const marked = { ...cells, [field.name]: candidate };
    addUp(contract, marked, field.name);
    if (!check.passes(marked) || !isMarked(making, field, marked, check)) continue;
    Object.assign(cells, marked);
    return;
  }
}

function addUp(contract: Contract, cells: Cells, changed: string): void {
  for (const rule of contract.rules) {
    if (rule.rule !== 'sum_of' || !rule.parts.includes(changed)) continue;
    cells[rule.field] = String(rule.parts.reduce((sum, name) => sum + Number(cells[name] ?? 0), 0));
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

function candidatesOf({ rng }: Making, contract: Contract, field: Field): string[] {
  const { kind, maxLength } = field;
  const letters = (count: number) =>
    Array.from({ length: count }, () => LETTERS[Math.floor(rng() * LETTERS.length)] ?? 'a').join('');
  const digits = (count: number) =>
    String(1 + Math.floor(rng() * 9)) +
    Array.from({ length: count - 1 }, () => 1 + Math.floor(rng() * 9)).join('');
  switch (kind) {
    case 'text': {
      const sampled = Array.from({ length: 8 }, () => sampleOf(contract, field, rng) ?? '');
      const words = [`zq${letters(Math.max(0, Math.min(maxLength ?? 12, 12) - 2))}`, digits(28), digits(12)];
      return [...sampled, ...words].filter((text) => text !== '');
    }
    case 'person':
      return [`zq${letters(10)}`];
    case 'email':
      return [`zq${letters(10)}@canary.example.com`];
    case 'money':
    case 'integer':
    case 'decimal':
      return DIGITS.flatMap((count) => Array.from({ length: 8 }, () => digits(count)));
    case 'uscc':
      return [madeUpUscc(Number(digits(7)))];
    case 'id_number':
      return [`1199${digits(2)}19800${1 + Math.floor(rng() * 9)}1${Math.floor(rng() * 9)}${digits(4)}`];
    case 'phone':
      return [`0${digits(3)}-${digits(8)}`];
    default:
      return [];
  }
}

function isMarked({ aviary }: Making, field: Field, cells: Cells, check: Checker): boolean {
  return spellingsOf(aviary, field, { cell: cells[field.name] ?? '', check }).length > 0;
}

type Spelling = { readonly in: 'words' | 'numbers'; readonly text: string; readonly isWhole: boolean };

/** As delivered and as stored, where either is unlike everything else; a value that is already another's is none. */
function spellingsOf(aviary: Aviary, field: Field, { cell, check }: { cell: string; check: Checker }) {
  const stored = check.read(field, cell) ?? '';
  const isHidden = field.kind === 'id_number' || field.kind === 'phone';
  const spellings: Spelling[] = [];
  for (const text of new Set([cell.toLowerCase(), stored.toLowerCase()])) {
    const isWhole = isHidden && !text.includes('*');
    const digits = text.replace(/^-/, '').replaceAll(/[.-]/g, '');
    if (/^\d+$/.test(digits)) {
      if (digits.length >= DIGITS_MIN) spellings.push({ in: 'numbers', text: digits, isWhole });
    } else if (/^zq[a-z2-7]{6}/.test(text)) {
      spellings.push({ in: 'words', text: text.slice(0, WORD_LENGTH), isWhole });
    } else if (isHidden || field.kind === 'uscc') {
      spellings.push({ in: 'words', text, isWhole });
    }
  }
  return spellings.filter((one) => !aviary[one.in].has(one.text));
}

function enter(
  aviary: Aviary,
  { contract, field, cells, check, owner }: Marking & { field: Field; owner: string },
): void {
  const spellings = spellingsOf(aviary, field, { cell: cells[field.name] ?? '', check });
  if (spellings.length === 0) {
    aviary.unmarked.add(`${contract.id}.${field.name}`);
    return;
  }
  for (const { in: place, text, isWhole } of spellings) {
    const disclosure = isWhole ? 'whole' : field.disclosure;
    aviary[place].set(text, { owner, contract: contract.id, field: field.name, disclosure });
  }
}
