import { createHash, randomBytes } from 'node:crypto';
import { type EnterpriseId, endOfBeijingDate, newId, type Tx } from '#kernel';
import type { EnterpriseIdentity } from '#lists';
import { editionOf, type FairUse } from '../fair-use/load-fair-use.ts';
import type { ConsentTables, GivenHow, ScanType } from '../tables.ts';
import { templateOf } from '../templates.ts';
import type { Words } from '../words.ts';
import type { Terms } from './shape-terms.ts';

/** Scan of a paper consent and the day on it. */
export type Paper = { readonly digest: string; readonly type: ScanType; readonly signedOn: string };

export type NewConsent = {
  readonly enterprise: Pick<EnterpriseIdentity, 'enterpriseId'>;
  readonly terms: Terms;
  readonly words: Words;
  readonly fairUse: FairUse;
  readonly givenHow: GivenHow;
  /** The caller who asked, and the person at the institution as it names them. */
  readonly requestedBy: string;
  readonly operator: string;
  readonly requestedThrough: string | null;
  readonly paper?: Paper;
  readonly at: Date;
  readonly answerBy: Date;
};

/** 160 bits of chance: whoever has the code was given it. */
const CODE_BYTES = 20;
const CODE = /^[A-Za-z0-9_-]{27}$/;

export function isConsentCode(text: string): boolean {
  return CODE.test(text);
}

/** Only this is stored of a code. */
export function hashCode(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}

/**
 * Writes a consent in its first version, pending. The code for a link is returned for a decoupled one, this once:
 * nobody can find it out from the database.
 */
export async function writeConsent(
  tx: Tx,
  asked: NewConsent,
): Promise<{ consentId: string; code: string | null }> {
  const consentId = newId('cns', asked.at);
  const { enterpriseId } = asked.enterprise;
  const code = asked.givenHow === 'decoupled' ? randomBytes(CODE_BYTES).toString('base64url') : null;
  const tables = tx.tables<ConsentTables>();
  await keepEdition(tx, asked);
  await tables
    .insertInto('consent.consents')
    .values({
      enterprise_id: enterpriseId,
      consent_id: consentId,
      ...termColumns(asked),
      ...askColumns(asked),
    })
    .execute();
  await tables
    .insertInto('consent.handles')
    .values({
      consent_id: consentId,
      enterprise_id: enterpriseId,
      code_hash: code === null ? null : hashCode(code),
    })
    .execute();
  await tables.insertInto('consent.states').values(firstState({ consentId, enterpriseId, asked })).execute();
  return { consentId, code };
}

function firstState({
  consentId,
  enterpriseId,
  asked,
}: {
  consentId: string;
  enterpriseId: EnterpriseId;
  asked: NewConsent;
}) {
  return {
    enterprise_id: enterpriseId,
    consent_id: consentId,
    version: 1,
    state: 'pending',
    reason: asked.givenHow === 'paper' ? 'entered' : 'asked',
    by: asked.requestedBy,
    capacity: null,
    mandate_id: null,
    seal: null,
    receipt_id: null,
    known_from: asked.at,
  } as const;
}

function termColumns({ terms, words, fairUse }: NewConsent) {
  return {
    institution_id: terms.institutionId,
    institution_type: terms.institutionType,
    branch_id: terms.branchId,
    platforms: [...terms.platforms],
    purpose: terms.purpose,
    product: terms.product,
    scope: JSON.stringify(terms.scope),
    fetch_mode: terms.fetch,
    data_from: terms.dataFrom,
    data_to: terms.dataTo,
    frequency_count: terms.frequency?.count ?? null,
    frequency_unit: terms.frequency?.unit ?? null,
    valid_to: endOfBeijingDate(terms.validTo),
    data_life_count: terms.dataLife.count,
    data_life_unit: terms.dataLife.unit,
    template: templateOf(terms.purpose),
    words: JSON.stringify(words.lines),
    terms_digest: words.digest,
    fair_use_hash: fairUse.hash,
  };
}

function askColumns(asked: NewConsent) {
  return {
    given_how: asked.givenHow,
    requested_by: asked.requestedBy,
    requested_through: asked.requestedThrough,
    operator: asked.operator,
    requested_at: asked.at,
    answer_by: asked.answerBy,
    scan_digest: asked.paper?.digest ?? null,
    scan_type: asked.paper?.type ?? null,
    signed_on: asked.paper?.signedOn ?? null,
  };
}

/** The bounds that were looked at are kept with the first consent that was asked for under them. */
async function keepEdition(tx: Tx, { fairUse, at }: NewConsent): Promise<void> {
  await tx
    .tables<ConsentTables>()
    .insertInto('consent.fair_use_versions')
    .values({ hash: fairUse.hash, body: JSON.stringify(editionOf(fairUse)), first_used_at: at })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute();
}
