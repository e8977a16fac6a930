import type { EnterpriseId, Proof } from '#kernel';
import type { ConsentPurpose } from './purposes.ts';

/** 接入: a participant's dated state; `none`: never admitted. */
export const ADMISSION_STATES = ['none', 'trial', 'admitted', 'suspended', 'expired', 'withdrawn'] as const;
export type AdmissionState = (typeof ADMISSION_STATES)[number];

export const INSTITUTION_TYPES = ['bank', 'insurer', 'guarantor', 'credit_service'] as const;
/** 银行, 保险, 担保, 信用服务机构. */
export type InstitutionType = (typeof INSTITUTION_TYPES)[number];

/**
 * Who uses what is asked for, and through whom: read from the register of participants in this transaction.
 * States are facts; whether they suffice is the policy's to say.
 */
export type AdmissionFacts = {
  readonly institutionId: string;
  readonly institutionType: InstitutionType;
  readonly institutionState: AdmissionState;
  /** The office that uses it: head office, branch or sub-branch; the institution itself when it has no offices. */
  readonly branchId: string;
  /** The person at the institution, as it names them; opaque here, 1 to 64 characters. */
  readonly operator: string;
  /** The platform it came through; null: directly. */
  readonly platformId: string | null;
  /** `none` when it came directly. */
  readonly platformState: AdmissionState;
  /** The institution has signed with the platform; true when it came directly. */
  readonly hasAgreement: boolean;
};

/** Only platform makes one. */
export type Admission = Proof<'Admission', AdmissionFacts>;

/** 授权书: where it stands at the instant it is looked at; `none`: there is no such consent for this asker. */
export const CONSENT_STATES = [
  'none',
  'pending',
  'active',
  'paused',
  'revoked',
  'expired',
  'exhausted',
  'rejected',
] as const;
export type ConsentState = (typeof CONSENT_STATES)[number];

export type ConsentFacts = {
  readonly consentId: string;
  readonly enterpriseId: EnterpriseId;
  /** Under whom it is kept: an enterprise that was merged into `enterpriseId` since, or that itself. */
  readonly givenAs: EnterpriseId;
  readonly state: ConsentState;
  readonly purpose: ConsentPurpose;
  /** The one institution that may use it. */
  readonly institutionId: string;
  /** The one office that may; null: any office of the institution. */
  readonly branchId: string | null;
  /** Platforms through which it may be used; directly it may always be used. */
  readonly platforms: readonly string[];
  /** Field names by contract id that may be shown. A field in neither scope is not covered. */
  readonly scope: ReadonlyMap<string, ReadonlySet<string>>;
  /** Fields that may be compared and not shown, whatever their class has become since the enterprise allowed it. */
  readonly verifyScope: ReadonlyMap<string, ReadonlySet<string>>;
  /** Fields that may be computed with, so that what a release rule names is told and the value is not. */
  readonly computeScope: ReadonlyMap<string, ReadonlySet<string>>;
  /** Records whose business time lies in this range only; `YYYY-MM-DD`, null: without bound. */
  readonly dataFrom: string | null;
  readonly dataTo: string | null;
  /** SHA-256 of the words the signatory agreed to, hex. */
  readonly termsDigest: string;
};

/** Looked at in this transaction. Only consent makes one. */
export type Consent = Proof<'Consent', ConsentFacts>;
