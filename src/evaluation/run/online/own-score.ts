import { createHash } from 'node:crypto';
import { beijingDate, canonicalJson, inTransaction, type Tx } from '#kernel';
import { findEnterprise, hasDisputed, readKnownAt } from '#lists';
import { type Caller, decide, newDisclosureId, type Permit, recordDisclosure, recordLeaf } from '#security';
import { computeOne, type Evidence } from '../../indicators/compute/compute-one.ts';
import { type Baseline, publishedBaseline } from '../../index-system/explanation/baseline.ts';
import { explainScore, type Explanation } from '../../index-system/explanation/explain-score.ts';
import { scoreEnterprise } from '../../index-system/scoring/score-enterprise.ts';
import { scoreObjection, type ObjectionScores } from '../../index-system/scoring/score-objection.ts';
import type { EvaluationModel } from '../../models/evaluation-model.ts';
import { type ModelContext, openChampion } from '../../models/model-store.ts';
import type { RunContext } from '../run-context.ts';
import { gradeWord } from '../score-row.ts';
import { valuesById } from '../values-by-id.ts';
import { type KeptScore, readLatestScore, readPublishedScore } from './read-rows.ts';

/** What of one value's records an enterprise is told. */
export type NamedEvidence = { readonly record: string };

export type OwnScore = {
  readonly disclosureId: string;
  readonly receiptId: string;
  readonly enterprise: { readonly code: string | null; readonly name: string };
  readonly asOf: string;
  readonly knownAt: Date;
  readonly model: { readonly hash: string; readonly system: string; readonly grading: string };
  readonly explanation: Explanation<NamedEvidence>;
  /** While an objection is open. */
  readonly objection: ObjectionScores | null;
  /** What others read, and until when they do not read the latest yet. */
  readonly published: {
    readonly grade: string | null;
    readonly latestRun: string | null;
    readonly latestGrade: string | null;
    readonly noticedUntil: string | null;
  };
};

/**
 * 企业看自己的评价, or the data administrator in the node's duty: computed at this instant by the model in use, with points,
 * reasons, records and the cheapest changes, and what others read meanwhile. One transaction with its leaf and disclosure.
 */
export async function explainOwnScore(
  context: RunContext & ModelContext,
  { caller, code }: { readonly caller: Caller; readonly code: string },
): Promise<OwnScore> {
  return await inTransaction(context.database, async (tx) => {
    const model = await openChampion(tx, context);
    const contracts = model.compiled.sources.map(({ contract }) => contract);
    const enterprise = await findEnterprise(tx, code);
    const permit = decide(tx, context.policies, {
      caller,
      purpose: caller.kind === 'enterprise' ? 'self' : 'evaluation',
      subject: enterprise.enterpriseId,
      contracts,
      asOf: {
        knownAt: await readKnownAt(
          tx,
          contracts.map(({ id }) => id),
        ),
      },
    });
    const explained = await explainNow(tx, permit, model);
    const content = {
      enterprise: { code: enterprise.code, name: enterprise.name },
      asOf: explained.asOf,
      knownAt: permit.asOf.knownAt,
      model: editionOf(model),
      explanation: explained.explanation,
      objection: explained.objection,
      published: await readPublished(tx, permit, { model, latest: explained.latest }),
    };
    return { ...content, ...(await record(tx, context, { permit, model, content })) };
  });
}

export function editionOf({ hash, system, grading }: EvaluationModel): OwnScore['model'] {
  return {
    hash,
    system: `${system.id} ${system.version}`,
    grading: `${grading.id} ${grading.version}`,
  };
}

export type ExplainedNow = Pick<OwnScore, 'asOf' | 'explanation' | 'objection'> & {
  readonly latest: KeptScore | undefined;
};

/** Values → score → explanation of the Permit's subject; reasons against the baseline of its latest run. */
export async function explainNow(tx: Tx, permit: Permit, model: EvaluationModel): Promise<ExplainedNow> {
  const { system, grading, compiled } = model;
  const contracts = compiled.sources.map(({ contract }) => contract);
  await tx.hotRows('evaluation.keep_plans', KEEP_PLANS);
  const own = await computeOne(tx, permit, compiled, { explain: true });
  const values = valuesById(model, own.values);
  const scored = scoreEnterprise(system, values, { grading });
  const latest = await readLatestScore(tx, permit.subject);
  const explanation = explainScore(system, grading, {
    scored,
    values,
    baseline: baselineFor(model, latest),
    evidence: evidenceById(model, own.evidence ?? []),
  });
  if (!(await hasDisputed(tx, permit, contracts)))
    return { asOf: own.asOf, explanation, objection: null, latest };
  const without = await computeOne(tx, permit, compiled, { withoutDisputed: true });
  const withoutDisputed = valuesById(model, without.values);
  const objection = scoreObjection(system, { withDisputed: values, withoutDisputed }, { grading });
  return { asOf: own.asOf, explanation, objection, latest };
}

/** One plan for every enterprise, until this transaction ends: planning so many sources anew costs three times the read. */
const KEEP_PLANS = `select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('jit', 'off', true)`;

function baselineFor(model: EvaluationModel, latest: KeptScore | undefined): Baseline {
  if (latest?.modelHash !== model.hash) return publishedBaseline(model.system);
  return { run: latest.baselineRun, medians: new Map(Object.entries(latest.baseline)) };
}

function evidenceById(
  { compiled }: EvaluationModel,
  evidence: readonly Evidence[],
): ReadonlyMap<string, readonly NamedEvidence[]> {
  return new Map(
    compiled.ids.map((id, at) => [id, (evidence[at]?.records ?? []).map((record) => ({ record }))] as const),
  );
}

async function readPublished(
  tx: Tx,
  permit: Permit,
  { model, latest }: { model: EvaluationModel; latest: KeptScore | undefined },
): Promise<OwnScore['published']> {
  const today = beijingDate(permit.asOf.knownAt);
  const isNoticed = latest?.noticedUntil != null && latest.noticedUntil > today;
  const shown = isNoticed ? await readPublishedScore(tx, permit.subject, today) : latest;
  const word = (row: KeptScore | undefined): string | null =>
    row === undefined || row.modelHash !== model.hash ? null : gradeWord(model.grading, row.grade);
  return {
    grade: word(shown),
    latestRun: latest?.runId ?? null,
    latestGrade: word(latest),
    noticedUntil: isNoticed ? latest.noticedUntil : null,
  };
}

async function record(
  tx: Tx,
  { keys, clock }: RunContext,
  { permit, model, content }: { permit: Permit; model: EvaluationModel; content: object },
): Promise<{ disclosureId: string; receiptId: string }> {
  const at = clock.now();
  const disclosureId = newDisclosureId(at);
  const text = canonicalJson(JSON.parse(JSON.stringify({ disclosureId, ...content })));
  const contentDigest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  const contracts = model.compiled.sources.map(({ contract }) => contract.id);
  const { id: receiptId } = await recordLeaf(tx, keys, {
    kind: 'evaluation_run',
    at,
    subject: permit.subject,
    body: {
      disclosure: disclosureId,
      what: 'explained_score',
      caller: permit.caller.id,
      purpose: permit.purpose,
      contracts,
      model: model.hash,
      policyHash: permit.policyHash,
      knownAt: permit.asOf.knownAt.toISOString(),
    },
  });
  await recordDisclosure(tx, {
    id: disclosureId,
    permit,
    kind: 'score',
    contracts,
    fields: {},
    contentDigest,
    receiptId,
    at,
  });
  return { disclosureId, receiptId };
}
