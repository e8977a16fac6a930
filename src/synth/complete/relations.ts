import type { Contract } from '#lists';

/** What the rules of a contract say about one field, by position of the fields they name. */
export type Relations = {
  /** Dates that must not lie after, and not before, this one; through any number of rules. */
  readonly earlier: readonly number[];
  readonly later: readonly number[];
  readonly isPast: boolean;
  /** The field must be filled when one of these fields has one of the values. */
  readonly conditions: readonly { readonly when: number; readonly equals: ReadonlySet<string> }[];
  readonly isFilled: boolean;
  readonly limits: readonly number[];
  readonly parts: readonly number[];
  /** A sum of the contract counts on this field. */
  readonly isPart: boolean;
  readonly notBefore: string | undefined;
  readonly least: number | undefined;
  readonly most: number | undefined;
};

/** Turns rules that name fields into relations between positions, one entry per field of the contract. */
export function relationsOf(contract: Contract): Relations[] {
  const names = contract.fields.map(({ name }) => name);
  const at = (name: string) => names.indexOf(name);
  const before = precedence(contract, at);
  return contract.fields.map((field, position) => {
    const own = contract.rules.filter((rule) => 'field' in rule && rule.field === field.name);
    const range = own.find((rule) => rule.rule === 'range');
    return {
      earlier: names.map((_, other) => other).filter((other) => before[other]?.[position] === true),
      later: names.map((_, other) => other).filter((other) => before[position]?.[other] === true),
      isPast: own.some(({ rule }) => rule === 'not_future'),
      conditions: own.flatMap((rule) =>
        rule.rule === 'required_when' ? [{ when: at(rule.when), equals: new Set(rule.equals) }] : [],
      ),
      isFilled: own.some(({ rule }) => rule === 'filled'),
      limits: own.flatMap((rule) => (rule.rule === 'not_above' ? [at(rule.limit)] : [])),
      parts: own.flatMap((rule) => (rule.rule === 'sum_of' ? rule.parts.map(at) : [])),
      isPart: contract.rules.some((rule) => rule.rule === 'sum_of' && rule.parts.includes(field.name)),
      notBefore: own.flatMap((rule) => (rule.rule === 'not_before' ? [rule.date] : []))[0],
      least: highest(field.minimum, range?.rule === 'range' ? range.min : undefined),
      most: lowest(field.maximum, range?.rule === 'range' ? range.max : undefined),
    };
  });
}

/** `table[a][b]`: date a never after date b, closed over chains of rules (Warshall). */
function precedence(contract: Contract, at: (name: string) => number): boolean[][] {
  const size = contract.fields.length;
  const table = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  const set = (from: number, to: number) => {
    const row = table[from];
    if (row !== undefined) row[to] = true;
  };
  for (const rule of contract.rules) if (rule.rule === 'date_order') set(at(rule.earlier), at(rule.later));
  for (let via = 0; via < size; via += 1) {
    for (let from = 0; from < size; from += 1) {
      if (table[from]?.[via] !== true) continue;
      for (let to = 0; to < size; to += 1) if (table[via]?.[to] === true) set(from, to);
    }
  }
  return table;
}

function highest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

function lowest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
