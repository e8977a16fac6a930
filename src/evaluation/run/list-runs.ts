import type { Tx } from '#kernel';
import type { ModelRole, RunFigures, RunState } from './run-tables.ts';

/** A run with how far it is; no enterprise is in it. */
export type RunLine = {
  readonly runId: string;
  readonly kind: 'full' | 'incremental';
  readonly role: ModelRole;
  readonly state: RunState;
  readonly modelHash: string;
  readonly asOf: string;
  readonly knownAt: Date;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly slices: number;
  readonly slicesDone: number;
  readonly enterprises: number;
  readonly merkleRoot: string | null;
  readonly receiptId: string | null;
  readonly figures: RunFigures | null;
};

/** The latest runs, newest first. */
export async function listRuns(tx: Tx, limit: number): Promise<RunLine[]> {
  return await tx.rows<RunLine>(
    `select r.run_id as "runId", r.kind, r.role, r.state, r.model_hash as "modelHash", r.as_of::text as "asOf",
       r.known_at as "knownAt", r.started_at as "startedAt", r.finished_at as "finishedAt", s.slices,
       s.done as "slicesDone", s.enterprises, encode(r.merkle_root, 'hex') as "merkleRoot", r.receipt_id as "receiptId",
       r.figures
     from evaluation.runs r
     cross join lateral (
       select count(*)::integer as slices, count(digest)::integer as done, coalesce(sum(enterprises), 0)::integer as enterprises
       from evaluation.run_slices s where s.run_no = r.run_no
     ) s
     order by r.run_no desc limit $1`,
    [limit],
  );
}
