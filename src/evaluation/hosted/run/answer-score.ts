import assert from 'node:assert';
import { bookUse } from '#consent';
import type { Tx } from '#kernel';
import { bitsLimitOf, bitsOf, bookBits, giveUnderConsent, newDisclosureId, quarterOf } from '#security';
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
  return await giveUnderConsent(tx, context.keys, {
    kind: 'score',
    permit: asked.permit,
    admission: asked.admission,
    consent: asked.consent,
    enterprise: asked.enterprise,
    application: request.application,
    disclosureId,
    at,
    contracts,
    fields: {},
    members: { isSynthetic: asked.isSynthetic, ...bodyOf(version, result), budget },
    leaf: { model: version.model, state: version.state, bits: budget.bits, quarter: budget.quarter },
  });
}

/** The version that answers is the one that ran, unless it was changed meanwhile: then the caller asks anew. */
function resultOf(results: RunResults, { model }: RunningVersion, name: string): ModelResult {
  const result = results.get(model);
  if (result === undefined) throw hostedRefusal('hosted.not_running', { model: name });
  assert(result !== 'not_permitted', 'a version that answers was permitted what it asked for');
  return result;
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
