import { Type } from 'typebox';
import { FINANCING_PURPOSES } from '#security';
import { EnterpriseCode, Instant, nullable } from '../schemas.ts';

/** Opaque to the node: the institution's own numbers and names of staff. */
const OwnName = Type.String({ minLength: 1, maxLength: 64 });
const ConsentId = Type.String({ pattern: '^cns_[0-9a-hjkmnp-tv-z]{26}$' });
export const ParticipantId = Type.String({ minLength: 2, maxLength: 60, pattern: '^[a-z0-9][a-z0-9_-]+$' });

/** Of whom, under which consent, for what and for whom an institution asks; the same wherever it asks. */
export const ASK = {
  enterprise: EnterpriseCode,
  consentId: ConsentId,
  purpose: Type.Enum([...FINANCING_PURPOSES]),
  application: OwnName,
  operator: OwnName,
  branch: Type.Optional(ParticipantId),
  institution: Type.Optional(ParticipantId),
};

/** The example of `ASK` in the interface document. */
export const ASK_EXAMPLE = {
  enterprise: '91110000MA0EXAMPLE',
  consentId: 'cns_01hzy3v9k2m4n6p8q0r1s2t3v4',
  purpose: 'loan_origination',
  application: 'LN-2026-000123',
  operator: '客户经理 0317',
} as const;

/** What every answer to an institution begins with. */
export const ANSWER_HEAD = {
  disclosureId: Type.String(),
  nonce: Type.String(),
  enterprise: Type.Object({ code: nullable(Type.String()), name: Type.String() }),
  purpose: Type.String(),
  consentId: Type.String(),
  institution: Type.String(),
  branch: Type.String(),
  platform: nullable(Type.String()),
  operator: Type.String(),
  application: Type.String(),
  knownAt: Instant,
  isPartial: Type.Boolean(),
  isSynthetic: Type.Boolean(),
};

type Parties = { readonly branch?: string; readonly institution?: string };

/** The wire's names of the parties as the request of `#information` has them. */
export function withParties<Asked extends Parties>({ branch, institution, ...asked }: Asked) {
  return {
    ...asked,
    ...(branch !== undefined && { branchId: branch }),
    ...(institution !== undefined && { institutionId: institution }),
  };
}
