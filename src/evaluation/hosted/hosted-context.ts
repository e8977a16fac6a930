import type { Clock, Database, FieldCipher, KeyStore, Tx } from '#kernel';
import type { Budgets, Caller, Permit, PolicySet } from '#security';
import type { IndicatorBook, IndicatorValue } from '../indicators/indicator.ts';
import { HOSTED_LIMITS } from './hosted-limits.ts';
import type { OnnxRunner } from './onnx/run-onnx.ts';

/** Values of the Permit's subject by indicator id. Fields that the Permit leaves out are the reader's to refuse. */
export type ReadIndicators = (
  tx: Tx,
  permit: Permit,
  ids: readonly string[],
) => Promise<ReadonlyMap<string, IndicatorValue>>;

/** What hosted models need; made once by compose. */
export type HostedContext = {
  readonly database: Database;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly policies: PolicySet;
  /** Seals manifests and contents for their institution. */
  readonly cipher: FieldCipher;
  readonly budgets: Budgets;
  readonly book: Pick<IndicatorBook, 'indicators' | 'releases' | 'hash'>;
  readonly readIndicators: ReadIndicators;
  /** In whose name values that are usable but not visible are read; they stay inside. */
  readonly nodeCaller: Caller;
  readonly onnx: OnnxRunner;
  readonly rules: HostedRules;
};

export type HostedRules = {
  /** Enterprises that a version must have been run for in shadow before it is approved. */
  readonly shadowEnterprisesMin: number;
};

export const HOSTED_RULES: HostedRules = Object.freeze({
  shadowEnterprisesMin: HOSTED_LIMITS.shadowEnterprisesMin,
});
