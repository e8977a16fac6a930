import assert from 'node:assert';
import type { Tx } from '#kernel';
import type { Contract } from '../contract/shape.ts';
import { quarantineUngiven } from '../given/grounds.ts';
import { resolveSubjects } from '../register/resolve-subjects.ts';
import { lockMarksShared } from '../read/mark-lock.ts';
import { tableName } from '../store/table-plan.ts';
import { type PublishSql, publishSql } from './publish-sql.ts';

export type Counts = {
  new: number;
  changed: number;
  unchanged: number;
  held: number;
  quarantined: number;
  duplicateInFile: number;
  withdrawn: number;
};

/** One publication: which delivery's rows, of which contract, known from which instant. */
export type Publication = {
  readonly contract: Contract;
  readonly deliveryNo: string;
  /** Who delivered; of a contract that institutions give back, the institution. */
  readonly provider: string;
  readonly knownFrom: Date;
  readonly stagedRows: number;
};

/**
 * Publishes the rows of the temporary table `staged` into the contract's table, in the caller's transaction.
 * Order matters: subjects are matched first, new rows go in by one pass in key order, and only when that pass left
 * rows over are they compared with what is live. Every staged row has exactly one fate.
 */
export async function publishStaged(tx: Tx, publication: Publication): Promise<Counts> {
  const sql = publishSql(publication.contract);
  await tx.rows('analyze staged');
  const mayRegister = publication.contract.givenBackBy === undefined;
  const subjects = await resolveSubjects(tx, publication, sql.unmatchedSubjects, { mayRegister });
  const held = subjects.waiting === 0 ? 0 : await run(tx, sql.holdRows, [publication.deliveryNo]);
  const ungiven = mayRegister ? 0 : await withoutConsent(tx, publication);
  const at = [publication.deliveryNo, publication.knownFrom];
  let inserted = await run(tx, sql.insertByCode, at);
  if (subjects.resolved > 0) inserted += await run(tx, sql.insertResolved, at);
  const left = publication.stagedRows - held - ungiven - inserted;
  const rest = left === 0 ? NOTHING_LEFT : await settleRest(tx, publication, left);
  await keepOutOfUse(tx, sql, at);
  const quarantined = rest.quarantined + ungiven;
  return { ...rest, quarantined, new: inserted - rest.removed, held, withdrawn: 0 };
}

/** Rows that an institution gives back and their enterprise does not let it give. */
async function withoutConsent(tx: Tx, { contract, deliveryNo, provider }: Publication): Promise<number> {
  return await quarantineUngiven(tx, { contract, deliveryNo, institutionId: provider });
}

/** Ends the live records that the staged keys name; a key without a live record changes nothing. */
export async function withdrawStaged(tx: Tx, publication: Publication): Promise<Counts> {
  const sql = publishSql(publication.contract);
  const subjects = await resolveSubjects(tx, publication, sql.unmatchedSubjects, { mayRegister: false });
  const held = subjects.waiting === 0 ? 0 : await run(tx, sql.holdRows, [publication.deliveryNo]);
  const withdrawn = await run(tx, sql.endWithdrawn, [publication.knownFrom]);
  const unchanged = publication.stagedRows - held - withdrawn;
  assert(unchanged >= 0, 'a withdrawal ended more records than it named');
  return { new: 0, changed: withdrawn, unchanged, held, quarantined: 0, duplicateInFile: 0, withdrawn };
}

const NOTHING_LEFT = { changed: 0, unchanged: 0, quarantined: 0, duplicateInFile: 0, removed: 0 };

type Settled = typeof NOTHING_LEFT;

/** Rows that were not inserted: their key is live already, from an earlier delivery or from earlier in this file. */
async function settleRest(tx: Tx, publication: Publication, left: number): Promise<Settled> {
  const sql = publishSql(publication.contract);
  const at = [publication.deliveryNo, publication.knownFrom];
  await tx.rows('create temporary table conflicts (row_no integer not null) on commit drop');
  // The planner has not seen the rows just inserted and would look each of them up by the wrong index.
  await tx.rows(`analyze ${tableName(publication.contract)}`);
  const collected = await run(tx, sql.collectRest, at);
  assert.equal(collected, left, 'rows left over and rows found differ');
  await tx.rows('analyze rest');
  await run(tx, sql.decideFates, [publication.deliveryNo]);
  const fates = await countFates(tx);
  let removed = 0;
  if (fates.conflict > 0) {
    removed = await run(tx, sql.removeConflicts, [publication.deliveryNo]);
    await run(tx, sql.quarantineConflicts, [publication.deliveryNo]);
    Object.assign(fates, await countFates(tx));
  }
  const ended = await run(tx, sql.endChanged, [publication.knownFrom]);
  const changed = await run(tx, sql.insertChanged, at);
  assert.equal(ended, changed, 'a changed record needs one version ended and one begun');
  assert.equal(changed + fates.unchanged + fates.duplicate + fates.conflict, left, 'a row has no fate');
  return {
    changed,
    unchanged: fates.unchanged,
    duplicateInFile: fates.duplicate,
    quarantined: fates.conflict + removed,
    removed,
  };
}

/**
 * What was repaired or annulled is so whatever version of it is delivered, also after it was withdrawn, and from its publication
 * on: in no moment can anybody read it. The lock is taken where there is such a record, since a long publication would hold up whoever waits for marks.
 */
async function keepOutOfUse(tx: Tx, sql: PublishSql, at: readonly unknown[]): Promise<void> {
  if ((await run(tx, sql.findOutOfUse, [])) === 0) return;
  await lockMarksShared(tx);
  await run(tx, sql.carryOutOfUse, at);
}

async function countFates(
  tx: Tx,
): Promise<Record<'changed' | 'unchanged' | 'duplicate' | 'conflict', number>> {
  const rows = await tx.rows<{ fate: string; n: number }>(
    'select fate, count(*)::integer as n from fates group by fate',
  );
  const counts = { changed: 0, unchanged: 0, duplicate: 0, conflict: 0 };
  return Object.assign(counts, Object.fromEntries(rows.map(({ fate, n }) => [fate, n])));
}

async function run(tx: Tx, statement: string, values: readonly unknown[]): Promise<number> {
  const result = await tx.client.query(statement, [...values]);
  return result.rowCount ?? 0;
}
