import type { Catalogue, Contract } from '#lists';
import { fillField, keepRules } from './fill.ts';
import { addDays, profileOf } from './profile.ts';
import { SERIES, type Values } from './series.ts';

export type Subject = { readonly code: string; readonly name: string };

/** What this department can be asked: the datasets that stay with their source, made up on the spot and the same each time. */
export type Datasets = {
  readonly contracts: ReadonlyMap<string, Contract>;
  /** Rows under the contract's field names. */
  rows(contractId: string, subject: Subject): Values[];
  readonly today: string;
};

export function openDatasets(catalogue: Catalogue, seed: number, today: string): Datasets {
  const contracts = new Map(
    [...catalogue.contracts].filter(([, { sharingModes }]) =>
      sharingModes.some((mode) => mode !== 'replicated'),
    ),
  );
  return {
    contracts,
    today,
    rows: (contractId, subject) => {
      const contract = contracts.get(contractId);
      if (contract === undefined) throw new RangeError(`no such dataset: ${contractId}`);
      return rowsOf({ contract, catalogue, seed, today }, subject);
    },
  };
}

type Making = {
  readonly contract: Contract;
  readonly catalogue: Catalogue;
  readonly seed: number;
  readonly today: string;
};

/** How many facts an enterprise has at most where they are no monthly series; suits and seizures are rare. */
const RARE = /judgment|enforcement|court|arbitration|mortgage|payable|guarantee|agri/;

function rowsOf(making: Making, subject: Subject): Values[] {
  const { contract, seed, today } = making;
  const profile = profileOf(seed, subject, today);
  const chance = profile.chance(contract.id);
  const series = SERIES[contract.id];
  if (series !== undefined) {
    const seeds = profile.months.flatMap((month) => series(profile, month, chance));
    return seeds.map((values) =>
      completeRow(making, { subject, values, on: businessDay(contract, values, today) }),
    );
  }
  const isMonthly = contract.fields.some(
    ({ name, kind }) => name === contract.businessTime && kind === 'month',
  );
  if (isMonthly) {
    return profile.months.map(({ first }) => completeRow(making, { subject, values: {}, on: first }));
  }
  const isRare = RARE.test(contract.id) && !chance.happens(1.2 - profile.health);
  const facts = contract.naturalKey.length === 0 ? 1 : isRare ? 0 : chance.whole(1, 4);
  return Array.from({ length: facts }, (_, at) =>
    completeRow(making, { subject, values: {}, on: addDays(today, -30 - 150 * at) }),
  );
}

function businessDay({ businessTime }: Contract, values: Values, today: string): string {
  const day = businessTime === undefined ? undefined : values[businessTime];
  return typeof day === 'string' ? day.slice(0, 10) : today;
}

/** Fields that the series leaves out are filled from the contract; optional ones about bad endings mostly stay empty. */
const ENDINGS =
  /cancel|revoked|terminated|closed|cut_|stopped|seiz|deferred|compensated|recovered|overdue|scrapped/;

function completeRow(
  { contract, catalogue, seed, today }: Making,
  { subject, values, on }: { subject: Subject; values: Values; on: string },
): Values {
  const profile = profileOf(seed, subject, today);
  const chance = profile.chance(`${contract.id}|${on}`);
  const fill = (name: string): Values[string] => {
    const field = contract.fields.find((candidate) => candidate.name === name);
    if (field === undefined) throw new RangeError(`${contract.id} has no field ${name}`);
    return name === contract.businessTime && field.kind !== 'timestamp'
      ? on
      : fillField(field, { profile, chance, on, catalogue });
  };
  const row: Values = {};
  for (const { name, required } of contract.fields) {
    const isLeftOut = !required && ENDINGS.test(name);
    row[name] = values[name] === undefined ? (isLeftOut ? null : fill(name)) : values[name];
  }
  keepRules(contract, row, fill, today);
  return spell(contract, catalogue, row);
}

/** A department writes names, not codes. */
function spell(contract: Contract, { codeTables }: Catalogue, row: Values): Values {
  for (const { name, kind, codes = '' } of contract.fields) {
    if (kind !== 'code') continue;
    row[name] =
      codeTables.get(codes)?.values.find(({ code }) => code === row[name])?.name ?? row[name] ?? null;
  }
  return row;
}
