import type { EvaluationModel } from '../models/evaluation-model.ts';
import type { Baseline } from '../index-system/explanation/baseline.ts';
import type { Moment } from '../indicators/compile/slots.ts';
import type { ModelRole } from './run-tables.ts';

/** A run as its slices see it: everything that is the same for all of them. */
export type RunningRun = {
  readonly runNo: string;
  readonly runId: string;
  readonly kind: 'full' | 'incremental';
  readonly role: ModelRole;
  readonly model: EvaluationModel;
  readonly gradingHash: string;
  readonly policyHash: string;
  /** Beijing day. */
  readonly asOf: string;
  readonly knownAt: Date;
  readonly moment: Moment;
  readonly baseline: Baseline;
  readonly sampleEvery: number;
  readonly baseRunNo: string | null;
  /** A grade worse than this place is shown to the enterprise first, until this day begins when the notice is new. */
  readonly notice: { readonly belowRank: number; readonly until: string };
};

export type RunSlice = {
  readonly sliceNo: number;
  readonly from: bigint;
  readonly until: bigint;
  /** The enterprises touched; null: all between the two. */
  readonly ids: readonly string[] | null;
};
