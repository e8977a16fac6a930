import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { canonicalHash } from '#kernel';
import type { Catalogue } from '#lists';
import { checkDefinition } from './check-definition.ts';
import { fault, type Fault } from './check-filter.ts';
import {
  type Indicator,
  type IndicatorBook,
  type IndicatorDefinition,
  inputsOf,
  isCombined,
  type ReleaseRule,
} from '../indicator.ts';
import { indicatorsRefusal } from './indicators-refusals.ts';
import { releaseSchema } from './release-schema.ts';

const INDICATOR_SCHEMA = 'indicator.schema.json';

type Read = { readonly file: string; readonly definition: IndicatorDefinition };

/**
 * Loads every indicator under `<folder>/indicators` and every release rule under `<folder>/releases`, the package's
 * `models` first, then the city's folder, whose files replace those of the same id. Refuses with
 * `indicators.definition_not_valid`, which names the file, the place in it and what is wrong: a node never starts
 * on a doubtful definition.
 */
export function loadIndicators(folders: readonly string[], catalogue: Catalogue): IndicatorBook {
  const [own] = folders;
  if (own === undefined) throw new TypeError('the package has a folder of models');
  const ajv = new Ajv({ allErrors: false, allowUnionTypes: true });
  const schema: unknown = JSON.parse(readFileSync(join(own, 'indicators', INDICATOR_SCHEMA), 'utf8'));
  const isIndicator = ajv.compile<IndicatorDefinition>(schema as object);
  const isRelease = ajv.compile<ReleaseRule>(releaseSchema);
  const releases = new Map<string, ReleaseRule>();
  const read = new Map<string, Read>();
  for (const folder of folders) {
    for (const [id, { value }] of readFolder(join(folder, 'releases'), isRelease)) releases.set(id, value);
    for (const [id, { file, value }] of readFolder(join(folder, 'indicators'), isIndicator))
      read.set(id, { file, definition: value });
  }
  return openBook(read, { catalogue, releases });
}

function openBook(
  read: ReadonlyMap<string, Read>,
  known: { catalogue: Catalogue; releases: ReadonlyMap<string, ReleaseRule> },
): IndicatorBook {
  const indicators = new Map<string, Indicator>();
  for (const id of [...read.keys()].sort()) {
    const { file, definition } = read.get(id) as Read; // a key of the map itself
    const faults = isCombined(definition) ? checkInputs(id, read) : checkDefinition(definition, known);
    refuseFaults(file, faults);
    indicators.set(id, toIndicator(definition, known.catalogue));
  }
  const hash = canonicalHash([...indicators.values()].map((indicator) => indicator.hash));
  return Object.freeze({ indicators, releases: known.releases, hash });
}

function toIndicator(definition: IndicatorDefinition, catalogue: Catalogue): Indicator {
  const hash = canonicalHash(definition);
  if (isCombined(definition)) return Object.freeze({ kind: 'combined', definition, hash });
  const contract = catalogue.contracts.get(definition.source.contract);
  if (contract === undefined) throw new TypeError('a checked definition has its contract');
  return Object.freeze({ kind: 'base', definition, contract, hash });
}

/** Both inputs are there, and no combination rests on itself. */
function checkInputs(id: string, read: ReadonlyMap<string, Read>, above: readonly string[] = []): Fault[] {
  const definition = read.get(id)?.definition;
  if (definition === undefined) return [fault('/aggregate', `没有指标 ${id}`, `there is no indicator ${id}`)];
  if (!isCombined(definition)) return [];
  if (above.includes(id)) return [fault('/aggregate', `${id} 依赖自身`, `${id} rests on itself`)];
  return inputsOf(definition.aggregate).flatMap((input) => checkInputs(input, read, [...above, id]));
}

function readFolder<Value extends { readonly id: string }>(
  folder: string,
  isValid: ValidateFunction<Value>,
): Map<string, { file: string; value: Value }> {
  const found = new Map<string, { file: string; value: Value }>();
  for (const file of yamlFilesUnder(folder)) {
    const value: unknown = parse(readFileSync(file, 'utf8'));
    if (!isValid(value)) {
      const [error] = isValid.errors ?? [];
      refuseFaults(file, [fault(error?.instancePath ?? '/', String(error?.message), String(error?.message))]);
      continue;
    }
    const isNamed = basename(file) === `${value.id}.yaml` && !found.has(value.id);
    refuseFaults(
      file,
      isNamed ? [] : [fault('/id', '文件名与编号不符或编号重复', 'file and id differ, or the id is taken')],
    );
    found.set(value.id, { file, value });
  }
  return found;
}

function refuseFaults(file: string, faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  throw indicatorsRefusal('indicators.definition_not_valid', {
    file: basename(file),
    zh: faults.map(({ place, zh }) => `${place} ${zh}`).join('；'),
    en: faults.map(({ place, en }) => `${place} ${en}`).join('; '),
  });
}

function yamlFilesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
