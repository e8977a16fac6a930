import { type EnterpriseId, inTransaction, type Tx } from '#kernel';
import type { Contract, Field } from '#lists';
import { makeCity, makeEnterprise } from '../../src/synth/city/enterprise.ts';
import type { City, Enterprise } from '../../src/synth/city/shape.ts';
import type { Cell } from '../../src/synth/complete/fill.ts';
import { dayOf, isoOf, monthOf } from '../../src/synth/model/days.ts';
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

/** Writes the records of a synthetic city, with all their versions, for every contract that an indicator reads. */
export async function fillCity(setting: IndicatorsSetting, enterprises: number): Promise<EnterpriseId[]> {
  const definitions = loadDefinitions();
  const until = dayOf(UNTIL);
  const city = makeCity(definitions, { seed: 5, from: monthOf(until) - 29, until });
  const wanted = new Set(
    [...setting.book.indicators.values()].flatMap((one) => (one.kind === 'base' ? [one.contract.id] : [])),
  );
  const datasets = planDatasets(setting.catalogue, definitions, { seed: 5, until }).filter(({ contract }) =>
    wanted.has(contract.id),
  );
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
          rowNo: version.record * 8 + version.delivery,
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
