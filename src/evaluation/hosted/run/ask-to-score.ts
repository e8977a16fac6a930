import { proveConsent } from '#consent';
import type { Tx } from '#kernel';
import { type Contract, findEnterprise, readMoment } from '#lists';
import { proveAdmission } from '#platform';
import { type Admission, decide } from '#security';
import type { HostedContext } from '../hosted-context.ts';
import { hostedRefusal } from '../hosted-refusals.ts';
import type { HostedTables } from '../hosted-tables.ts';
import { LIVE, readContent } from '../life/find-model.ts';
import { indicatorInputs } from '../life/indicator-inputs.ts';
import type { AskedToScore, HostedRunRequest, KnownOfRun, RunningVersion } from './run-shape.ts';

export type AskOptions = {
  /** The instant whose values were scored; absent: now. */
  readonly knownAt?: Date;
  /** An answer that was given already is asked for again: the use that it counted is not held against it. */
  readonly isRepeat?: boolean;
};

/**
 * The right to have a model run, in named steps: admission → model of that institution → enterprise → consent → decision.
 * Asked again in the transaction of the answer, so that a revocation or a retirement meanwhile holds.
 */
export async function askToScore(
  tx: Tx,
  context: HostedContext,
  request: HostedRunRequest,
  { known, knownAt, isRepeat = false }: AskOptions & { readonly known: KnownOfRun },
): Promise<AskedToScore> {
  const { caller, purpose } = request;
  const admission = await proveAdmission(tx, context.clock, caller, useOf(request));
  known.admission = admission;
  const versions = await readVersions(tx, context, { admission, name: request.model });
  const contracts = contractsOf(versions);
  known.contracts = contracts.map(({ id }) => id);
  const enterprise = await findEnterprise(tx, request.enterprise);
  known.enterprise = enterprise;
  const { enterpriseId } = enterprise;
  const consent = await proveConsent(tx, context.clock, {
    consentId: request.consentId,
    enterpriseId,
    isRepeat,
  });
  const moment = await readMoment(tx, known.contracts);
  const permit = decide(tx, context.policies, {
    caller,
    purpose,
    subject: enterpriseId,
    contracts,
    asOf: { knownAt: knownAt ?? moment.knownAt },
    financing: { admission, consent },
  });
  if (consent === undefined)
    throw new TypeError('the policy lets nobody ask for financing without a consent');
  const [first] = versions;
  if (!first.manifest.purposes.includes(purpose))
    throw hostedRefusal('hosted.purpose_not_declared', { model: request.model, purpose });
  return { enterprise, admission, consent, permit, isSynthetic: moment.isSynthetic, versions };
}

function useOf({ operator, branchId, institutionId }: HostedRunRequest) {
  return {
    operator,
    ...(branchId !== undefined && { branchId }),
    ...(institutionId !== undefined && { institutionId }),
  };
}

/** The datasets behind the inputs of all these versions, by id. */
export function contractsOf(versions: readonly RunningVersion[]): Contract[] {
  const sources = versions.flatMap(({ inputs }) => inputs.flatMap((input) => input.sources));
  const contracts = new Map(sources.map(({ contract }) => [contract.id, contract]));
  return [...contracts.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** Throws `hosted.unknown` for a name that this institution never used, `hosted.not_running` for one without such a version. */
async function readVersions(
  tx: Tx,
  context: HostedContext,
  { admission, name }: { admission: Admission; name: string },
): Promise<[RunningVersion, ...RunningVersion[]]> {
  const rows = await tx
    .tables<HostedTables>()
    .selectFrom('evaluation.hosted_states as s')
    .innerJoin('evaluation.hosted_models as m', (join) =>
      join.onRef('m.institution', '=', 's.institution').onRef('m.model_hash', '=', 's.model_hash'),
    )
    .select(['s.model_hash', 's.state', 'm.version_no'])
    .where('s.institution', '=', admission.institutionId)
    .where('s.name', '=', name)
    .where('s.known_to', '=', LIVE)
    .orderBy('m.version_no', 'desc')
    .execute();
  if (rows.length === 0) throw hostedRefusal('hosted.unknown');
  const running: RunningVersion[] = [];
  for (const { model_hash: model, state, version_no: version } of rows) {
    if (state !== 'active' && state !== 'shadow') continue;
    const content = await readContent(tx, context, { institution: admission.institutionId, model });
    running.push({ ...content, model, version, state, inputs: indicatorInputs(context, content.manifest) });
  }
  const [first, ...others] = running.toSorted((one, other) =>
    one.state < other.state ? -1 : one.state > other.state ? 1 : 0,
  );
  if (first === undefined) throw hostedRefusal('hosted.not_running', { model: name });
  return [first, ...others];
}
