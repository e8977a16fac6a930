import assert from 'node:assert';
import { beijingDate, type Clock, LIMITS } from '#kernel';
import { callSource, type SourceBook, type SourceReply } from '#platform';
import type { SourceOrder } from '#security';
import type { CodeTable } from '../contract/code-table.ts';
import type { Contract } from '../contract/shape.ts';
import type { Outcome } from '../read/records.ts';
import { compileAnswerCheck, type RecordValues } from './check-answer.ts';
import { isStale } from './staleness.ts';

export type SourceParts = {
  readonly sources: SourceBook;
  readonly codeTables: ReadonlyMap<string, CodeTable>;
  readonly clock: Clock;
};

export type SourceQuestion = {
  readonly contracts: readonly Contract[];
  /** Code and name of the order's subject, as `readEnterprise` gives them. */
  readonly identity: { readonly code: string | null; readonly name: string };
  /** Default: `LIMITS.gatherMs` from now; never later than the order's own end. */
  readonly deadlineAt?: Date;
  /** The institution that it is for; capacity that is short is shared equally among these. */
  readonly institution?: string;
  /** Calls everything off, for instance when the consent is withdrawn. */
  readonly signal?: AbortSignal;
};

/** How the source of one contract answered. Values are of the order's fields only, spelled as stored ones are. */
export type SourceAnswer = {
  readonly contract: Contract;
  readonly outcome: Extract<
    Outcome,
    'ok' | 'no_data' | 'not_connected' | 'source_down' | 'stale' | 'not_covered'
  >;
  readonly values: readonly RecordValues[];
  /** Up to when the source knows where it says so, else when it answered, or was found not to. */
  readonly sourceAt: Date;
  /** Rows that did not pass the contract's own check, and are dropped. */
  readonly rowsRefused: number;
};

/**
 * Asks the sources of these contracts about the order's subject, all at once and under one deadline. Call it in no
 * transaction: it may take as long as the deadline allows. A contract that the order does not name is a programmer's
 * error, as is an order that has run out.
 */
export async function askSources(
  parts: SourceParts,
  order: SourceOrder,
  question: SourceQuestion,
): Promise<SourceAnswer[]> {
  const now = parts.clock.now();
  assert(now < order.expiresAt, 'the order to ask sources has run out');
  const wanted = question.deadlineAt ?? new Date(now.getTime() + LIMITS.gatherMs);
  const deadlineAt = wanted < order.expiresAt ? wanted : order.expiresAt;
  return await Promise.all(
    question.contracts.map((contract) => askOne({ parts, order, question, deadlineAt }, contract)),
  );
}

type Asking = {
  readonly parts: SourceParts;
  readonly order: SourceOrder;
  readonly question: SourceQuestion;
  readonly deadlineAt: Date;
};

async function askOne(asking: Asking, contract: Contract): Promise<SourceAnswer> {
  const { parts, order, question, deadlineAt } = asking;
  assert(order.fields(contract.id).length > 0, `not ordered: ${contract.id}`);
  const source = isAtSource(contract) ? parts.sources.find(contract.id) : undefined;
  const nothing = { contract, values: [], sourceAt: parts.clock.now(), rowsRefused: 0 };
  if (source === undefined) return { ...nothing, outcome: 'not_connected' };
  const { code, name } = question.identity;
  if (code === null) return { ...nothing, outcome: 'not_covered' }; // sources know enterprises by code alone
  const signal = question.signal ?? new AbortController().signal;
  const { institution } = question;
  const party = institution === undefined ? {} : { institution };
  const call = { source, code, name, contractId: contract.id, deadlineAt, signal, ...party };
  const reply = await callSource(parts.sources, call);
  return answerOf(asking, contract, reply);
}

/** A dataset that the node does not hold: only these are asked at their source. */
export function isAtSource({ sharingModes }: Contract): boolean {
  return sharingModes.some((mode) => mode !== 'replicated');
}

/** All rows dropped is no answer: nobody is told "no data" because the source wrote nonsense. */
function answerOf({ parts, order }: Asking, contract: Contract, reply: SourceReply): SourceAnswer {
  const now = parts.clock.now();
  if (reply.outcome === 'not_covered') {
    return { contract, outcome: 'not_covered', values: [], sourceAt: reply.at, rowsRefused: 0 };
  }
  if (reply.outcome !== 'rows') {
    return { contract, outcome: 'source_down', values: [], sourceAt: now, rowsRefused: 0 };
  }
  const check = compileAnswerCheck(contract, parts.codeTables, beijingDate(now));
  const passed = reply.rows.map(check).filter((row) => row !== null);
  const rowsRefused = reply.rows.length - passed.length;
  const values = passed.map((row) => onlyOrdered(row, order.fields(contract.id)));
  const base = { contract, values, sourceAt: reply.at, rowsRefused };
  if (passed.length === 0) return { ...base, outcome: rowsRefused === 0 ? 'no_data' : 'source_down' };
  return { ...base, outcome: isStale(contract, reply.at, now) ? 'stale' : 'ok' };
}

function onlyOrdered(row: RecordValues, fields: readonly string[]): RecordValues {
  const names = fields
    .flatMap((name) => [name, `${name}_currency`])
    .filter((name) => Object.hasOwn(row, name));
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}
