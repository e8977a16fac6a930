import { canonicalHash, inTransaction, Refusal } from '#kernel';
import { type IdempotentCall, recordRefusal, withIdempotency } from '#security';
import type { HostedContext } from '../hosted-context.ts';
import { openModel } from '../open-model.ts';
import { type ModelResult, type ModelValues, scoreModel } from '../score-model.ts';
import { answerScore } from './answer-score.ts';
import { askToScore } from './ask-to-score.ts';
import { gatherValues } from './gather-values.ts';
import type { HostedRunRequest, KnownOfRun, RunningVersion, RunResults } from './run-shape.ts';

/** `isRepeated`: the answer of an earlier call with the same key; it counted once. */
export type RanModel = { readonly answer: string; readonly isRepeated: boolean };

/** Refusals that say no to this asker: each is a leaf that the enterprise finds among its accesses. */
const LEAVES_LEAF: ReadonlySet<number> = new Set([403, 429]);

/**
 * Has an institution's own model score one enterprise under its consent: ask and read (one transaction) → run (none) → ask
 * again, book and answer (one transaction), so that no connection waits for a model. Returns the JSON text of a
 * `HostedRunAnswer`. Versions in shadow run on the same values; what they say is kept and not returned.
 */
export async function runHostedModel(context: HostedContext, request: HostedRunRequest): Promise<RanModel> {
  const known: KnownOfRun = {};
  try {
    const ran = await withIdempotency(context.database, callOf(context, request), async (complete) => {
      const prepared = await prepare(context, request, known);
      const results = await runVersions(context, prepared);
      await inTransaction(context.database, async (tx) => {
        const asked = await askToScore(tx, context, request, { known, knownAt: prepared.knownAt });
        await complete(tx, await answerScore(tx, context, { asked, request, results }));
      });
    });
    if (ran.isRepeated)
      await inTransaction(context.database, (tx) =>
        askToScore(tx, context, request, { known, isRepeat: true }),
      );
    return ran;
  } catch (error) {
    if (error instanceof Refusal && LEAVES_LEAF.has(error.text.status))
      await recordRefusal(context, error, refusedRequest(request, known));
    throw error;
  }
}

/** What a version is about to be run on; undefined: what it asks for is not permitted in this call. */
type ToRun = { readonly version: RunningVersion; readonly values: ModelValues | undefined };
type Prepared = { readonly knownAt: Date; readonly institution: string; readonly runs: readonly ToRun[] };

async function prepare(
  context: HostedContext,
  request: HostedRunRequest,
  known: KnownOfRun,
): Promise<Prepared> {
  return await inTransaction(context.database, async (tx) => {
    const asked = await askToScore(tx, context, request, { known });
    const runs: ToRun[] = [];
    for (const [at, version] of asked.versions.entries()) {
      const gathered = gatherValues(tx, context, { asked, version, request });
      const values = at === 0 ? await gathered : await gathered.catch(noneIfRefused);
      runs.push({ version, values });
    }
    const { knownAt } = asked.permit.asOf;
    return { knownAt, institution: asked.admission.institutionId, runs };
  });
}

/** A version in shadow must not fail the active one: that it asks for what is not there is one of its results. */
function noneIfRefused(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error;
}

/** One after the other, since a run takes less than its turn-taking. */
async function runVersions(context: HostedContext, { institution, runs }: Prepared): Promise<RunResults> {
  const results = new Map<string, ModelResult | 'not_permitted'>();
  for (const { version, values } of runs) {
    const { model: hash, manifest, bytes } = version;
    const toScore = { key: `${institution}/${hash}`, manifest, model: openModel(manifest, bytes) };
    results.set(
      hash,
      values === undefined ? 'not_permitted' : await scoreModel(context.onnx, { ...toScore, values }),
    );
  }
  return results;
}

/** The request's digest is kept under the key's own secret alone, so that nobody can try values against it. */
function callOf(
  { clock }: HostedContext,
  { caller, idempotencyKey, ...asked }: HostedRunRequest,
): IdempotentCall {
  const participant = caller.participantId ?? caller.id;
  return {
    participant,
    operation: 'hosted_run',
    key: idempotencyKey,
    requestDigest: canonicalHash(asked),
    clock,
  };
}

function refusedRequest(
  { caller, purpose }: HostedRunRequest,
  { enterprise, admission, contracts }: KnownOfRun,
) {
  return {
    caller,
    operation: 'hosted_run',
    purpose,
    ...(contracts && { contracts }),
    ...(admission && { institution: admission.institutionId, operator: admission.operator }),
    ...(admission?.platformId && { platform: admission.platformId }),
    ...(enterprise && { subject: enterprise.enterpriseId }),
  };
}
