import { beijingDate, canonicalJson, type KeyStore, type KeyUse } from '#kernel';
import type { ConsentRecord } from './read-consents.ts';
import type { Capacity, Seal } from './tables.ts';

const SEAL_USE: KeyUse = 'consent';

/** Who gave it: the signatory, or the clerk who checked the paper, with the capacity in which they acted. */
export type Signatory = {
  readonly accountId: string;
  readonly capacity: Capacity | null;
  readonly mandateId: string | null;
};

/**
 * The node's signature over the consent as it was given: the statement is the RFC 8785 form of words, terms, parties and
 * signatory, so that bank, enterprise or court check it by the node's public keys without asking the node.
 */
export function sealConsent(
  keys: KeyStore,
  record: ConsentRecord,
  { signatory, enterpriseCode, at }: { signatory: Signatory; enterpriseCode: string | null; at: Date },
): Seal {
  const key = keys.get(SEAL_USE);
  const statement = canonicalJson(statementOf(record, { signatory, enterpriseCode, at }));
  return {
    use: SEAL_USE,
    suite: key.suite,
    kid: key.kid,
    statement,
    signature: key.sign(Buffer.from(statement)).toString('base64'),
  };
}

function statementOf(
  record: ConsentRecord,
  { signatory, enterpriseCode, at }: { signatory: Signatory; enterpriseCode: string | null; at: Date },
) {
  const { consentId, institutionId, branchId, platforms, purpose, product, scope } = record;
  const { fetch, frequency, dataFrom, dataTo, dataLife, template, words, digest, fairUseHash } = record;
  return {
    type: 'xinqiao.consent',
    v: 1,
    consentId,
    version: record.version + 1,
    enterprise: enterpriseCode,
    signatory,
    givenHow: record.givenHow,
    givenAt: at.toISOString(),
    institutionId,
    branchId,
    platforms,
    purpose,
    product,
    scope,
    fetch,
    frequency,
    dataFrom,
    dataTo,
    validTo: beijingDate(record.validTo),
    dataLife,
    onwardSharing: false,
    template,
    words,
    digest,
    fairUseHash,
    scanDigest: record.paper?.digest ?? null,
  };
}
