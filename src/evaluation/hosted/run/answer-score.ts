import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { bookUse } from '#consent';
import { canonicalJson, drawBytes, type Tx } from '#kernel';
import {
  bitsLimitOf,
  bitsOf,
  bookBits,
  newDisclosureId,
  quarterOf,
  type Receipt,
  recordDisclosure,
  recordLeaf,
} from '#security';
import type { HostedContext } from '../hosted-context.ts';
import { hostedRefusal } from '../hosted-refusals.ts';
import { countOutputs } from '../outputs.ts';
import type { ModelResult } from '../score-model.ts';
import { contractsOf } from './ask-to-score.ts';
import { keepShadowRuns } from './keep-shadow-runs.ts';
import type {
  AskedToScore,
  HostedRunAnswer,
  HostedRunRequest,
  RunningVersion,
  RunResults,
} from './run-shape.ts';

export type Answering = {
  readonly asked: AskedToScore;
  readonly request: HostedRunRequest;
  readonly results: RunResults;
};

/**
 * Answers in the transaction of `asked`: use → budget → shadow runs → leaf → disclosure. What is refused here booked
 * nothing, and the score that was computed leaves nowhere. The leaf has neither score nor inputs.
 */
export async function answerScore(tx: Tx, context: HostedContext, answering: Answering): Promise<string> {
  const { asked, request, results } = answering;
  const [version] = asked.versions;
  const result = resultOf(results, version, request.model);
  const contracts = contractsOf(asked.versions).map(({ id }) => id);
  const covered = contracts.filter((id) => asked.consent.scope.has(id));
  await bookUse(tx, context.clock, asked.consent, { contracts: covered });
  const at = context.clock.now();
  const disclosureId = newDisclosureId(at);
  const budget = await payFor(tx, context, { asked, version, disclosureId, at });
  await keepShadowRuns(tx, { asked, results, runId: disclosureId, at });
  const content = canonicalJson({
    disclosureId,
    nonce: drawBytes(16).toString('base64url'),
    ...headOf(asked, request),
    ...bodyOf(version, result),
    budget,
  });
  const contentDigest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const receipt = await record(tx, context, answering, {
    disclosureId,
    at,
    contracts,
    contentDigest,
    leaf: { model: version.model, state: version.state, bits: budget.bits, quarter: budget.quarter },
  });
  return `${content.slice(0, -1)},"receipt":${JSON.stringify(receipt)}}`;
}

/** The version that answers is the one that ran, unless it was changed meanwhile: then the caller asks anew. */
function resultOf(results: RunResults, { model }: RunningVersion, name: string): ModelResult {
  const result = results.get(model);
  if (result === undefined) throw hostedRefusal('hosted.not_running', { model: name });
  assert(result !== 'not_permitted', 'a version that answers was permitted what it asked for');
  return result;
}

function headOf(
  { enterprise, admission, consent, permit, isSynthetic }: AskedToScore,
  { purpose, application }: HostedRunRequest,
) {
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
    isSynthetic,
  };
}

function bodyOf(
  { manifest, version, model, state }: RunningVersion,
  result: ModelResult,
): Pick<HostedRunAnswer, 'model' | 'outcome' | 'score' | 'reasons'> {
  const named = { name: manifest.name, version, hash: model };
  if (state === 'shadow') return { model: named, outcome: 'shadow', score: null, reasons: [] };
  const words = new Map(manifest.reasons.words.map((word) => [word.code, word]));
  const reasons = result.reasons.flatMap((code) => words.get(code) ?? []);
  return { model: named, outcome: result.outcome, score: result.score, reasons };
}

/**
 * One run may be all about any one of its datasets, so each that is not wholly public bears the whole width. In shadow
 * nothing is told and nothing is booked.
 */
async function payFor(
  tx: Tx,
  { budgets }: HostedContext,
  {
    asked,
    version,
    disclosureId,
    at,
  }: { asked: AskedToScore; version: RunningVersion; disclosureId: string; at: Date },
): Promise<HostedRunAnswer['budget']> {
  const { permit, admission } = asked;
  const quarter = quarterOf(at);
  if (version.state === 'shadow') return { quarter, bits: 0, datasets: [] };
  const bits = bitsOf(countOutputs(version.manifest));
  const datasets: HostedRunAnswer['budget']['datasets'][number][] = [];
  for (const contract of paidContracts(version)) {
    const limitBits = bitsLimitOf(budgets, admission.institutionType, contract);
    const account = {
      enterpriseId: permit.subject,
      institution: admission.institutionId,
      contractId: contract,
      quarter,
    };
    const bookedBits = await bookBits(tx, { ...account, bits, limitBits, disclosureId, kind: 'score', at });
    datasets.push({ contract, bookedBits, limitBits });
  }
  return { quarter, bits, datasets };
}

/** By id, the one order in which accounts are booked. */
function paidContracts(version: RunningVersion): string[] {
  const sources = version.inputs.flatMap(({ sources }) => sources);
  const paid = sources.filter(({ contract, fields }) =>
    contract.fields.some(({ name, disclosure }) => fields.includes(name) && disclosure !== 'public'),
  );
  return [...new Set(paid.map(({ contract }) => contract.id))].sort();
}

type Recorded = {
  readonly disclosureId: string;
  readonly at: Date;
  readonly contracts: readonly string[];
  readonly contentDigest: string;
  readonly leaf: Readonly<Record<string, string | number>>;
};

/** Leaf and disclosure name the same parties; of the content they have the salted digest alone. */
async function record(
  tx: Tx,
  { keys }: HostedContext,
  { asked, request }: Answering,
  { disclosureId, at, contracts, contentDigest, leaf }: Recorded,
): Promise<Receipt> {
  const { permit, admission, consent } = asked;
  const parties = {
    institution: admission.institutionId,
    branch: admission.branchId,
    ...(admission.platformId !== null && { platform: admission.platformId }),
    operator: admission.operator,
    consentId: consent.consentId,
    application: request.application,
  };
  const receipt = await recordLeaf(tx, keys, {
    kind: 'evaluation_run',
    at,
    subject: permit.subject,
    body: {
      disclosure: disclosureId,
      caller: permit.caller.id,
      ...parties,
      purpose: permit.purpose,
      contracts,
      contentDigest,
      policyHash: permit.policyHash,
      knownAt: permit.asOf.knownAt.toISOString(),
      ...leaf,
    },
  });
  const what = {
    id: disclosureId,
    permit,
    kind: 'score',
    at,
    contracts,
    contentDigest,
    receiptId: receipt.id,
  } as const;
  await recordDisclosure(tx, { ...what, ...parties, fields: {} });
  return receipt;
}
