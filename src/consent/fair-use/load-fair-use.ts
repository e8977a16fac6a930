import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalHash } from '#kernel';
import type { InstitutionType } from '#security';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { consentRefusal } from '../consent-refusals.ts';
import { type Bound, DatasetGroups, InstitutionBounds } from './shape.ts';

/** The bounds in force, as published; never changed while the node runs. */
export type FairUse = {
  /** SHA-256 over all files as read, hex: names this edition for ever. */
  readonly hash: string;
  readonly groups: DatasetGroups;
  readonly institutions: ReadonlyMap<InstitutionType, InstitutionBounds>;
  /** The group of a dataset. */
  groupOf(contractId: string): string;
};

/** The group of every dataset that is in no other. */
const OTHER_GROUP = 'other';

/**
 * Reads `models/fair-use` of the package, then the city's, whose file of the same name takes the place of the
 * package's. Throws `fair_use.definition_not_valid` naming file and reasons; two bounds that would apply alike are one.
 */
export function loadFairUse(folders: readonly string[]): FairUse {
  const files = new Map<string, unknown>();
  for (const folder of folders.filter((one) => existsSync(one))) {
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.yaml'))) {
      files.set(name, parse(readFileSync(join(folder, name), 'utf8')));
    }
  }
  const groups = requireShape(DatasetGroups, files.get('groups.yaml'), 'groups.yaml');
  requireValid('groups.yaml', findGroupFaults(groups));
  const institutions = new Map<InstitutionType, InstitutionBounds>();
  for (const [name, value] of [...files].filter(([file]) => file !== 'groups.yaml')) {
    const bounds = requireShape(InstitutionBounds, value, name);
    requireValid(name, findFaults(name, bounds, groups));
    institutions.set(bounds.institutionType, bounds);
  }
  const groupByContract = new Map(
    groups.groups.flatMap(({ id, contracts }) => contracts.map((one) => [one, id])),
  );
  const hash = canonicalHash(editionOf({ groups, institutions }));
  return { hash, groups, institutions, groupOf: (id) => groupByContract.get(id) ?? OTHER_GROUP };
}

/** The whole edition as plain JSON: what is hashed, kept and published. */
export function editionOf({ groups, institutions }: Pick<FairUse, 'groups' | 'institutions'>) {
  const byType = [...institutions.values()].sort((one, other) =>
    one.institutionType < other.institutionType ? -1 : 1,
  );
  return { groups, institutions: byType };
}

function requireShape<Schema extends TSchema>(schema: Schema, value: unknown, file: string): Static<Schema> {
  requireValid(
    file,
    [...Value.Errors(schema, value)].map(({ instancePath, message }) => `${instancePath || '/'} ${message}`),
  );
  return value as Static<Schema>; // the errors are none
}

function requireValid(file: string, reasons: readonly string[]): void {
  if (reasons.length === 0) return;
  throw consentRefusal('fair_use.definition_not_valid', { file, reasons: reasons.slice(0, 10).join('; ') });
}

function findGroupFaults({ groups }: DatasetGroups): string[] {
  const seen = new Set<string>([OTHER_GROUP]);
  return groups.flatMap(({ id, contracts }) =>
    [id, ...contracts].flatMap((name) => {
      if (seen.has(name)) return [`${name} twice`];
      seen.add(name);
      return [];
    }),
  );
}

function findFaults(
  name: string,
  { institutionType, bounds }: InstitutionBounds,
  groups: DatasetGroups,
): string[] {
  const known = new Set([OTHER_GROUP, ...groups.groups.map(({ id }) => id)]);
  const unknown = bounds.flatMap((bound) => (bound.groups ?? []).filter((id) => !known.has(id)));
  return [
    ...(name === `${institutionType}.yaml` ? [] : ['file and institutionType differ']),
    ...unknown.map((id) => `no group ${id}`),
    ...bounds.flatMap((bound, at) =>
      bounds
        .slice(at + 1)
        .filter((other) => doCollide(bound, other))
        .map(() => `bound ${at + 1} and a later one apply alike`),
    ),
  ];
}

/** Both may be the one that applies, and neither says more than the other. */
function doCollide(one: Bound, other: Bound): boolean {
  return (
    doMeet(one.purposes, other.purposes) &&
    areAlike(one.products, other.products) &&
    areAlike(one.groups, other.groups)
  );
}

function areAlike(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return doMeet(one, other);
}

function doMeet(one: readonly string[], other: readonly string[]): boolean {
  return one.some((name) => other.includes(name));
}
