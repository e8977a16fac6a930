import { Type } from 'typebox';
import { monitoringRunRefusal } from '../run/run-refusals.ts';
import { readTerms, TERMS_WORDS } from '../terms-file.ts';

const strict = { additionalProperties: false } as const;
const PerHour = Type.Integer({ minimum: 1, maximum: 1_000_000 });
const FollowingFile = Type.Object(
  {
    id: Type.Literal('source-following'),
    version: Type.String(),
    name: TERMS_WORDS,
    source: Type.String(),
    datasets: Type.Record(
      Type.String({ pattern: '^[nbv][0-9]{2}_[a-z0-9_]{2,50}$' }),
      Type.Object({ everyDays: Type.Integer({ minimum: 1, maximum: 366 }) }, strict),
    ),
    pace: Type.Object({ perHour: PerHour, sources: Type.Record(Type.String(), PerHour) }, strict),
    atOnce: Type.Integer({ minimum: 1, maximum: 32 }),
    retryHours: Type.Integer({ minimum: 1, maximum: 168 }),
    stopAfterFailures: Type.Integer({ minimum: 1, maximum: 100 }),
  },
  strict,
);

/** 跟踪: how often sources are asked for the watch list, and how many asks an hour they are spared for. */
export type FollowingTerms = {
  readonly version: string;
  /** Days between two asks, by dataset; a dataset without any is not followed. */
  readonly everyDays: ReadonlyMap<string, number>;
  readonly perHour: number;
  /** For single sources in place of `perHour`. */
  readonly perHourOf: ReadonlyMap<string, number>;
  /** Asks of one source at once. */
  readonly atOnce: number;
  readonly retryHours: number;
  readonly stopAfterFailures: number;
};

/**
 * Reads `monitoring/following.yaml` of the last folder that has one, so that a city's own replaces the package's. Throws
 * `monitoring.following_not_valid`.
 */
export function loadFollowing(folders: readonly string[]): FollowingTerms {
  const { terms } = readTerms(folders, {
    name: 'following.yaml',
    shape: FollowingFile,
    refuse: (params) => monitoringRunRefusal('monitoring.following_not_valid', params),
  });
  const { version, datasets, pace, atOnce, retryHours, stopAfterFailures } = terms;
  return Object.freeze({
    version,
    everyDays: new Map(Object.entries(datasets).map(([id, { everyDays }]) => [id, everyDays])),
    perHour: pace.perHour,
    perHourOf: new Map(Object.entries(pace.sources)),
    atOnce,
    retryHours,
    stopAfterFailures,
  });
}
