import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { EntryState, ExitReason } from '../whitelist-tables.ts';
import { WHITELIST_LIMITS } from '../whitelist-limits.ts';

/** Where an enterprise stands on a list now. */
export type Entry = {
  readonly enterpriseId: EnterpriseId;
  readonly state: EntryState;
  readonly rulesHash: string;
  readonly district: string | null;
  readonly industry: string | null;
  readonly sizeClass: string | null;
  /** Beijing dates. */
  readonly validUntil: string | null;
  readonly reviewBy: string | null;
  readonly reason: ExitReason | null;
  readonly rules: readonly string[];
  readonly note: string | null;
};

type Row = {
  enterprise_id: string;
  state: EntryState;
  rules_hash: string;
  district: string | null;
  industry: string | null;
  size_class: string | null;
  valid_until: string | null;
  review_by: string | null;
  reason: ExitReason | null;
  rules: string[];
  note: string | null;
};

/** Every live entry of a list, or those in some states, by number. */
export async function readEntries(
  tx: Tx,
  listId: string,
  states?: readonly EntryState[],
): Promise<Map<EnterpriseId, Entry>> {
  const rows = await tx.rows<Row>(
    `select enterprise_id, state, rules_hash, district, industry, size_class, valid_until::text, review_by::text, reason,
       rules, note
     from evaluation.whitelist_entries
     where list_id = $1 and known_to = 'infinity' and ($2::text[] is null or state = any($2))
     order by enterprise_id`,
    [listId, states ?? null],
  );
  return new Map(rows.map((row) => [toEnterpriseId(row.enterprise_id), toEntry(row)]));
}

function toEntry(row: Row): Entry {
  return {
    enterpriseId: toEnterpriseId(row.enterprise_id),
    state: row.state,
    rulesHash: row.rules_hash,
    district: row.district,
    industry: row.industry,
    sizeClass: row.size_class,
    validUntil: row.valid_until,
    reviewBy: row.review_by,
    reason: row.reason,
    rules: row.rules,
    note: row.note,
  };
}

/** By whom and under which leaf entries enter new states. */
export type Entering = {
  readonly listId: string;
  readonly at: Date;
  readonly by: string;
  readonly receiptId: string;
};

/**
 * Ends where each of these stood and begins where it stands, never overwriting: two statements for many. The caller holds
 * the list. A state that begins at the instant of the one before it begins a millisecond later.
 */
export async function enterStates(tx: Tx, entering: Entering, entries: readonly Entry[]): Promise<void> {
  const { listId, at, by, receiptId } = entering;
  for (let from = 0; from < entries.length; from += WHITELIST_LIMITS.rowsPerStatement) {
    const part = entries.slice(from, from + WHITELIST_LIMITS.rowsPerStatement);
    const ended = await tx.rows<{ enterprise_id: string; known_to: Date }>(END_STATES, [
      listId,
      at,
      part.map(({ enterpriseId }) => enterpriseId),
    ]);
    const begins = new Map(ended.map((row) => [row.enterprise_id, row.known_to]));
    const rows = part.map((entry) => ({ ...entry, knownFrom: begins.get(entry.enterpriseId) ?? at }));
    await tx.rows(BEGIN_STATES, [listId, JSON.stringify(rows), by, receiptId]);
  }
}

const END_STATES = `
  update evaluation.whitelist_entries
  set known_to = greatest($2::timestamptz, known_from + interval '1 millisecond')
  where list_id = $1 and enterprise_id = any($3::bigint[]) and known_to = 'infinity'
  returning enterprise_id, known_to`;

const BEGIN_STATES = `
  insert into evaluation.whitelist_entries (enterprise_id, list_id, known_from, state, rules_hash, district, industry,
    size_class, valid_until, review_by, reason, rules, note, entered_by, receipt_id)
  select "enterpriseId", $1, "knownFrom", state, "rulesHash", district, industry, "sizeClass", "validUntil", "reviewBy",
    reason, rules, note, $3, $4
  from json_to_recordset($2::json) as entry ("enterpriseId" bigint, "knownFrom" timestamptz, state text, "rulesHash" text,
    district text, industry text, "sizeClass" text, "validUntil" date, "reviewBy" date, reason text, rules text[],
    note text)
  order by "enterpriseId"`;

/** Enterprises that want to be on no such list. */
export async function readOptOuts(tx: Tx, listId: string): Promise<ReadonlySet<EnterpriseId>> {
  const rows = await tx.rows<{ enterprise_id: string }>(
    `select enterprise_id from evaluation.whitelist_opt_outs where list_id = $1 and known_to = 'infinity'`,
    [listId],
  );
  return new Set(rows.map((row) => toEnterpriseId(row.enterprise_id)));
}
