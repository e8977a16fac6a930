import { createHash, randomBytes } from 'node:crypto';
import { bookUse } from '#consent';
import { canonicalJson, type Tx } from '#kernel';
import { isSyntheticNode, readDatasets } from '#lists';
import { newDisclosureId, recordDisclosure, recordLeaf } from '#security';
import type { Asked } from './ask.ts';
import { fromReplica, fromSource, isPartial } from './compose-answer.ts';
import type { AnsweredDataset, QueryContext, QueryRequest, SourceAnswer } from './query-shape.ts';

/** Records of one dataset in one answer; more are asked for by a narrower consent. */
export const QUERY_RECORDS_MAX = 200;

/**
 * Answers in the transaction of `asked`: use → read → compose → leaf → disclosure. All of it commits, or nothing left.
 * Returns the JSON text that is sent and kept under the caller's key.
 */
export async function answerQuery(
  tx: Tx,
  context: QueryContext,
  asked: Asked,
  given: { request: QueryRequest; sources: readonly SourceAnswer[] },
): Promise<string> {
  const { request, sources } = given;
  const { consent, contracts } = asked;
  const covered = contracts.map(({ id }) => id).filter((id) => consent.scope.has(id));
  await bookUse(tx, context.clock, consent, { contracts: covered });
  const datasets = await readAll(tx, asked, sources);
  const at = context.clock.now();
  const disclosureId = newDisclosureId(at);
  const content = canonicalJson({
    disclosureId,
    nonce: randomBytes(16).toString('base64url'),
    ...headOf(asked, request),
    isPartial: isPartial(datasets),
    isSynthetic: await isSyntheticNode(tx),
    datasets,
  });
  const contentDigest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const receipt = await recordAnswer(tx, context, asked, { request, at, disclosureId, contentDigest });
  return `${content.slice(0, -1)},"receipt":${JSON.stringify(receipt)}}`;
}

async function readAll(tx: Tx, asked: Asked, sources: readonly SourceAnswer[]): Promise<AnsweredDataset[]> {
  const { permit, contracts, consent } = asked;
  const { dataFrom, dataTo } = consent;
  const range = { from: dataFrom, to: dataTo };
  const replicas = await readDatasets(tx, permit, { contracts, limit: QUERY_RECORDS_MAX, range });
  return replicas.map((replica) => {
    const source = sources.find(({ contract }) => contract.id === replica.contract.id);
    return source === undefined ? fromReplica(replica) : fromSource(replica, source, consent);
  });
}

function headOf({ enterprise, admission, consent, permit }: Asked, { application, purpose }: QueryRequest) {
  return {
    enterprise: { code: enterprise.code, name: enterprise.name },
    purpose,
    consentId: consent.consentId,
    institution: admission.institutionId,
    branch: admission.branchId,
    platform: admission.platformId,
    operator: admission.operator,
    application,
    knownAt: permit.asOf.knownAt.toISOString(),
  };
}

type Recorded = { request: QueryRequest; at: Date; disclosureId: string; contentDigest: string };

/** The leaf names who, for what and under which consent; of the content it has the salted digest alone. */
async function recordAnswer(tx: Tx, context: QueryContext, asked: Asked, recorded: Recorded) {
  const { permit, admission, consent, contracts } = asked;
  const { request, at, disclosureId, contentDigest } = recorded;
  const ids = contracts.map(({ id }) => id).filter((id) => permit.fields(id).length > 0);
  const parties = { institution: admission.institutionId, branch: admission.branchId };
  const route = admission.platformId === null ? {} : { platform: admission.platformId };
  const about = {
    operator: admission.operator,
    consentId: consent.consentId,
    application: request.application,
  };
  const receipt = await recordLeaf(tx, context.keys, {
    kind: 'answer',
    at,
    subject: permit.subject,
    body: {
      disclosure: disclosureId,
      caller: permit.caller.id,
      ...parties,
      ...route,
      ...about,
      purpose: permit.purpose,
      contracts: ids,
      contentDigest,
      policyHash: permit.policyHash,
      knownAt: permit.asOf.knownAt.toISOString(),
    },
  });
  await recordDisclosure(tx, {
    id: disclosureId,
    permit,
    kind: 'answer',
    at,
    contracts: ids,
    contentDigest,
    ...parties,
    ...route,
    ...about,
    receiptId: receipt.id,
  });
  return receipt;
}
