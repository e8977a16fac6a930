import type { Tx } from '#kernel';
import type { ObjectionOutcome } from '../definition/load-objection-rules.ts';
import type { ItemState } from '../definition/objection.ts';
import { OBJECTION_LIMITS } from './read-objections.ts';

/** What stands beside a record that somebody was given earlier: no value, and nothing of what was withdrawn or not accepted. */
export type RecordStanding = {
  readonly recordId: string;
  readonly contract: string;
  readonly ground: string;
  readonly state: Exclude<ItemState, 'withdrawn' | 'refused'>;
  readonly outcome: ObjectionOutcome | null;
  readonly appliedAt: Date;
  readonly decidedAt: Date | null;
  /** What the enterprise says of a record that stays as it is. */
  readonly statement: string | null;
};

/**
 * Objections to these records, in the order of their application: for whoever has shown that it holds a report with them. The
 * record is named as the report has it, whatever has followed it since.
 */
export async function readRecordStandings(tx: Tx, recordIds: readonly string[]): Promise<RecordStanding[]> {
  const asked = recordIds.slice(0, OBJECTION_LIMITS.recordsAskedMax);
  if (asked.length === 0) return [];
  return await tx.rows<RecordStanding>(
    `select case when i.first_record_id = any($1) then i.first_record_id else i.record_id end as "recordId",
       i.contract_id as contract, i.ground, i.state, i.outcome, o.applied_at as "appliedAt", i.decided_at as "decidedAt",
       i.statement
     from rights.objection_items i join rights.objections o using (enterprise_id, objection_id)
     where (i.first_record_id = any($1) or i.record_id = any($1)) and i.state not in ('withdrawn', 'refused')
     order by o.applied_at, i.objection_id, i.item_no`,
    [asked],
  );
}

/**
 * 声明 of the enterprise beside these records, the last one said until the instant (null: until now). None where the record does
 * not stand as it was any more.
 */
export async function readStatements(
  tx: Tx,
  { recordIds, until }: { readonly recordIds: readonly string[]; readonly until: Date | null },
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.hotRows<{ recordId: string; words: string }>(
    'rights.statements',
    `select i.record_id as "recordId", s.words
     from rights.objection_items i join rights.objection_steps s using (enterprise_id, objection_id, item_no)
     where i.record_id = any($1) and i.state in ('rejected', 'refused')
       and s.act = 'stated' and ($2::timestamptz is null or s.at <= $2)
     order by s.at, s.objection_id, s.step_no`,
    [recordIds, until],
  );
  return new Map(rows.map(({ recordId, words }) => [recordId, words]));
}
