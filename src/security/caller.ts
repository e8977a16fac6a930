import type { EnterpriseId, Proof } from '#kernel';

export type CallerKind =
  | 'operator'
  | 'provider'
  | 'institution'
  | 'platform'
  | 'regulator'
  | 'reader'
  | 'enterprise'
  | 'system';

export type CallerFacts = {
  /** Account, client, `cli:<user>` or `system:<job>`; stands on leaves and disclosures, never in a decision. */
  readonly id: string;
  readonly kind: CallerKind;
  /** Duties; one that the policies do not know gives no right. */
  readonly roles: readonly string[];
  /** The department the caller acts for, spelt as contracts spell their provider. */
  readonly organisation: string | null;
  /** The institution, platform, department or regulator the caller belongs to, as platform registers it. */
  readonly participantId: string | null;
  /** The enterprise the caller acts for. */
  readonly enterpriseId: EnterpriseId | null;
};

/** Who asks, established by signing in. Only platform makes one. */
export type Caller = Proof<'Caller', CallerFacts>;
