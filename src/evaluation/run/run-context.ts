import { availableParallelism } from 'node:os';
import type { Clock, Database, KeyStore, Logger } from '#kernel';
import type { Catalogue } from '#lists';
import type { Caller, PolicySet } from '#security';
import type { EvaluationModel } from '../models/evaluation-model.ts';
import type { ModelRole } from './run-tables.ts';

/** What a run needs to work. */
export type RunContext = {
  readonly database: Database;
  readonly policies: PolicySet;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For the registration, by whose district and industry coverage is counted. */
  readonly catalogue: Catalogue;
};

export type RunRequest = {
  readonly caller: Caller;
  readonly kind: 'full' | 'incremental';
  readonly model: EvaluationModel;
  readonly role: ModelRole;
  /** Database sessions at once; one for each processor when absent. */
  readonly sessions?: number;
  /** Enterprise numbers of one slice; `RUN_LIMITS.sliceEnterprises` when absent. */
  readonly sliceSize?: number;
  /** Told after each slice, those of an earlier attempt included. */
  readonly onProgress?: (done: number, total: number) => void;
};

export function sessionsOf({ sessions }: Pick<RunRequest, 'sessions'>): number {
  return sessions ?? availableParallelism();
}

/** Sizes of a run, with their reasons. */
export const RUN_LIMITS = Object.freeze({
  /** What a slice gathers and sorts stays in the processor's cache; a slice alone costs some milliseconds more. */
  sliceEnterprises: 5_000,
  /** Touched enterprises are named in the statement. */
  sliceTouched: 2_000,
  /** Enterprises whose bins are counted for the medians of the baseline; more would not move a median of bands. */
  sampleEnterprises: 20_000,
  /** Sorting and hashing of one slice stays in memory. */
  workMemMiB: 64,
});
