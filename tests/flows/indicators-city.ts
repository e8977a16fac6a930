import { type EnterpriseId, inTransaction, type Tx } from '#kernel';
import type { Contract, Field } from '#lists';
import { makeCity, makeEnterprise } from '../../src/synth/city/enterprise.ts';
import type { City, Enterprise } from '../../src/synth/city/shape.ts';
import type { Cell } from '../../src/synth/complete/fill.ts';
import { type Day, dayOf, isoOf, lastDayOf, monthOf } from '../../src/synth/model/days.ts';
import { loadDefinitions } from '../../src/synth/model/definitions.ts';
import { type Dataset, planDatasets } from '../../src/synth/write/datasets.ts';
import { listVersions, type RecordVersion } from '../../src/synth/write/versions.ts';
import {
  addDelivery,
  addEnterprise,
  addRecords,
  type IndicatorsSetting,
  type TestRecord,
} from './indicators-setting.ts';

/** The cut-off day of the city; deliveries tell to the ends of the last three months and are known the morning after. */
export const UNTIL = '2026-10-31';
const MADE_AT = new Date('2020-01-01T00:00:00Z');

const SEED = 5;

/** The city whose records `fillCity` writes, and how its departments describe it. */
export function planCity({ catalogue }: Pick<IndicatorsSetting, 'catalogue'>): {
  readonly city: City;
  readonly datasets: readonly Dataset[];
} {
  const definitions = loadDefinitions();
  const until = dayOf(UNTIL);
  return {
    city: makeCity(definitions, { seed: SEED, from: monthOf(until) - 29, until }),
    datasets: planDatasets(catalogue, definitions, { seed: SEED, until }),
  };
}

export type Fill = {
  /** Contracts to fill; those of every indicator when absent. */
  readonly contracts?: ReadonlySet<string>;
  /** Deliveries at the end of every month of the city, as if the node had run all the time. */
  readonly isMonthly?: boolean;
};

/** Writes the records of a synthetic city, with all their versions, for every contract that an indicator reads. */
export async function fillCity(
  setting: IndicatorsSetting,
  enterprises: number,
  { contracts, isMonthly = false }: Fill = {},
): Promise<EnterpriseId[]> {
  const { city, datasets: all } = planCity(setting);
  const wanted =
    contracts ??
    new Set(
      [...setting.book.indicators.values()].flatMap((one) => (one.kind === 'base' ? [one.contract.id] : [])),
    );
  const cuts = monthEnds(city);
  const datasets = all
    .filter(({ contract }) => wanted.has(contract.id))
    .map((dataset) => (isMonthly ? { ...dataset, cuts } : dataset));
  return await inTransaction(setting.database, async (tx) => {
    const made: { id: EnterpriseId; enterprise: Enterprise }[] = [];
    for (let index = 0; index < enterprises; index += 1) {
      const enterprise = makeEnterprise(city, index);
      const kind = enterprise.isSoleTrader ? 'sole_trader' : 'organisation';
      made.push({ id: await addEnterprise(tx, { madeAt: MADE_AT, kind }), enterprise });
    }
    for (const dataset of datasets) await fillDataset(tx, dataset, { city, made });
    await tx.rows('analyze');
    return made.map(({ id }) => id);
  });
}

function monthEnds({ from, until }: City): Day[] {
  return Array.from({ length: monthOf(until) - from + 1 }, (_, n) => lastDayOf(from + n));
}

type Filling = {
  readonly city: City;
  readonly made: readonly { readonly id: EnterpriseId; readonly enterprise: Enterprise }[];
};

async function fillDataset(tx: Tx, dataset: Dataset, { city, made }: Filling): Promise<void> {
  const { contract, cuts } = dataset;
  const knownFroms = cuts.map((cut) => new Date(`${isoOf(cut + 1)}T02:00:00Z`));
  const deliveries: string[] = [];
  for (const knownFrom of knownFroms) deliveries.push(await addDelivery(tx, contract, knownFrom));
  const records: TestRecord[] = [];
  for (const { id, enterprise } of made) {
    const byRecord = Map.groupBy(listVersions(dataset, city, enterprise), ({ record }) => record);
    for (const versions of byRecord.values()) {
      const chain = versions.filter(({ kind }) => kind !== 'unchanged');
      for (const [at, version] of chain.entries()) {
        if (version.kind === 'withdrawn') continue;
        const next = chain[at + 1];
        records.push({
          enterpriseId: id,
          deliveryNo: deliveries[version.delivery] ?? '',
          rowNo: version.record * 64 + version.delivery,
          knownFrom: knownFroms[version.delivery] ?? MADE_AT,
          ...(next === undefined ? {} : { knownTo: knownFroms[next.delivery] ?? MADE_AT }),
          values: valuesOf(contract, version),
        });
      }
    }
  }
  for (let at = 0; at < records.length; at += 5_000)
    await addRecords(tx, contract, records.slice(at, at + 5_000));
}

function valuesOf(contract: Contract, { cells }: RecordVersion): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [at, field] of contract.fields.entries()) {
    values[field.name] = toColumn(field, cells[at] ?? null);
    if (field.currency === 'any') values[`${field.name}_currency`] = 'CNY';
  }
  return values;
}

function toColumn({ kind }: Field, cell: Cell): unknown {
  if (cell === null) return null;
  if (kind === 'date' || kind === 'month') {
    const day = isoOf(Number(cell));
    return day === '9999-12-31' ? 'infinity' : day;
  }
  return kind === 'timestamp' ? new Date(Number(cell)) : cell;
}
