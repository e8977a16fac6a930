import assert from 'node:assert';
import type { Catalogue, CodeTable, Contract, Field } from '#lists';
import type { Coverage, Phrases } from '../model/definitions.ts';
import { publicBodyCode } from '../model/identifiers.ts';
import { chance, pickWeighted, whole } from '../model/random.ts';
import { fillDate } from './dates.ts';
import type { Cell, Fill, Values } from './fill.ts';
import { fillNumber } from './numbers.ts';
import { type Relations, relationsOf } from './relations.ts';
import { identityNumber, person, phoneNumber, textMaker } from './texts.ts';

/** Turns what a generator decided into a whole row that keeps the contract's own rules. */
export type Completer = {
  readonly contract: Contract;
  readonly positionOf: ReadonlyMap<string, number>;
  complete(values: Values, fill: Fill): Cell[];
};

type Cells = (Cell | undefined)[];
type FieldFiller = (cells: Cells, fill: Fill) => Cell;

/** Compiles a contract: which fields are filled in which order, each by which maker. */
export function compileCompleter(
  contract: Contract,
  {
    catalogue,
    phrases,
    coverage,
  }: { catalogue: Catalogue; phrases: Phrases; coverage: Coverage | undefined },
): Completer {
  const relations = relationsOf(contract);
  const positionOf = new Map(contract.fields.map(({ name }, at) => [name, at]));
  const fillers = contract.fields.map((field, at) =>
    fillerOf(field, relationsAt(relations, at), { contract, catalogue, phrases, coverage }),
  );
  const order = orderOf(contract, relations);
  assert(new Set(order).size === fillers.length);
  const blank: Cells = fillers.map(() => undefined);
  return {
    contract,
    positionOf,
    complete(values, fill) {
      const cells: Cells = blank.slice();
      place(cells, values, positionOf);
      for (const at of order) if (cells[at] === undefined) cells[at] = fillers[at]?.(cells, fill) ?? null;
      return cells as Cell[]; // `order` names every field, so none is undefined any more
    },
  };
}

/** Writes decided values to their places; a name the contract does not have is a fault of the generator. */
export function place(cells: Cells, values: Values, positionOf: ReadonlyMap<string, number>): void {
  for (const name in values) {
    const at = positionOf.get(name);
    if (at === undefined) throw new TypeError(`no such field: ${name}`);
    cells[at] = values[name] ?? null;
  }
}

function relationsAt(relations: readonly Relations[], at: number): Relations {
  const found = relations[at];
  if (found === undefined) throw new RangeError(`no field ${at}`);
  return found;
}

/** Codes and flags decide what else is there; then dates outward from the fact's own, sums and limits before what they bound. */
function orderOf(contract: Contract, relations: readonly Relations[]): number[] {
  const rankOf = (field: Field) => {
    if (field.kind === 'code' || field.kind === 'boolean') return 0;
    if (field.name === contract.businessTime) return 1;
    return field.kind === 'date' || field.kind === 'month' || field.kind === 'timestamp' ? 2 : 3;
  };
  const positions = contract.fields.map((_, at) => at);
  const byRank = (rank: number) => positions.filter((at) => rankOf(contract.fields[at] as Field) === rank);
  return [...byRank(0), ...byRank(1), ...byRank(2), ...afterWhatTheyNeed(byRank(3), relations)];
}

function afterWhatTheyNeed(positions: readonly number[], relations: readonly Relations[]): number[] {
  const order: number[] = [];
  const visit = (at: number, depth: number): void => {
    if (order.includes(at) || depth > positions.length) return;
    const { limits = [], parts = [] } = relations[at] ?? {};
    for (const needed of [...limits, ...parts]) if (positions.includes(needed)) visit(needed, depth + 1);
    if (!order.includes(at)) order.push(at);
  };
  for (const at of positions) visit(at, 0);
  return order;
}

/** Optional texts and numbers about bad endings are rare; the others are mostly there. */
const RARE =
  /veto|misconduct|dishonest|cancel|revok|refus|withdraw|deletion|removal|unnamed|end_reason|default|abnormal|forfeit|seizure|clawback|recovered|penalty$|responsible|adverse|called_upon|suspend|stopped|daily_penalty|used$|violation$|failed|encumbered|pledged/;
const RARE_SHARE = 0.04;
const PRESENT_SHARE = 0.85;
const TRUE_SHARE = 0.25;

type Making = { contract: Contract; catalogue: Catalogue; phrases: Phrases; coverage: Coverage | undefined };

function fillerOf(field: Field, relations: Relations, making: Making): FieldFiller {
  const { contract, coverage } = making;
  if (field.name === contract.businessTime && field.kind !== 'year') return (_, { on }) => on;
  const need = needOf(field, relations);
  if (field.kind === 'date' || field.kind === 'month') {
    return (cells, fill) => fillDate(field, relations, { cells, fill, need: need(cells) });
  }
  const make = makerOf(field, relations, making);
  const share =
    coverage?.true !== undefined && field.kind === 'boolean'
      ? 1
      : RARE.test(field.name)
        ? RARE_SHARE
        : PRESENT_SHARE;
  return (cells, fill) => {
    const needed = need(cells);
    if (needed === 'never' || (needed === 'may' && field.kind !== 'boolean' && !chance(fill.rng, share)))
      return null;
    return make(cells, fill);
  };
}

/** Whether the field must, may or must not be there, once the codes and flags are decided. */
function needOf(
  field: Field,
  { conditions, isFilled, parts, isPart }: Relations,
): (cells: Cells) => 'must' | 'may' | 'never' {
  const always = field.required || isFilled || isPart || parts.length > 0;
  return (cells) => {
    if (always) return 'must';
    if (conditions.length === 0) return 'may';
    return conditions.some(({ when, equals }) => equals.has(String(cells[when]))) ? 'must' : 'never';
  };
}

function makerOf(field: Field, relations: Relations, making: Making): FieldFiller {
  const { contract, catalogue, phrases, coverage } = making;
  switch (field.kind) {
    case 'code':
      return codeMaker(catalogue.codeTables.get(field.codes ?? ''), coverage?.codes?.[field.name]);
    case 'boolean': {
      const share = coverage?.true ?? (RARE.test(field.name) ? RARE_SHARE : TRUE_SHARE);
      return (_, { rng }) => chance(rng, share);
    }
    case 'money':
    case 'decimal':
    case 'integer':
    case 'year':
      return (cells, fill) => fillNumber(field, relations, { cells, fill, coverage });
    case 'text': {
      const make = textMaker(contract, field, phrases);
      return (_, fill) => make(fill);
    }
    default:
      return PERSONAL[field.kind] ?? (() => null);
  }
}

const PERSONAL: Readonly<Record<string, FieldFiller>> = {
  uscc: (_, fill) => (chance(fill.rng, 0.5) ? publicBodyCode(whole(fill.rng, 1, 400)) : fill.partner().code),
  person: (_, fill) => (chance(fill.rng, 0.6) ? fill.state().representative : person(fill)),
  id_number: (_, { rng }) => identityNumber(rng),
  phone: (_, { rng }) => phoneNumber(rng),
  email: (_, { enterprise }) => `contact@e${enterprise.index}.example.com`,
  timestamp: (_, { on, rng }) => on + (9 + whole(rng, 0, 8)) / 24,
};

/** By the weights of the coverage file, else falling with the place in the code table; 其他 stays rare. */
function codeMaker(
  table: CodeTable | undefined,
  weights: Readonly<Record<string, number>> | undefined,
): FieldFiller {
  if (table === undefined) throw new TypeError('a code field without a code table');
  const choices = table.values
    .map(({ code }, at) => ({
      code,
      weight: weights === undefined ? usualWeight(code, at) : (weights[code] ?? 0),
    }))
    .filter(({ weight }) => weight > 0);
  if (choices.length === 0) throw new TypeError(`no code of ${table.id} has a weight`);
  return (_, { rng }) => pickWeighted(rng, choices, ({ weight }) => weight).code;
}

function usualWeight(code: string, at: number): number {
  return code === 'other' ? 0.01 : 1 / (at + 1);
}
