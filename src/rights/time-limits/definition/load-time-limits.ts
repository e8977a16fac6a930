import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { canonicalHash } from '#kernel';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { timeLimitRefusal } from '../time-limit-refusals.ts';
import { type Limit, type Profile, ProfileFile } from './profile-shape.ts';
import { TERM_KINDS, type TermKind } from './term-kinds.ts';

/** The profiles of the files. Which one is in force the database says, see `readProfileInForce`. */
export type TimeLimits = {
  readonly profiles: ReadonlyMap<string, Profile>;
  /** With which a node begins: setting XINQIAO_TIME_LIMIT_PROFILE. */
  readonly initial: Profile;
};

/**
 * Reads `rights/time-limits/*.yaml` of each folder of models; a city's file replaces the package's of the same name.
 * Throws `time_limits.definition_not_valid`, `time_limits.profile_unknown`.
 */
export function loadTimeLimits(folders: readonly string[], profileId: string): TimeLimits {
  const files = new Map<string, unknown>();
  for (const folder of folders.map((one) => join(one, 'rights', 'time-limits')).filter(existsSync)) {
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.yaml'))) {
      files.set(name, parse(readFileSync(join(folder, name), 'utf8')));
    }
  }
  const profiles = new Map(
    [...files].map(([name, found]) => [basename(name, '.yaml'), shapeProfile(found, name)]),
  );
  const initial = profiles.get(profileId);
  if (initial === undefined) throw unknownProfile(profileId, profiles.keys());
  return Object.freeze({ profiles, initial });
}

export function unknownProfile(id: string, known: Iterable<string>): Error {
  return timeLimitRefusal('time_limits.profile_unknown', {
    profile: id.slice(0, 40),
    known: [...known].join(', '),
  });
}

/** Throws `time_limits.definition_not_valid`, with each reason. */
export function shapeProfile(found: unknown, file: string): Profile {
  if (!Value.Check(ProfileFile, found)) throw notValid(file, shapeFaults(found));
  const faults = [
    ...(file === `${found.id}.yaml` ? [] : ['file and id differ']),
    ...TERM_KINDS.flatMap((kind) => limitFaults(kind, found.terms[kind])),
    ...noteFaults('whileDisputed', found.whileDisputed),
    ...noteFaults('follow', found.follow),
  ];
  if (faults.length > 0) throw notValid(file, faults);
  return Object.freeze({ ...found, hash: canonicalHash(found) });
}

function limitFaults(kind: TermKind, limit: Limit | undefined): string[] {
  if (limit === undefined) return [];
  const isAtOnce = limit.count === 0;
  return [
    ...(isAtOnce && limit.unit !== 'day' ? [`${kind}: at once is 0 in days`] : []),
    ...(isAtOnce && limit.extension !== undefined ? [`${kind}: at once has no extension`] : []),
    ...noteFaults(kind, limit),
  ];
}

/** What was not read in a law says so to people. */
function noteFaults(name: string, { known, note }: Pick<Limit, 'known' | 'note'>): string[] {
  const isOpen = known === 'memory' || known === 'proposal';
  return isOpen && note === undefined ? [`${name}: ${known} without a note`] : [];
}

function shapeFaults(found: unknown): string[] {
  return [...Value.Errors(ProfileFile, found)].map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
}

function notValid(file: string, reasons: readonly string[]): Error {
  return timeLimitRefusal('time_limits.definition_not_valid', {
    file,
    reasons: reasons.slice(0, 10).join('; '),
  });
}
