import type { Admission, Caller, Consent, FinancingPurpose, GivenHead, Permit } from '#security';
import type { EnterpriseIdentity } from '#lists';
import type { HostedContent } from '../life/find-model.ts';
import type { IndicatorInput } from '../life/indicator-inputs.ts';
import type { Cell } from '../pmml/scorecard.ts';
import type { ModelResult } from '../score-model.ts';

export type HostedRunRequest = {
  readonly caller: Caller;
  /** The institution's own name of the model; the active version runs. */
  readonly model: string;
  /** Any code of the enterprise. */
  readonly enterprise: string;
  readonly consentId: string;
  readonly purpose: FinancingPurpose;
  /** Inputs that the manifest takes from the call, by name. Used for this run and not kept. */
  readonly inputs: Readonly<Record<string, Cell>>;
  /** The institution's own number of the application it is for. */
  readonly application: string;
  /** The person at the institution, as it names them. */
  readonly operator: string;
  readonly branchId?: string;
  /** Whom a platform acts for. */
  readonly institutionId?: string;
  readonly idempotencyKey: string;
};

/** The answer as it leaves: a score and reasons, never a value that went in. */
export type HostedRunAnswer = GivenHead & {
  readonly isSynthetic: boolean;
  readonly model: { readonly name: string; readonly version: number; readonly hash: string };
  /** `shadow`: no version is active yet; what the version in shadow said is kept and not returned. */
  readonly outcome: 'scored' | 'no_score' | 'shadow';
  readonly score: number | null;
  readonly reasons: readonly { readonly code: string; readonly zh: string; readonly en: string }[];
  readonly budget: {
    readonly quarter: string;
    /** Told by this run about each of these datasets. */
    readonly bits: number;
    readonly datasets: readonly {
      readonly contract: string;
      readonly bookedBits: number;
      readonly limitBits: number;
    }[];
  };
};

/** A version that runs in this call. */
export type RunningVersion = HostedContent & {
  readonly model: string;
  readonly version: number;
  readonly state: 'shadow' | 'active';
  readonly inputs: readonly IndicatorInput[];
};

/** Proofs of one transaction, and the Permit that they gave. */
export type AskedToScore = {
  readonly enterprise: EnterpriseIdentity;
  readonly admission: Admission;
  readonly consent: Consent;
  readonly permit: Permit;
  readonly isSynthetic: boolean;
  /** The active one first when there is one; at least one. */
  readonly versions: readonly [RunningVersion, ...RunningVersion[]];
};

/** Who and what a refusal is about, filled in as it becomes known. */
export type KnownOfRun = {
  enterprise?: EnterpriseIdentity;
  admission?: Admission;
  contracts?: readonly string[];
};

/** What each version said, by model hash; `not_permitted`: a version in shadow that asked for what this call may not give. */
export type RunResults = ReadonlyMap<string, ModelResult | 'not_permitted'>;
