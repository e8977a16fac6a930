import assert from 'node:assert';
import { assertProof, type EnterpriseId, type Tx } from '#kernel';
import type { Grant } from '#security';
import type { Contract } from '../contract/shape.ts';
import { readMergedIds } from '../register/merge.ts';
import { tableName } from '../store/table-plan.ts';
import { lockMarksShared } from '../read/mark-lock.ts';
import type { MarkKind } from '../read/mark-kinds.ts';
import { marksRefusal } from './marks-refusals.ts';

/*
 * The one writer of marks. A mark has its time in the world (valid) and in the node (known); nothing of it is overwritten:
 * its end closes what was known and adds what is known now. What has ended stays for whoever asks as of then.
 */

/** One kind of mark on one record. */
export type MarkAddress = {
  readonly contract: Contract;
  /** `<delivery>:<row>`, as records are named to people. */
  readonly recordId: string;
  readonly mark: MarkKind;
};

export type NewMark = MarkAddress & {
  /** Why, in words without values of the record: an article, the number of a decision. */
  readonly ground: string;
  /** From when it holds in the world, where that is not now; may lie ahead. */
  readonly validFrom?: Date;
  /** One of this ground that stands already is this one: the version was published with it. */
  readonly mayStand?: boolean;
};

/**
 * Puts a mark on a live record of the enterprise that the Grant is about, or of one merged into it. Returns the instant
 * from which the node knows it, in whole milliseconds. Throws `marks.record_unknown`, `marks.marked_already`.
 */
export async function putMark(tx: Tx, grant: Grant, asked: NewMark): Promise<Date> {
  const ids = await ownIds(tx, grant);
  await lockMarksShared(tx);
  const place = await lockRecord(tx, ids, asked);
  const marks = await readMarks(tx, [place.enterprise_id], asked);
  const own = marks.find((mark) => isOpen(mark) && mark.ground === asked.ground);
  if (own !== undefined && asked.mayStand === true) return own.known_from;
  if (marks.some(isOpen)) throw marksRefusal('marks.marked_already', { record: asked.recordId });
  const at = await readInstant(tx);
  await tx.rows(
    `insert into lists.marks (enterprise_id, contract_id, delivery_no, row_no, mark, ground, valid_from, known_from)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      place.enterprise_id,
      asked.contract.id,
      place.delivery_no,
      place.row_no,
      asked.mark,
      asked.ground,
      asked.validFrom ?? at,
      at,
    ],
  );
  return at;
}

/**
 * Ends a mark, also on a record that is live no more. Returns the instant from which the node knows of the end.
 * Throws `marks.not_marked`, `marks.ended_already`.
 */
export async function endMark(tx: Tx, grant: Grant, asked: MarkAddress): Promise<Date> {
  const ids = await ownIds(tx, grant);
  await lockMarksShared(tx);
  const marks = await readMarks(tx, ids, asked);
  const record = asked.recordId;
  const open = marks.find(isOpen);
  if (open === undefined)
    throw marksRefusal(marks.length === 0 ? 'marks.not_marked' : 'marks.ended_already', { record });
  const at = await endOne(tx, open);
  if (at === null) throw marksRefusal('marks.ended_already', { record });
  return at;
}

/**
 * Ends every mark that was put on this ground, on whichever version of whichever record of the contract: what one decision marked,
 * and what was delivered of it since, is free with it. Returns how many ended.
 */
export async function endMarksOf(
  tx: Tx,
  grant: Grant,
  { contract, ground }: { readonly contract: Contract; readonly ground: string },
): Promise<number> {
  const ids = await ownIds(tx, grant);
  await lockMarksShared(tx);
  const open = await tx.rows<OpenMark>(
    `select enterprise_id, mark_no, known_from from lists.marks
     where enterprise_id = any($1::bigint[]) and contract_id = $2 and ground = $3 and known_to = 'infinity'
       and valid_to > now()
     order by mark_no`,
    [ids, contract.id, ground],
  );
  let ended = 0;
  for (const one of open) if ((await endOne(tx, one)) !== null) ended += 1;
  return ended;
}

type OpenMark = Pick<MarkRow, 'enterprise_id' | 'mark_no' | 'known_from'>;

/** Null: somebody else has ended it while this waited for the row. */
async function endOne(tx: Tx, open: OpenMark): Promise<Date | null> {
  const at = await readInstant(tx, open.known_from);
  const closed = await tx.rows<object>(
    `update lists.marks set known_to = $3 where enterprise_id = $1 and mark_no = $2 and known_to = 'infinity'
     returning mark_no`,
    [open.enterprise_id, open.mark_no, at],
  );
  if (closed.length === 0) return null;
  await tx.rows(INSERT_ENDED, [open.enterprise_id, open.mark_no, at]);
  return at;
}

/** What is known from now on: that it held until now. One that had not begun leaves nothing to know. */
const INSERT_ENDED = `
  insert into lists.marks (enterprise_id, contract_id, delivery_no, row_no, field, mark, ground, valid_from, valid_to,
    known_from)
  select enterprise_id, contract_id, delivery_no, row_no, field, mark, ground, valid_from, $3, $3
  from lists.marks where enterprise_id = $1 and mark_no = $2 and valid_from < $3`;

async function ownIds(tx: Tx, grant: Grant): Promise<EnterpriseId[]> {
  assertProof(grant, 'Grant');
  const { enterprise } = grant.matter;
  assert(enterprise !== undefined, 'the act is about an enterprise');
  return await readMergedIds(tx, enterprise);
}

type Place = { readonly enterprise_id: string; readonly delivery_no: string; readonly row_no: number };

/**
 * The live version, held until the transaction ends: a delivery that ends it waits, and one that is ending it is waited
 * for, after which there is no such record.
 */
async function lockRecord(
  tx: Tx,
  ids: readonly EnterpriseId[],
  { contract, recordId }: MarkAddress,
): Promise<Place> {
  const { delivery, row } = splitId(recordId);
  const table = tableName(contract);
  const [found] = await tx.rows<Place>(
    `select r.enterprise_id, r.delivery_no, r.row_no from ${table} r
     where r.enterprise_id = any($1::bigint[]) and r.row_no = $3 and r.known_to = 'infinity'
       and r.delivery_no = (select delivery_no from lists.deliveries where delivery_id = $2 and contract_id = $4)`,
    [ids, delivery, row, contract.id],
  );
  if (found === undefined) throw marksRefusal('marks.record_unknown', { record: recordId });
  const held = await tx.rows<object>(
    `select row_no from ${table}
     where enterprise_id = $1 and delivery_no = $2 and row_no = $3 and known_to = 'infinity' for update`,
    [found.enterprise_id, found.delivery_no, found.row_no],
  );
  if (held.length === 0) throw marksRefusal('marks.record_unknown', { record: recordId });
  return found;
}

type MarkRow = {
  readonly enterprise_id: string;
  readonly mark_no: string;
  readonly known_from: Date;
  readonly ground: string;
  readonly is_open: boolean;
};

function isOpen({ is_open }: MarkRow): boolean {
  return is_open;
}

/** All that was ever known of this kind of mark on the record. */
async function readMarks(
  tx: Tx,
  ids: readonly string[],
  { contract, recordId, mark }: MarkAddress,
): Promise<MarkRow[]> {
  const { delivery, row } = splitId(recordId);
  return await tx.rows<MarkRow>(
    `select enterprise_id, mark_no, known_from, ground, known_to = 'infinity' and valid_to > now() as is_open
     from lists.marks
     where enterprise_id = any($1::bigint[]) and contract_id = $2 and row_no = $4 and mark = $5
       and delivery_no = (select delivery_no from lists.deliveries where delivery_id = $3 and contract_id = $2)`,
    [ids, contract.id, delivery, row, mark],
  );
}

/** What is no id of a record is the id of none. */
function splitId(recordId: string): { readonly delivery: string; readonly row: number } {
  const [, delivery = '', row = '0'] = /^([^:]+):(\d{1,9})$/.exec(recordId) ?? [];
  return { delivery, row: Number(row) };
}

/** By the clock of the database, as the instants of publications are; later than `after`, also when it was set back. */
async function readInstant(tx: Tx, after: Date | null = null): Promise<Date> {
  const [row] = await tx.rows<{ at: Date }>(
    `select greatest(date_trunc('milliseconds', clock_timestamp()), $1::timestamptz + interval '1 millisecond') as at`,
    [after],
  );
  assert(row !== undefined);
  return row.at;
}
