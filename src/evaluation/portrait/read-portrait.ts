import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { bookUse } from '#consent';
import { canonicalJson, drawBytes, inTransaction, Refusal, type Tx } from '#kernel';
import { type EnterpriseIdentity, readDatasets } from '#lists';
import { newDisclosureId, type Receipt, recordDisclosure, recordLeaf, recordRefusal } from '#security';
import type { Dimension } from '../indicators/indicator.ts';
import {
  type AskedPortrait,
  askPortrait,
  type KnownOfPortrait,
  type PortraitRequest,
  RELATION_CONTRACTS,
} from './ask-portrait.ts';
import { type GradeEdition, PORTRAIT_LIMITS, type PortraitContext } from './portrait-context.ts';
import { percentileOf, QUANTILE_SHARES } from './quantiles.ts';
import { REGISTRATION } from './read-groups.ts';
import { readSeries, type SeriesValue } from './read-series.ts';
import { type PeerFigure, readPeers } from './refresh-peers.ts';
import { readRelations, type Relations } from './relations.ts';

/** Where the latest value stands in its group; a group of less than ten has none. */
export type PeerPlace = {
  readonly enterprises: number;
  /** In steps of 5 of 100, by size of the value; null: it has no value. */
  readonly percentile: number | null;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
};

export type PortraitIndicator = {
  readonly id: string;
  readonly name: { readonly zh: string; readonly en: string };
  readonly dimension: Dimension;
  readonly direction: 'higher_better' | 'lower_better' | 'neutral';
  readonly values: readonly SeriesValue[];
  readonly peers: PeerPlace | null;
};

/** 画像 as it leaves. */
export type Portrait = {
  readonly disclosureId: string;
  /** Salts the digest on record. */
  readonly nonce: string;
  readonly enterprise: Pick<EnterpriseIdentity, 'code' | 'name' | 'formerNames' | 'kind' | 'sizeClass'> & {
    readonly industry: string | null;
  };
  readonly purpose: string;
  readonly knownAt: string;
  readonly isSynthetic: boolean;
  readonly indicators: readonly PortraitIndicator[];
  readonly grades: readonly GradeEdition[];
  /** Null: the asker may not read what relations come from. */
  readonly relations: Relations | null;
  readonly receipt: Receipt;
};

/** Refusals that say no to this asker: each is a leaf that the enterprise finds among its accesses. */
const LEAVES_LEAF: ReadonlySet<number> = new Set([403, 429]);

/**
 * One enterprise over time, in one transaction: ask → series → grades, peers, relations → use of the consent → leaf and
 * disclosure. Whatever the decision leaves out is not in it. Throws refusals of register, admission, consent and decision.
 */
export async function readPortrait(context: PortraitContext, request: PortraitRequest): Promise<Portrait> {
  assert(request.months >= 0 && request.months <= PORTRAIT_LIMITS.monthsMax, 'months within the limit');
  const known: KnownOfPortrait = {};
  try {
    return await inTransaction(context.database, async (tx) => {
      const asked = await askPortrait(tx, context, request, known);
      await useConsent(tx, context, asked);
      const content = await compose(tx, context, asked, request.months);
      return await record(tx, context, { asked, request, content });
    });
  } catch (error) {
    if (error instanceof Refusal && LEAVES_LEAF.has(error.text.status))
      await recordRefusal(context, error, refusedRequest(request, known));
    throw error;
  }
}

type Content = Omit<Portrait, 'disclosureId' | 'nonce' | 'receipt'>;

async function compose(
  tx: Tx,
  context: PortraitContext,
  asked: AskedPortrait,
  months: number,
): Promise<Content> {
  const { enterprise, permit, isSynthetic } = asked;
  const series = await readSeries(tx, context.book, asked, months);
  const industry = await readIndustry(tx, asked);
  const peers = await readPeers(tx, { industry, sizeClass: enterprise.sizeClass });
  const grades = await context.readGradeHistory(tx, permit);
  const relations = mayReadRelations(asked) ? await readRelations(tx, permit.subject) : null;
  const { code, name, formerNames, kind, sizeClass } = enterprise;
  return {
    enterprise: { code, name, formerNames, kind, sizeClass, industry },
    purpose: permit.purpose,
    knownAt: permit.asOf.knownAt.toISOString(),
    isSynthetic,
    indicators: [...series].map(([id, values]) => describe(context, id, { values, figure: peers.get(id) })),
    grades,
    relations,
  };
}

function describe(
  { book }: PortraitContext,
  id: string,
  { values, figure }: { values: readonly SeriesValue[]; figure: PeerFigure | undefined },
): PortraitIndicator {
  const indicator = book.indicators.get(id);
  assert(indicator !== undefined, 'an indicator of the book');
  const { name, dimension, direction } = indicator.definition;
  const latest = values.at(-1)?.value ?? null;
  return {
    id,
    name,
    dimension,
    direction,
    values,
    peers: figure === undefined ? null : placeAmong(latest, figure),
  };
}

function placeAmong(value: number | null, { enterprises, quantiles }: PeerFigure): PeerPlace {
  const at = (share: number): number => quantiles[QUANTILE_SHARES.indexOf(share)] ?? 0;
  const percentile = value === null ? null : percentileOf(value, quantiles);
  return { enterprises, percentile, lowerQuartile: at(0.25), median: at(0.5), upperQuartile: at(0.75) };
}

/** As the registration has it, if the asker may read that. */
async function readIndustry(tx: Tx, { permit, contracts }: AskedPortrait): Promise<string | null> {
  const registration = contracts.filter(({ id }) => id === REGISTRATION);
  const [answer] = await readDatasets(tx, permit, { contracts: registration, limit: 1 });
  return answer?.records[0]?.values['industry_section'] ?? null;
}

/** Who is asked about must be readable in all that relations are made of: names of persons, and codes of shareholders. */
function mayReadRelations({ permit }: AskedPortrait): boolean {
  const wanted = {
    n01_registration: ['legal_representative'],
    n03_shareholders: ['shareholder_name', 'shareholder_uscc'],
  };
  return RELATION_CONTRACTS.every((id) => {
    const readable = permit.fields(id).filter(({ masked }) => !masked);
    return wanted[id].every((name) => readable.some((field) => field.name === name));
  });
}

/** Of the datasets that the consent covers; what is public needs none. */
async function useConsent(
  tx: Tx,
  { clock }: PortraitContext,
  { financing, contracts }: AskedPortrait,
): Promise<void> {
  if (financing === undefined) return;
  const { consent } = financing;
  const covered = contracts.map(({ id }) => id).filter((id) => consent.scope.has(id));
  await bookUse(tx, clock, consent, { contracts: covered });
}

type Recording = {
  readonly asked: AskedPortrait;
  readonly request: PortraitRequest;
  readonly content: Content;
};

/** Leaf and disclosure name the same parties; of the content they have the salted digest alone. */
async function record(
  tx: Tx,
  { clock, keys }: PortraitContext,
  { asked, request, content }: Recording,
): Promise<Portrait> {
  const { permit, financing } = asked;
  const at = clock.now();
  const disclosureId = newDisclosureId(at);
  const leaving = { disclosureId, nonce: drawBytes(16).toString('base64url'), ...content };
  const contentDigest = `sha256:${createHash('sha256').update(canonicalJson(leaving)).digest('hex')}`;
  const contracts = asked.contracts.map(({ id }) => id).filter((id) => permit.fields(id).length > 0);
  const parties = partiesOf(financing, request);
  const kind = financing === undefined ? 'report' : 'answer';
  const said = {
    what: 'portrait',
    purpose: permit.purpose,
    contracts,
    contentDigest,
    policyHash: permit.policyHash,
  };
  const receipt = await recordLeaf(tx, keys, {
    kind,
    at,
    subject: permit.subject,
    body: {
      disclosure: disclosureId,
      caller: permit.caller.id,
      ...parties,
      ...said,
      knownAt: content.knownAt,
    },
  });
  await recordDisclosure(tx, {
    id: disclosureId,
    permit,
    kind,
    at,
    contracts,
    contentDigest,
    receiptId: receipt.id,
    ...parties,
    fields: {},
  });
  return { ...leaving, receipt };
}

function partiesOf(financing: AskedPortrait['financing'], { use }: PortraitRequest) {
  if (financing === undefined || use === undefined) return {};
  const { admission, consent } = financing;
  return {
    institution: admission.institutionId,
    branch: admission.branchId,
    ...(admission.platformId !== null && { platform: admission.platformId }),
    operator: admission.operator,
    consentId: consent.consentId,
    application: use.application,
  };
}

function refusedRequest(
  { caller, use }: PortraitRequest,
  { enterprise, admission, contracts }: KnownOfPortrait,
) {
  return {
    caller,
    operation: 'portrait',
    ...(use && { purpose: use.purpose }),
    ...(contracts && { contracts }),
    ...(admission && { institution: admission.institutionId, operator: admission.operator }),
    ...(admission?.platformId && { platform: admission.platformId }),
    ...(enterprise && { subject: enterprise.enterpriseId }),
  };
}
