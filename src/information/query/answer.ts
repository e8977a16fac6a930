import type { Tx } from '#kernel';
import { readDatasets } from '#lists';
import { newDisclosureId } from '#security';
import { recordAnswered } from '../recorded-answer.ts';
import { readStandings } from '../read-evidence.ts';
import type { Asked } from './ask.ts';
import { fromReplica, fromSource, isPartial } from './compose-answer.ts';
import { withholdPersons } from './person-gate.ts';
import type { AnsweredDataset, QueryContext, QueryRequest, SourceAnswer } from './query-shape.ts';

/** Records of one dataset in one answer; more are asked for by a narrower consent. */
export const QUERY_RECORDS_MAX = 200;

/**
 * Answers in the transaction of `asked`, whose use was counted: compose → leaf → disclosure. All of it commits, or
 * nothing left. Returns the JSON text that is sent and kept under the caller's key.
 */
export async function answerQuery(
  tx: Tx,
  context: QueryContext,
  asked: Asked,
  { request, datasets }: { request: QueryRequest; datasets: readonly AnsweredDataset[] },
): Promise<string> {
  const { permit, isSynthetic } = asked;
  const at = context.clock.now();
  return await recordAnswered(tx, context.keys, asked, {
    kind: 'answer',
    request,
    disclosureId: newDisclosureId(at),
    at,
    contracts: asked.contracts.map(({ id }) => id).filter((id) => permit.fields(id).length > 0),
    members: { isPartial: isPartial(datasets), isSynthetic, datasets },
  });
}

/** What the node holds of the datasets that were asked for, and what `sources` answered in place of it; what of it is of natural persons only under their consent. */
export async function readAsked(
  tx: Tx,
  { personGate, readEvidence }: Pick<QueryContext, 'personGate' | 'readEvidence'>,
  asked: Asked,
  sources: readonly SourceAnswer[],
): Promise<AnsweredDataset[]> {
  const { permit, contracts, consent } = asked;
  const range = { from: consent.dataFrom, to: consent.dataTo };
  const replicas = await readDatasets(tx, permit, { contracts, limit: QUERY_RECORDS_MAX, range });
  const { enterpriseId } = asked.enterprise;
  const standings = await readStandings(tx, readEvidence, { enterpriseId, answers: replicas });
  const datasets = replicas.map((replica) => {
    const source = sources.find(({ contract }) => contract.id === replica.contract.id);
    return source === undefined ? fromReplica(replica, standings) : fromSource(replica, source, consent);
  });
  return await withholdPersons(tx, personGate, { asked, datasets });
}
