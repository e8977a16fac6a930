import { join } from 'node:path';
import type { City, Enterprise } from '../city/shape.ts';
import { extensionOf, openSheet, type Sheet } from '../files/sheet.ts';
import { type Day, isoOf } from '../model/days.ts';
import { chance, type Rng, streamOf } from '../model/random.ts';
import type { Dataset } from './datasets.ts';
import { type Expected, type PlantedRow, plantDefect } from './defects.ts';
import type { CityDelivery } from './manifest.ts';
import { listVersions, type RecordVersion } from './versions.ts';

/** Told of every planted defect: the file, the number of the row in it (from 1), and what the node should make of it. */
export type DefectSink = (
  line: readonly [file: string, row: number, field: string, kind: string, expected: Expected],
) => void;

/** Writes the files of one dataset, enterprise after enterprise. */
export type DatasetWriter = {
  /** Returns whether the enterprise's first row was clean, which only the registering dataset is asked for. */
  write(enterprise: Enterprise, isRegistered: boolean): boolean;
  close(): void;
  /** Files with at least one row, records before withdrawals, each with the day it tells to. */
  files(): { readonly order: number; readonly delivery: CityDelivery }[];
};

/** What all datasets of a city are written with. */
type Writing = {
  readonly folder: string;
  readonly city: City;
  readonly defectShare: number;
  readonly sink: DefectSink;
};

type Part = {
  readonly file: string;
  readonly kind: CityDelivery['kind'];
  /** The day to which the file tells; deliveries go in its order, single ones with the last. */
  readonly asOf: Day;
  readonly sheet: Sheet;
  readonly expected: { -readonly [Name in keyof CityDelivery['expected']]: number };
};

export function openDatasetWriter(dataset: Dataset, writing: Writing): DatasetWriter {
  const parts = new Map<string, Part>();
  const partOf = (kind: Part['kind'], delivery: number): Part => {
    const name = `${kind} ${delivery}`;
    const part = parts.get(name) ?? openPart(dataset, { folder: writing.folder, kind, delivery });
    parts.set(name, part);
    return part;
  };
  return {
    write(enterprise, isRegistered) {
      const versions = listVersions(dataset, writing.city, enterprise);
      if (versions.length === 0) return true;
      const rng = streamOf(dataset.keys.defects, enterprise.index);
      const accepted = new Set<number>();
      let isClean = true;
      for (const version of versions) {
        const isKnown = accepted.has(version.record);
        if (version.kind === 'withdrawn') {
          if (isKnown)
            writeWithdrawal(dataset, partOf('withdrawal', version.delivery), {
              version,
              code: enterprise.code,
            });
          continue;
        }
        const part = partOf('records', version.delivery);
        const rows = rowsOf(version, { dataset, writing, part, enterprise, rng, isRegistered });
        const isAccepted = writeRows(part, rows, {
          kind: isKnown ? version.kind : 'first',
          sink: writing.sink,
        });
        if (isAccepted) accepted.add(version.record);
        else isClean = false;
      }
      return isClean;
    },
    close() {
      for (const { sheet } of parts.values()) sheet.close();
    },
    files: () => [...parts.values()].map((part) => ({ order: part.asOf, delivery: describe(dataset, part) })),
  };
}

type Placing = {
  readonly dataset: Dataset;
  readonly writing: Writing;
  readonly part: Part;
  readonly enterprise: Enterprise;
  readonly rng: Rng;
  readonly isRegistered: boolean;
};

/** The row as it is written, spoiled or not; sources of followed data answer without defects. */
function rowsOf(
  version: RecordVersion,
  { dataset, writing, part, ...about }: Placing,
): readonly PlantedRow[] {
  const cells = spellRow(dataset, version, about.enterprise.code);
  const clean = [{ cells }];
  if (dataset.isSource || !chance(about.rng, writing.defectShare)) return clean;
  const planting = {
    dataset,
    ...about,
    asOf: part.asOf,
    mayReject: mayReject(part, dataset.contract.rejectedShareMax),
    isFirst: version.kind === 'first',
  };
  return plantDefect(cells, planting) ?? clean;
}

function openPart(
  dataset: Dataset,
  { folder, kind, delivery }: { folder: string; kind: Part['kind']; delivery: number },
): Part {
  const { contract, dialect, header, cuts, isSource } = dataset;
  const extension = extensionOf(dialect);
  const suffix = kind === 'withdrawal' ? '.withdrawal' : '';
  const file = isSource
    ? `source/${contract.id}.${extension}`
    : `deliveries/${isoOf(cuts[delivery] ?? 0)}/${contract.id}${suffix}.${extension}`;
  const columns = kind === 'withdrawal' ? withKeys(dataset, header.slice(2)) : header.slice(2);
  return {
    file,
    kind,
    asOf: cuts[delivery] ?? 0,
    sheet: openSheet(join(folder, file), dialect, [...header.slice(0, 2), ...columns]),
    expected: { rows: 0, new: 0, changed: 0, unchanged: 0, held: 0, quarantined: 0, duplicateInFile: 0 },
  };
}

function withKeys({ keyPositions }: Dataset, cells: readonly string[]): string[] {
  return keyPositions.map((at) => cells[at] ?? '');
}

function spellRow({ spellers }: Dataset, { cells, name }: RecordVersion, code: string): string[] {
  const row = [code, name];
  for (let at = 0; at < spellers.length; at += 1) {
    const cell = cells[at];
    row.push(cell === null || cell === undefined ? '' : (spellers[at]?.(cell) ?? ''));
  }
  return row;
}

/** A file stays well within the share of bad rows at which its contract returns it whole. */
function mayReject({ expected }: Part, rejectedShareMax: number): boolean {
  return expected.quarantined + 2 <= (expected.rows + 2) * rejectedShareMax * 0.6;
}

function writeRows(
  part: Part,
  rows: readonly PlantedRow[],
  { kind, sink }: { kind: RecordVersion['kind']; sink: DefectSink },
): boolean {
  let isAccepted = false;
  for (const { cells, defect } of rows) {
    part.sheet.row(cells);
    part.expected.rows += 1;
    const fate = defect?.expected ?? 'accepted';
    if (fate === 'accepted')
      part.expected[kind === 'first' ? 'new' : kind === 'changed' ? 'changed' : 'unchanged'] += 1;
    else part.expected[fate === 'duplicate' ? 'duplicateInFile' : fate] += 1;
    if (fate === 'accepted') isAccepted = true;
    if (defect !== undefined) sink([part.file, part.sheet.rows, defect.field, defect.kind, defect.expected]);
  }
  return isAccepted;
}

function writeWithdrawal(
  dataset: Dataset,
  part: Part,
  { version, code }: { version: RecordVersion; code: string },
): void {
  const cells = spellRow(dataset, version, code);
  part.sheet.row([...cells.slice(0, 2), ...withKeys(dataset, cells.slice(2))]);
  part.expected.rows += 1;
  part.expected.changed += 1;
}

function describe({ contract }: Dataset, { file, kind, asOf, expected }: Part): CityDelivery {
  return { contract: contract.id, provider: contract.provider, kind, file, asOf: isoOf(asOf), expected };
}
