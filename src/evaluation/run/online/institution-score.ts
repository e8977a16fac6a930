import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { bookUse, proveConsent } from '#consent';
import { beijingDate, canonicalJson, drawBytes, inTransaction, Refusal, type Tx } from '#kernel';
import { type EnterpriseIdentity, findEnterprise, readMoment } from '#lists';
import { proveAdmission } from '#platform';
import {
  type Admission,
  type Caller,
  type Consent,
  decide,
  type FinancingPurpose,
  newDisclosureId,
  type Permit,
  recordDisclosure,
  recordLeaf,
  recordRefusal,
} from '#security';
import { placeOf } from '../../indicators/compile/compile-indicators.ts';
import type { IndicatorBook } from '../../indicators/indicator.ts';
import { readableIndicators } from '../../indicators/compute/require-readable.ts';
import type { EvaluationModel } from '../../models/evaluation-model.ts';
import { type ModelContext, openChampion, openEvaluationModel } from '../../models/model-store.ts';
import { evaluationRefusal } from '../evaluation-refusals.ts';
import type { RunContext } from '../run-context.ts';
import { dimensionsOfBins, gradeWord, pointsOfBin } from '../score-row.ts';
import { editionOf } from './own-score.ts';
import { type KeptScore, readPublishedScore } from './read-rows.ts';

/** How an institution asks; the same parties as in a query. */
export type InstitutionScoreRequest = {
  readonly caller: Caller;
  readonly code: string;
  readonly consentId: string;
  readonly purpose: FinancingPurpose;
  readonly application: string;
  readonly operator: string;
  readonly branchId?: string;
  readonly institutionId?: string;
};

type Asked = {
  readonly enterprise: EnterpriseIdentity;
  readonly admission: Admission;
  readonly consent: Consent;
  readonly permit: Permit;
  readonly isSynthetic: boolean;
};

type Known = { enterprise?: EnterpriseIdentity; admission?: Admission };

/**
 * 机构看评价: the published grade with the totals of the dimensions, and points of those indicators alone whose every field
 * the Permit gives whole. One transaction: right → use → leaf → disclosure. Returns the JSON text that is sent. What is
 * being shown to the enterprise first is not in it, nor does anything say so.
 */
export async function answerScoreTo(
  context: RunContext & ModelContext,
  request: InstitutionScoreRequest,
): Promise<string> {
  const known: Known = {};
  try {
    return await inTransaction(context.database, async (tx) => {
      const champion = await openChampion(tx, context);
      const asked = await askRight(tx, context, { request, model: champion, known });
      const row = await readPublishedScore(tx, asked.permit.subject, beijingDate(context.clock.now()));
      if (row === undefined) throw evaluationRefusal('evaluation.no_score');
      const model = await openEvaluationModel(tx, context, row.modelHash);
      return await answer(tx, context, { asked, request, model, row });
    });
  } catch (error) {
    if (error instanceof Refusal && error.text.status === 403)
      await recordRefusal(context, error, refused(request, known));
    throw error;
  }
}

/** enterprise → admission → consent → decision, each a proof or a refusal, as for a query. */
async function askRight(
  tx: Tx,
  context: RunContext & ModelContext,
  { request, model, known }: { request: InstitutionScoreRequest; model: EvaluationModel; known: Known },
): Promise<Asked> {
  const { caller, purpose, consentId, operator, branchId, institutionId } = request;
  const contracts = model.compiled.sources.map(({ contract }) => contract);
  const enterprise = await findEnterprise(tx, request.code);
  known.enterprise = enterprise;
  const admission = await proveAdmission(tx, context.clock, caller, {
    operator,
    ...(branchId !== undefined && { branchId }),
    ...(institutionId !== undefined && { institutionId }),
  });
  known.admission = admission;
  const { enterpriseId } = enterprise;
  const consent = await proveConsent(tx, context.clock, { consentId, enterpriseId, isRepeat: false });
  const ids = contracts.map(({ id }) => id);
  const { knownAt, isSynthetic } = await readMoment(tx, ids);
  const permit = decide(tx, context.policies, {
    caller,
    purpose,
    subject: enterpriseId,
    contracts,
    asOf: { knownAt },
    financing: { admission, consent },
  });
  assert(consent !== undefined, 'the policy lets nobody ask for financing without a consent');
  await bookUse(tx, context.clock, consent, { contracts: ids.filter((id) => consent.scope.has(id)) });
  return { enterprise, admission, consent, permit, isSynthetic };
}

type Answering = {
  readonly asked: Asked;
  readonly request: InstitutionScoreRequest;
  readonly model: EvaluationModel;
  readonly row: KeptScore;
};

async function answer(tx: Tx, context: RunContext & ModelContext, answering: Answering): Promise<string> {
  const { asked, request, model, row } = answering;
  const { permit, admission, consent, enterprise } = asked;
  const at = context.clock.now();
  const disclosureId = newDisclosureId(at);
  const parties = {
    institution: admission.institutionId,
    branch: admission.branchId,
    ...(admission.platformId !== null && { platform: admission.platformId }),
    operator: admission.operator,
    consentId: consent.consentId,
    application: request.application,
  };
  const content = canonicalJson({
    disclosureId,
    nonce: drawBytes(16).toString('base64url'),
    enterprise: { code: enterprise.code, name: enterprise.name },
    ...parties,
    platform: admission.platformId,
    purpose: request.purpose,
    knownAt: row.knownAt.toISOString(),
    asOf: row.asOf,
    isSynthetic: asked.isSynthetic,
    run: row.runId,
    model: editionOf(model),
    ...releasedOf(context.book, permit, { model, row }),
  });
  const contentDigest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const contracts = model.compiled.sources.map(({ contract }) => contract.id);
  const receipt = await recordLeaf(tx, context.keys, {
    kind: 'evaluation_run',
    at,
    subject: permit.subject,
    body: {
      disclosure: disclosureId,
      what: 'published_score',
      caller: permit.caller.id,
      ...parties,
      purpose: permit.purpose,
      contracts,
      contentDigest,
      run: row.runId,
      model: model.hash,
      policyHash: permit.policyHash,
      knownAt: row.knownAt.toISOString(),
    },
  });
  await recordDisclosure(tx, {
    id: disclosureId,
    permit,
    kind: 'score',
    contracts,
    fields: {},
    asOf: row.knownAt,
    contentDigest,
    receiptId: receipt.id,
    at,
    ...parties,
  });
  return `${content.slice(0, -1)},"receipt":${JSON.stringify(receipt)}}`;
}

/**
 * What leaves towards an institution. A derived value has the highest class of its inputs: where all are public, grade,
 * score and totals; where one is not, the grade alone, by the release rule of its name. Points of an indicator only
 * where each of its fields is public and the Permit gives it whole.
 */
function releasedOf(
  book: IndicatorBook,
  permit: Permit,
  { model, row }: { model: EvaluationModel; row: KeptScore },
): Readonly<Record<string, unknown>> {
  const { system, grading } = model;
  const isPublic = model.compiled.order.every((_, at) => isPublicAt(model, at));
  const grade = gradeWord(grading, row.grade);
  const head = {
    state: row.state === 0 ? 'graded' : row.state === 1 ? 'insufficient_data' : 'not_evaluated',
    grade: grade === null ? null : { grade, name: grading.grades[row.grade ?? 0]?.name },
    underObjection: row.undisputedScore !== null,
    gradeWithoutDisputed: gradeWord(grading, row.undisputedGrade),
  };
  if (row.score === null || !isPublic) return { ...head, score: null, dimensions: [], points: [] };
  const readable = new Set(readableIndicators(permit, book, model.compiled.ids));
  const names = new Map(system.dimensions.map(({ id, name }) => [id, name]));
  return {
    ...head,
    score: row.score,
    dimensions: dimensionsOfBins(system, row.bins).map((total) => ({ ...total, name: names.get(total.id) })),
    points: system.leaves.flatMap((leaf, at) => {
      if (!readable.has(leaf.indicator)) return [];
      const { indicator, name, fullMarks } = leaf;
      return [{ indicator, name, points: pointsOfBin(leaf, row.bins[at] ?? -1), fullMarks }];
    }),
  };
}

/** Of a base indicator: every field it reads is public. A combination rests on others of the same list. */
function isPublicAt({ compiled }: EvaluationModel, at: number): boolean {
  const id = compiled.order[at]?.definition.id ?? '';
  const source = compiled.sources.find(({ indicators }) =>
    indicators.some((own) => own.at === placeOf(compiled, id)),
  );
  if (source === undefined) return true;
  return source.contract.fields.every(
    ({ name, disclosure }) => disclosure === 'public' || !source.fields.includes(name),
  );
}

function refused({ caller, purpose }: InstitutionScoreRequest, { enterprise, admission }: Known) {
  const parties =
    admission === undefined
      ? {}
      : {
          institution: admission.institutionId,
          operator: admission.operator,
          ...(admission.platformId !== null && { platform: admission.platformId }),
        };
  const subject = enterprise === undefined ? {} : { subject: enterprise.enterpriseId };
  return { caller, operation: 'score', purpose, ...parties, ...subject };
}
