import assert from 'node:assert';
import {
  CommitUnknown,
  type Database,
  type Gatherer,
  inPipelinedTransaction,
  type ManyAtOnce,
  GROUPS_MAX,
  sendWithTurn,
  Tx,
} from './database.ts';
import { Refusal } from './refusals.ts';

/** One caller's work in a transaction that it shares with others who came at the same time. */
export type GroupMember<Result> = {
  /** Rows that it writes and another could want too, by name: members of one group have none in common. */
  readonly apart: readonly string[];
  /** Nothing is sent before this has been committed. A Refusal puts this member out and leaves the others in. */
  work(tx: Tx): Promise<Result>;
  /** Takes back what a refused `work` had written; throws when that cannot be taken back. */
  undo(tx: Tx): Promise<void>;
};

/** As many as make the cost of a statement small beside that of its rows. */
const MEMBERS_MAX = 64;
/** How long the next group waits for company while another one runs: those just answered are about to come again. */
const COMPANY_MS = 2;

type Line = { waiting: Waiting[]; running: number; timer: NodeJS.Timeout | undefined };
const lines = new WeakMap<Database, Line>();

/**
 * Group commit for short transactions of one process. While none runs, work begins at once and alone; otherwise with
 * whatever else comes within two milliseconds or until a place is free.
 * Members run as if alone, in step: what all of them bring to the same `tx.together` is one statement. An error that is
 * no Refusal undoes the group, and each member is run again by itself, so that it meets only its own fault.
 */
export function inGroup<Result>(database: Database, member: GroupMember<Result>): Promise<Result> {
  const line = lines.get(database) ?? { waiting: [], running: 0, timer: undefined };
  lines.set(database, line);
  return new Promise((resolve, reject) => {
    const settle = (outcome: Outcome): void => {
      if ('error' in outcome) reject(outcome.error);
      else resolve(outcome.result as Result); // what this member's own work returned
    };
    line.waiting.push({ member, settle });
    startSoon(database, line);
  });
}

function startSoon(database: Database, line: Line): void {
  if (line.timer !== undefined || line.waiting.length === 0 || line.running === GROUPS_MAX) return;
  if (line.running === 0 && line.waiting.length === 1) startGroup(database, line);
  else line.timer = setTimeout(() => startGroup(database, line), COMPANY_MS);
}

function startGroup(database: Database, line: Line): void {
  line.timer = undefined;
  const group = chooseMembers(line.waiting);
  line.waiting = line.waiting.filter((one) => !group.includes(one));
  line.running += 1;
  void runGroup(database, group).finally(() => {
    line.running -= 1;
    startSoon(database, line);
  });
}

type Outcome = { readonly result: unknown } | { readonly error: Error };
type Waiting = {
  readonly member: GroupMember<unknown>;
  readonly settle: (outcome: Outcome) => void;
};

/** In the order of their coming; who would write a row of one chosen before waits for the next group. */
function chooseMembers(waiting: readonly Waiting[]): Waiting[] {
  const taken = new Set<string>();
  const chosen: Waiting[] = [];
  for (const one of waiting) {
    if (chosen.length === MEMBERS_MAX) break;
    if (one.member.apart.some((name) => taken.has(name))) continue;
    for (const name of one.member.apart) taken.add(name);
    chosen.push(one);
  }
  return chosen;
}

/** Never throws: every member hears how it ended, after the commit. */
async function runGroup(database: Database, group: readonly Waiting[]): Promise<void> {
  try {
    const outcomes = await inPipelinedTransaction(database, (tx) => runMembers(tx, group));
    for (const [n, outcome] of outcomes.entries()) group[n]?.settle(outcome);
  } catch (error) {
    // What became of a commit that failed is the caller's to find out; running it again could do it twice.
    const isOver = group.length === 1 || error instanceof CommitUnknown;
    if (isOver) for (const one of group) one.settle({ error: asError(error) });
    else for (const one of group) await runGroup(database, [one]);
  }
}

/** Throws the first error that is no Refusal, once every member has stopped. */
async function runMembers(tx: Tx, group: readonly Waiting[]): Promise<Outcome[]> {
  const table = openTable(tx, group.length);
  const ended = await Promise.allSettled(
    group.map(async ({ member }) => {
      const seat = table.sit();
      const own = new Tx(tx.client, { gather: seat.gather });
      try {
        return { result: await member.work(own) };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        await member.undo(own);
        return { error };
      } finally {
        own.end();
        seat.leave();
      }
    }),
  );
  return ended.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
}

type AnyWork = ManyAtOnce<never, unknown>;
type Call = {
  readonly item: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
};

/** Holds what members bring until each that has not left waits for something it brought; then does all of it. */
function openTable(tx: Tx, members: number) {
  let present = members;
  let brought = new Map<AnyWork, Call[]>();
  const waiting = new Set<object>();
  const doAllOnceAllWait = (): void => {
    if (waiting.size === 0 || waiting.size < present) return;
    const calls = brought;
    brought = new Map();
    waiting.clear();
    void doAll(tx, calls);
  };
  const sit = () => {
    const seat = {};
    const gather: Gatherer = (work, item) =>
      new Promise((resolve, reject) => {
        const calls = brought.get(work) ?? [];
        calls.push({ item, resolve: resolve as Call['resolve'], reject });
        brought.set(work, calls);
        waiting.add(seat);
        queueMicrotask(doAllOnceAllWait); // a member may bring several things at once
      });
    const leave = (): void => {
      present -= 1;
      waiting.delete(seat);
      doAllOnceAllWait();
    };
    return { gather, leave };
  };
  return { sit };
}

/** Sends one work after the other, in the order in which they were first brought, without waiting in between. */
async function doAll(tx: Tx, brought: ReadonlyMap<AnyWork, readonly Call[]>): Promise<void> {
  sendWithTurn(tx.client);
  await Promise.all([...brought].map(([work, calls]) => doOne(tx, work, calls)));
}

/** Each call hears its result, or the error of the work. */
async function doOne(tx: Tx, work: AnyWork, calls: readonly Call[]): Promise<void> {
  try {
    const results = await work(tx, calls.map(({ item }) => item) as never[]); // gathered by the work that takes them
    assert.equal(results.length, calls.length, 'work for many has a result for each');
    for (const [n, { resolve }] of calls.entries()) resolve(results[n]);
  } catch (error) {
    for (const { reject } of calls) reject(error);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Each different question once; `at[n]` is the place of item `n` among them. For work that many ask for alike. */
export function distinct<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
): { readonly unique: readonly Item[]; readonly at: readonly number[] } {
  const places = new Map<string, number>();
  const unique: Item[] = [];
  const at = items.map((item) => {
    const name = nameOf(item);
    const known = places.get(name);
    if (known !== undefined) return known;
    places.set(name, unique.length);
    return unique.push(item) - 1;
  });
  return { unique, at };
}
