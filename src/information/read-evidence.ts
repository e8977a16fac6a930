import type { EnterpriseId, Tx } from '#kernel';
import type { DatasetAnswer } from '#lists';
import type { EvidenceLevel } from './report/shape.ts';

/** How a record that its enterprise filed stands. */
export type FiledStanding = {
  readonly level: EvidenceLevel;
  /** Past its day: withheld from everyone but its enterprise until it is filed again. */
  readonly isStale: boolean;
};

/** By record id of one enterprise's records; one that is missing is what the enterprise says of itself. */
export type ReadEvidence = (
  tx: Tx,
  of: { readonly enterpriseId: EnterpriseId; readonly recordIds: readonly string[] },
) => Promise<ReadonlyMap<string, FiledStanding>>;

/** Undefined: nobody keeps them. */
export type Standings = ReadonlyMap<string, FiledStanding> | undefined;

/** Of the records of the voluntary list among the answers; asks nothing where there is none. */
export async function readStandings(
  tx: Tx,
  readEvidence: ReadEvidence | undefined,
  { enterpriseId, answers }: { enterpriseId: EnterpriseId; answers: readonly DatasetAnswer[] },
): Promise<Standings> {
  const recordIds = answers
    .filter(({ contract }) => contract.list === 'voluntary')
    .flatMap(({ records }) => records.map(({ recordId }) => recordId));
  if (recordIds.length === 0) return new Map();
  return await readEvidence?.(tx, { enterpriseId, recordIds });
}
