import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { securityRefusal } from '../security-refusals.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String({ minLength: 2 }), en: Type.String({ minLength: 2 }) }, strict);
const Floor = {
  subjectsMin: Type.Integer({ minimum: 2, maximum: 1_000 }),
  largestShareMax: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
};
const Floors = Type.Object(
  {
    id: Type.Literal('statistics-floors'),
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    source: Words,
    default: Type.Object(Floor, strict),
    statistics: Type.Record(
      Type.String({ pattern: '^[a-z][a-z_]{2,39}$' }),
      Type.Object({ ...Floor, why: Words }, strict),
    ),
  },
  strict,
);

/** Least number of subjects that a figure may rest on, and the largest share that one of them may make up. */
export type StatisticsFloor = { readonly subjectsMin: number; readonly largestShareMax: number };

/** Floors by statistic; one that has none of its own has the default. */
export type StatisticsFloors = { readonly version: string; of(statistic: string): StatisticsFloor };

const FILE = 'statistics-floors.yaml';

/**
 * Reads `statistics-floors.yaml` of the last folder that has it: the package's `models`, then a city's. Throws
 * `statistics.floors_not_valid`.
 */
export function loadStatisticsFloors(folders: readonly string[]): StatisticsFloors {
  const file = folders.map((folder) => join(folder, FILE)).findLast((path) => existsSync(path));
  const found: unknown = file === undefined ? undefined : parse(readFileSync(file, 'utf8'));
  if (!Value.Check(Floors, found)) throw notValid(found);
  return Object.freeze({
    version: found.version,
    of: (statistic: string) => pick(found.statistics[statistic] ?? found.default),
  });
}

function pick({ subjectsMin, largestShareMax }: StatisticsFloor): StatisticsFloor {
  return Object.freeze({ subjectsMin, largestShareMax });
}

function notValid(found: unknown): Error {
  const faults = [...Value.Errors(Floors, found)].map(
    ({ instancePath, message }: { instancePath: string; message: string }) =>
      `${instancePath || '/'} ${message}`,
  );
  return securityRefusal('statistics.floors_not_valid', {
    file: FILE,
    reasons: faults.slice(0, 5).join('; '),
  });
}
