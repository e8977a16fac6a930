import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Catalogue } from '#lists';
import { makeCity, makeEnterprise } from '../city/enterprise.ts';
import type { City } from '../city/shape.ts';
import { type Day, dayOf, isoOf, type Month, monthFrom, monthOf, monthText } from '../model/days.ts';
import { loadDefinitions } from '../model/definitions.ts';
import { synthRefusal } from '../synth-refusals.ts';
import { type Dataset, planDatasets } from './datasets.ts';
import { type DatasetWriter, openDatasetWriter } from './dataset-writer.ts';
import { loansOf } from './loans.ts';
import { type CityManifest, MANIFEST_FILE, NOTICE } from './manifest.ts';
import { openTruth, TRUTH_FILES } from './truth.ts';

export type CityOptions = {
  /** Is made; must not hold a city already. */
  readonly folder: string;
  readonly enterprises: number;
  /** Same seed and same options: same bytes. */
  readonly seed: number;
  /** Share of rows with a planted defect; 0.01 when absent. */
  readonly defectShare?: number;
  /** First month of the observed period, `YYYY-MM`; by default `months` before the end. */
  readonly from?: string;
  /** Months of the observed period; 24 when absent. */
  readonly months?: number;
  /** Last day that the files know, `YYYY-MM-DD`. */
  readonly until: string;
  readonly catalogue: Catalogue;
  /** Enterprises written so far. */
  readonly progress?: (done: number) => void;
};

/** What was written; `rows` by contract, deliveries only. */
export type CitySummary = {
  readonly synthetic: true;
  readonly enterprises: number;
  readonly defaults: number;
  readonly deliveries: number;
  readonly rows: number;
  readonly sourceRows: number;
  readonly rowsByContract: Readonly<Record<string, number>>;
};

/** Enterprises written between two breaths of the process. */
const BREATH = 20;

/**
 * Writes the department files of a synthetic city, its manifest (last, so that a folder with one is whole) and its truth.
 * Streams enterprise after enterprise: memory does not grow with their number. Refuses options that make no city.
 */
export async function writeCity(options: CityOptions): Promise<CitySummary> {
  const { folder, enterprises, seed, defectShare = 0.01, catalogue, progress } = options;
  const period = readPeriod(options);
  const definitions = loadDefinitions();
  const city = makeCity(definitions, { seed, ...period });
  const datasets = planDatasets(catalogue, definitions, { seed, until: period.until });
  makeFolders(folder, datasets);
  const truth = openTruth(folder, city);
  const writers = datasets.map((dataset) =>
    openDatasetWriter(dataset, { folder, city, defectShare, sink: truth.defect }),
  );
  let defaults = 0;
  for (let index = 0; index < enterprises; index += 1) {
    const enterprise = makeEnterprise(city, index);
    if (enterprise.defaultOn !== undefined) defaults += 1;
    truth.enterprise(enterprise, loansOf(city, datasets, enterprise));
    writeEnterprise(writers, datasets, enterprise);
    if (index % BREATH !== BREATH - 1) continue;
    progress?.(index + 1);
    await setImmediate();
  }
  for (const writer of writers) writer.close();
  truth.close();
  progress?.(enterprises);
  const manifest = describeCity(options, { city, datasets, writers, defaults, defectShare });
  await writeFile(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 1)}\n`, { flag: 'wx' });
  return summarise(manifest);
}

/** The registering dataset stands first, so that the others know whether the register has the enterprise. */
function writeEnterprise(
  writers: readonly DatasetWriter[],
  datasets: readonly Dataset[],
  enterprise: ReturnType<typeof makeEnterprise>,
): void {
  let isRegistered = false;
  for (const [at, writer] of writers.entries()) {
    const isClean = writer.write(enterprise, isRegistered);
    if (datasets[at]?.contract.registers === true) isRegistered = isClean;
  }
}

const ENTERPRISES_MAX = 50_000_000;
const MONTHS_MAX = 120;

function readPeriod({ enterprises, seed, defectShare = 0.01, from, months = 24, until }: CityOptions): {
  from: Month;
  until: Day;
} {
  requireOption(
    Number.isSafeInteger(enterprises) && enterprises >= 1 && enterprises <= ENTERPRISES_MAX,
    'enterprises',
  );
  requireOption(Number.isSafeInteger(seed), 'seed');
  requireOption(defectShare >= 0 && defectShare <= 0.5, 'defectShare');
  requireOption(Number.isSafeInteger(months) && months >= 3 && months <= MONTHS_MAX, 'months');
  requireOption(
    /^20\d{2}-\d{2}-\d{2}$/.test(until) && isoOf(Date.parse(until) / 86_400_000) === until,
    'until',
  );
  requireOption(from === undefined || /^20\d{2}-(0[1-9]|1[0-2])$/.test(from), 'from');
  const last = dayOf(until);
  const first = from === undefined ? monthOf(last) - months + 1 : monthFrom(from);
  requireOption(monthOf(last) - first >= 2 && monthOf(last) - first < MONTHS_MAX, 'from');
  return { from: first, until: last };
}

function requireOption(holds: boolean, option: string): void {
  if (!holds) throw synthRefusal('synth.wrong_option', { option });
}

function makeFolders(folder: string, datasets: readonly Dataset[]): void {
  const days = new Set(datasets.flatMap(({ cuts }) => cuts.map(isoOf)));
  try {
    mkdirSync(join(folder, 'truth'), { recursive: true });
    mkdirSync(join(folder, 'source'));
    for (const day of days) mkdirSync(join(folder, 'deliveries', day), { recursive: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw synthRefusal('synth.folder_in_use', { folder });
    throw error;
  }
}

type Written = {
  readonly city: City;
  readonly datasets: readonly Dataset[];
  readonly writers: readonly DatasetWriter[];
  readonly defaults: number;
  readonly defectShare: number;
};

function describeCity(
  options: CityOptions,
  { city, datasets, writers, defaults, defectShare }: Written,
): CityManifest {
  const files = writers.flatMap((writer, at) =>
    writer.files().map((file) => ({ ...file, isSource: datasets[at]?.isSource === true, dataset: at })),
  );
  const inOrder = files.toSorted(
    (a, b) =>
      a.order - b.order ||
      a.dataset - b.dataset ||
      Number(a.delivery.kind === 'withdrawal') - Number(b.delivery.kind === 'withdrawal'),
  );
  return {
    synthetic: true,
    notice: NOTICE,
    format: 1,
    seed: options.seed,
    enterprises: options.enterprises,
    defectShare,
    from: monthText(city.from),
    months: monthOf(city.until) - city.from + 1,
    until: isoOf(city.until),
    defaults,
    deliveries: inOrder.filter(({ isSource }) => !isSource).map(({ delivery }) => delivery),
    sources: inOrder
      .filter(({ isSource }) => isSource)
      .map(({ delivery: { contract, file, expected } }) => ({ contract, file, rows: expected.rows })),
    truth: TRUTH_FILES,
  };
}

function summarise({ enterprises, defaults, deliveries, sources }: CityManifest): CitySummary {
  const rowsByContract: Record<string, number> = {};
  for (const { contract, expected } of deliveries)
    rowsByContract[contract] = (rowsByContract[contract] ?? 0) + expected.rows;
  return {
    synthetic: true,
    enterprises,
    defaults,
    deliveries: deliveries.length,
    rows: deliveries.reduce((sum, { expected }) => sum + expected.rows, 0),
    sourceRows: sources.reduce((sum, { rows }) => sum + rows, 0),
    rowsByContract,
  };
}
