import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { indexSystemRefusal } from '../index-system-refusals.ts';
import { GradesFile, SystemFile } from './file-shape.ts';
import type { IndicatorFactsById } from './indicator-facts.ts';
import type { Grading, IndexSystem } from './index-system.ts';
import { shapeGrading } from './shape-grading.ts';
import { shapeSystem } from './shape-system.ts';

/** All rules in force, by id. */
export type IndexBook = {
  readonly systems: ReadonlyMap<string, IndexSystem>;
  readonly gradings: ReadonlyMap<string, Grading>;
};

const REASONS_SHOWN = 10;

/**
 * Reads `models/index-systems` of the package, then the city's, whose file of the same name takes the place of the
 * package's. `grades-*.yaml` are grading rules, every other file scoring rules. Throws
 * `index_system.definition_not_valid` with file and reasons, an indicator that does not exist among them.
 */
export function loadIndexSystems(folders: readonly string[], indicators: IndicatorFactsById): IndexBook {
  const files = new Map<string, unknown>();
  for (const folder of folders.filter((one) => existsSync(one))) {
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.yaml')))
      files.set(name, parse(readFileSync(join(folder, name), 'utf8')));
  }
  const systems = new Map<string, IndexSystem>();
  const gradings = new Map<string, Grading>();
  for (const [name, value] of files) {
    if (name.startsWith('grades-')) addUnder(gradings, name, readGrading(name, value, indicators));
    else addUnder(systems, name, readSystem(name, value, indicators));
  }
  return { systems, gradings };
}

/** One file of scoring rules, already parsed. */
export function readSystem(name: string, value: unknown, indicators: IndicatorFactsById): IndexSystem {
  const { thing, faults } = shapeSystem(requireShape(SystemFile, name, value), indicators);
  requireNone(name, faults);
  return thing;
}

/** One file of grading rules, already parsed. */
export function readGrading(name: string, value: unknown, indicators: IndicatorFactsById): Grading {
  const { thing, faults } = shapeGrading(requireShape(GradesFile, name, value), indicators);
  requireNone(name, faults);
  return thing;
}

function addUnder<Thing extends { readonly id: string }>(
  book: Map<string, Thing>,
  name: string,
  thing: Thing,
): void {
  if (`${thing.id}.yaml` !== name) requireNone(name, ['file and id differ']);
  book.set(thing.id, thing);
}

function requireShape<Schema extends TSchema>(schema: Schema, file: string, value: unknown): Static<Schema> {
  if (Value.Check(schema, value)) return value;
  const faults = [...Value.Errors(schema, value)];
  requireNone(
    file,
    faults.map(({ instancePath, message }) => `${instancePath || '/'} ${message}`),
  );
  throw new TypeError('a value that does not hold has errors');
}

function requireNone(file: string, faults: readonly string[]): void {
  if (faults.length === 0) return;
  const reasons = faults.slice(0, REASONS_SHOWN).join('; ');
  throw indexSystemRefusal('index_system.definition_not_valid', { file, reasons });
}
