import assert from 'node:assert';
import type { Catalogue, Contract } from '#lists';
import { type Completer, compileCompleter } from '../complete/complete.ts';
import type { FactMaker } from '../facts/fact.ts';
import { makerFor, numberOf } from '../facts/makers.ts';
import { headerOf, spellersOf } from '../files/spell.ts';
import { type Day, lastDayOf, monthOf } from '../model/days.ts';
import type { Definitions, Departments, Dialect } from '../model/definitions.ts';
import { type Key, keyOf } from '../model/random.ts';
import { tellCourtCases } from './loans.ts';

/** One contract of the city: how its records are made, spelled and divided into deliveries. */
export type Dataset = {
  readonly contract: Contract;
  readonly number: string;
  readonly isSource: boolean;
  readonly make: FactMaker;
  readonly completer: Completer;
  readonly dialect: Dialect;
  /** Subject columns first, then the fields. */
  readonly header: readonly string[];
  readonly spellers: ReturnType<typeof spellersOf>;
  readonly keyPositions: readonly number[];
  /** Day to which each delivery tells; the last is the cut-off date of the city. */
  readonly cuts: readonly Day[];
  readonly keys: { readonly facts: Key; readonly fields: Key; readonly defects: Key };
};

const SOURCE_DIALECT: Dialect = {
  layout: 'csv',
  encoding: 'utf-8',
  date: 'iso',
  month: 'dash',
  money: 'yuan',
  code: 'code',
  flag: 'word',
  header: 'name',
  subject: ['统一社会信用代码', '企业名称'],
};

/** Every replicated contract of the catalogue, and the sources of followed data, in the catalogue's order. */
export function planDatasets(
  catalogue: Catalogue,
  definitions: Definitions,
  { seed, until }: { seed: number; until: Day },
): Dataset[] {
  const { sources } = definitions.departments;
  const datasets = [...catalogue.contracts.values()]
    .filter(
      (contract) =>
        contract.givenBackBy === undefined && // of institutions, under consents: no department delivers it
        (contract.sharingModes.includes('replicated') || sources.includes(numberOf(contract))),
    )
    .map((contract) => planDataset(contract, { catalogue, definitions, seed, until }));
  return tellCourtCases(datasets);
}

function planDataset(
  contract: Contract,
  {
    catalogue,
    definitions,
    seed,
    until,
  }: { catalogue: Catalogue; definitions: Definitions; seed: number; until: Day },
): Dataset {
  const number = numberOf(contract);
  const { departments, phrases } = definitions;
  const isSource = departments.sources.includes(number);
  const dialect = isSource ? SOURCE_DIALECT : dialectOf(contract, departments);
  const completer = compileCompleter(contract, {
    catalogue,
    phrases,
    coverage: definitions.coverage[number],
  });
  const key = (purpose: string) => keyOf(seed, `${purpose} ${contract.id}`);
  return {
    contract,
    number,
    isSource,
    make: makerFor(contract, definitions),
    completer,
    dialect,
    header: [...dialect.subject, ...contract.fields.map((field) => headerOf(field, dialect))],
    spellers: spellersOf(contract, dialect, catalogue.codeTables),
    keyPositions: contract.naturalKey.map((name) => completer.positionOf.get(name) ?? 0),
    cuts: departments.increments.includes(number) ? cutsUntil(until) : [until],
    keys: { facts: key('facts'), fields: key('fields'), defects: key('defects') },
  };
}

/** All up to two months before the end, then month by month. */
function cutsUntil(until: Day): Day[] {
  const month = monthOf(until);
  return [lastDayOf(month - 2), lastDayOf(month - 1), until];
}

function dialectOf(contract: Contract, { dialects, contracts, lists }: Departments): Dialect {
  const number = numberOf(contract);
  const named = Object.entries(contracts).find(([, numbers]) => numbers.includes(number))?.[0];
  const dialect = dialects[named ?? lists[contract.list]];
  assert(dialect !== undefined, `no dialect for ${contract.id}`);
  return dialect;
}
