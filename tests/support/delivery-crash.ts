import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Database, inTransaction } from '#kernel';
import { type ListsContext, recoverDeliveries } from '#lists';
import type { Cleanup } from './database.ts';
import { copyContract } from './lists-on.ts';
import { CONTRACT, type SampleFile } from './sample-penalties.ts';

const CHILD = join(import.meta.dirname, 'delivery-process.ts');

/** A folder of files to deliver and one for the node; both go when the test ends. */
export function makeFolders(t: Cleanup, files: readonly SampleFile[]): { node: string; files: string } {
  const base = mkdtempSync(join(tmpdir(), 'xinqiao-crash-'));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const folders = { node: join(base, 'node'), files: join(base, 'files') };
  mkdirSync(folders.node);
  mkdirSync(folders.files);
  copyContract(folders.node, CONTRACT);
  for (const { name, content } of files) writeFileSync(join(folders.files, name), content);
  return folders;
}

export type Deliverer = {
  readonly child: ChildProcess;
  /** Resolves at the first line that begins so; rejects when the process ends without it. */
  readonly saw: (line: string) => Promise<void>;
  /** The last word of the process: whether it delivered everything. */
  readonly ended: Promise<{ hasFinished: boolean; signal: string | null; complaint: string }>;
};

/** Starts a process that delivers everything in `files`. */
export function startDeliverer(
  url: string,
  folders: { node: string; files: string },
  direction = 'forwards',
): Deliverer {
  const child = spawn(process.execPath, [CHILD, url, folders.node, folders.files, direction], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiters: { line: string; resolve: () => void; reject: (error: Error) => void }[] = [];
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const waiter of waiters) if (line.startsWith(waiter.line)) waiter.resolve();
  });
  const ended = once(child, 'close').then(() => {
    for (const { line, reject } of waiters) reject(new Error(`ended before "${line}": ${complaint}`));
    return { hasFinished: lines.includes('finished'), signal: child.signalCode, complaint };
  });
  const saw = (line: string): Promise<void> =>
    new Promise((resolve, reject) => {
      if (lines.some((seen) => seen.startsWith(line))) resolve();
      else waiters.push({ line, resolve, reject });
    });
  return { child, saw, ended };
}

/** Delivers everything without disturbance; returns how long the work took, in ms, for tests that disturb it at random. */
export async function deliverAll(url: string, folders: { node: string; files: string }): Promise<number> {
  const deliverer = startDeliverer(url, folders);
  await deliverer.saw('ready');
  const start = performance.now();
  const { hasFinished, complaint } = await deliverer.ended;
  assert(hasFinished, complaint);
  return Math.ceil(performance.now() - start);
}

/** Content of everything a delivery writes, without ids, instants and what depends on them. */
const CONTENT: Readonly<Record<string, string>> = {
  deliveries: `
    select d.file_name, d.kind, d.state, d.digest, d.rows, d.new_rows, d.changed_rows, d.unchanged_rows, d.held_rows,
      d.quarantined_rows, d.duplicate_rows, d.withdrawn_rows, d.merkle_root, d.business_time_max, d.refusal,
      d.publishing_since, d.summary - 'peakRssBytes' as summary, d.receipt is not null as has_receipt
    from lists.deliveries d order by d.file_name`,
  records: `
    select c.code, d.file_name, t.row_no, t.known_to = 'infinity' as is_live, e.file_name as ended_by,
      to_jsonb(t) - 'enterprise_id' - 'delivery_no' - 'known_from' - 'known_to' as content
    from lists.n08_penalty_v1 t
    join lists.deliveries d on d.delivery_no = t.delivery_no
    left join lists.deliveries e on e.known_from = t.known_to
    left join lists.enterprise_codes c on c.enterprise_id = t.enterprise_id and c.kind = 'uscc' and c.known_to = 'infinity'
    order by c.code, d.file_name, t.row_no, t.known_from`,
  defects: `
    select d.file_name, q.row_no, q.field, q.code, q.rule, q.severity, q.params, q.raw
    from lists.defects q join lists.deliveries d on d.delivery_no = q.delivery_no
    order by d.file_name, q.row_no, q.field, q.code, q.raw::text`,
  held: `
    select d.file_name, h.row_no, h.state, h.staged, i.subject_code, i.subject_name, i.state as decision
    from lists.held_rows h
    join lists.deliveries d on d.delivery_no = h.delivery_no
    join lists.review_items i on i.review_no = h.review_no
    order by d.file_name, h.row_no`,
  reviews: 'select subject_code, subject_name, reason, state from lists.review_items order by 1, 2',
  codes: `select code, kind, checksum_ok, known_to = 'infinity' as is_live from lists.enterprise_codes order by 1, 2`,
  names: `select name, is_current, known_to = 'infinity' as is_live from lists.enterprise_names order by 1, 2, 3`,
  enterprises: 'select standing, kind, count(*)::integer from lists.enterprises group by 1, 2 order by 1, 2',
  evidence: `
    select d.file_name, q.rule, q.dimension, q.severity, q.checked, q.failed
    from lists.quality_evidence q join lists.deliveries d on d.delivery_no = q.delivery_no order by 1, 2`,
  leaves: `
    select d.file_name, count(*)::integer as leaves
    from lists.deliveries d
    join security.leaf_bodies b on b.body::jsonb ->> 'delivery' = d.delivery_id
    join security.receipts r on r.receipt_id = b.receipt_id and r.kind = 'delivery'
    group by 1 order by 1`,
};

export type Content = Readonly<Record<string, readonly object[]>>;

export async function readContent(database: Database): Promise<Content> {
  const content: Record<string, object[]> = {};
  for (const [name, text] of Object.entries(CONTENT)) {
    content[name] = await inTransaction(database, (tx) => tx.rows<object>(text));
  }
  return content;
}

/** Compares part by part, so that a difference names what differs. */
export function assertSameContent(actual: Content, wanted: Content): void {
  for (const [name, rows] of Object.entries(wanted)) {
    assert.equal(actual[name]?.length, rows.length, `${name}: another number of rows`);
    assert.deepEqual(actual[name], rows, name);
  }
}

/** What holds at every moment, also between a crash and the recovery from it. */
const BROKEN: Readonly<Record<string, string>> = {
  'an unfinished delivery has left records, defects, held rows, evidence or a leaf': `
    select d.file_name from lists.deliveries d
    where d.state in ('received', 'publishing') and (
      exists (select from lists.n08_penalty_v1 t where t.delivery_no = d.delivery_no)
      or exists (select from lists.defects q where q.delivery_no = d.delivery_no)
      or exists (select from lists.held_rows h where h.delivery_no = d.delivery_no)
      or exists (select from lists.quality_evidence q where q.delivery_no = d.delivery_no)
      or exists (select from security.leaf_bodies b where b.body::jsonb ->> 'delivery' = d.delivery_id)
      or d.rows is not null or d.receipt is not null)`,
  'the counts of a finished delivery are not those of its rows': `
    select d.file_name from lists.deliveries d
    where d.state in ('published', 'partly_published') and (
      d.rows <> d.new_rows + d.changed_rows + d.unchanged_rows + d.held_rows + d.quarantined_rows + d.duplicate_rows
      or d.held_rows <> (select count(*) from lists.held_rows h where h.delivery_no = d.delivery_no and h.state <> 'released')
      or d.quarantined_rows <> (select count(distinct q.row_no) from lists.defects q
                                where q.delivery_no = d.delivery_no and q.severity = 'block')
      or d.receipt is null)`,
  'a finished delivery still says that it is publishing': `
    select d.file_name from lists.deliveries d
    where d.publishing_since is not null and d.state in ('returned', 'refused')`,
  'two versions of one record are known at the same time, or a version ends before it begins': `
    select a.decision_no from lists.n08_penalty_v1 a
    left join lists.n08_penalty_v1 b
      on b.enterprise_id = a.enterprise_id and b.decision_no = a.decision_no and b.ctid <> a.ctid
      and b.known_from < a.known_to and a.known_from < b.known_to
    where b.enterprise_id is not null or a.known_to <= a.known_from`,
};

export async function assertWhole(database: Database): Promise<void> {
  for (const [fault, text] of Object.entries(BROKEN)) {
    const found = await inTransaction(database, (tx) => tx.rows<object>(text));
    assert.deepEqual(found, [], fault);
  }
}

/** After the recovery of a later day, no half-written file is left. */
export async function assertSwept(context: ListsContext): Promise<void> {
  const later = new Date(context.clock.now().getTime() + 2 * 86_400_000);
  await recoverDeliveries({ ...context, clock: { now: () => later } });
  const incoming = join(context.deliveriesFolder, 'incoming');
  assert.deepEqual(existsSync(incoming) ? readdirSync(incoming) : [], []);
}

/** Temporary tables of sessions that have ended are gone with them. */
export async function assertNoTemporaryTables(database: Database): Promise<void> {
  const found = await inTransaction(database, (tx) =>
    tx.rows<object>(
      `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname like 'pg\\_temp\\_%' and c.relkind = 'r'`,
    ),
  );
  assert.deepEqual(found, []);
}
