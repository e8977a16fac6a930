import assert from 'node:assert';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { type Database, inTransaction, LIMITS } from '#kernel';
import {
  hashLeaf,
  leafText,
  logOrigin,
  readLogState,
  readReceipt,
  type ReceiptProof,
  recordLeaves,
  type Sequencer,
  startSequencer,
  verifyCheckpoint,
  verifyInclusion,
} from '#security';
import type { Node } from '../node.ts';
import { type BenchResult, peakMemoryMiB, percentile, round, withBenchNode } from './bench-node.ts';

/** Leaves of the measured run; a few seconds of the rate that is asked for. */
const LEAVES = 100_000;
/** Leaves that one transaction records: what arrives in a few milliseconds at such a rate. */
const PER_TRANSACTION = 100;
/** Transactions under way at once. */
const WRITERS = 6;
/** Entries of the log that proofs are made from. */
const MILLION = 1_000_000;
const PROOFS = 2_000;

/**
 * Leaves through outbox and sequencer until the tree holds them, both at once as in a running node: hashed, committed
 * to, each receipt signed, every commit durable. The limit is a bare COPY of such rows into the same three tables.
 * Then how long a receipt with its inclusion proof takes at a million entries.
 */
export async function benchLog(): Promise<BenchResult> {
  return await withBenchNode(undefined, async (node) => {
    const sequencer = openSequencer(node);
    const limit = LEAVES / (await copyRows(node.database, { name: 'limit', count: LEAVES }));
    await sequencer.drain();
    await recordGroup(node); // statements prepared, tables analysed by their first use
    await sequencer.drain();
    const seconds = await recordAll(node, sequencer);
    const figure = LEAVES / seconds;
    const proofs = await measureProofs(node, sequencer);
    await sequencer.stop();
    return {
      bench: 'log',
      figure: Math.round(figure),
      unit: 'entries/s',
      work: `${LEAVES} leaves recorded ${PER_TRANSACTION} a transaction by ${WRITERS} writers, receipts signed, in the tree; limit: COPY of the rows`,
      limit: Math.round(limit),
      ratio: round(figure / limit, 3),
      ...proofs,
      peakMemoryMiB: peakMemoryMiB(),
      synthetic: true,
    };
  });
}

function openSequencer({ database, keys, logger, config }: Node): Sequencer {
  return startSequencer({ database, keys, origin: logOrigin(config.publicUrl), logger });
}

/** Seconds from the first leaf to the checkpoint over the last. */
async function recordAll(node: Node, sequencer: Sequencer): Promise<number> {
  let left = LEAVES / PER_TRANSACTION;
  const write = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await recordGroup(node);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: WRITERS }, write));
  await sequencer.drain();
  return (performance.now() - began) / 1_000;
}

async function recordGroup({ database, keys, clock }: Node): Promise<void> {
  const at = clock.now();
  const facts = Array.from({ length: PER_TRANSACTION }, (_, n) => ({
    kind: 'answer' as const,
    at,
    body: {
      disclosure: `dsc_${String(n).padStart(26, '0')}`,
      contracts: ['n01_registration'],
      institution: 'bank',
    },
  }));
  await inTransaction(database, (tx) => recordLeaves(tx, keys, facts));
}

type Latency = { readonly proofEntries: number; readonly p50Ms: number; readonly p99Ms: number };

async function measureProofs(node: Node, sequencer: Sequencer): Promise<Latency> {
  const { database } = node;
  const { size } = await readLogState(database);
  const rows = { name: 'million', count: MILLION - size };
  await copyRows(database, rows);
  await sequencer.drain();
  const times: number[] = [];
  for (let n = 0; n < PROOFS; n += 1) {
    const at = Math.floor(rows.count * ((n * GOLDEN) % 1));
    const began = performance.now();
    const proof = await readReceipt(database, rowOf(rows, at).id);
    times.push(performance.now() - began);
    requireProof(node, proof);
  }
  const { size: proofEntries } = await readLogState(database);
  return { proofEntries, p50Ms: round(percentile(times, 0.5)), p99Ms: round(percentile(times, 0.99)) };
}

/** Spreads the asked entries over the log without a pattern. */
const GOLDEN = 0.618_033_988_75;

/** A figure for proofs that do not hold would be no figure. */
function requireProof({ keys }: Node, { receipt, included }: ReceiptProof): void {
  assert(included !== undefined, 'the leaf is in the tree');
  const head = verifyCheckpoint(included.checkpoint, keys.get('log').publicKey);
  assert(head !== undefined, 'the checkpoint is signed');
  assert(verifyInclusion(Buffer.from(receipt.leafHash, 'hex'), included.proof, head.root), 'the proof holds');
}

type Rows = { readonly name: string; readonly count: number };
type Row = { readonly id: string; readonly leaf: Buffer };

/** Leaves of the usual size, made without the work that makes them trustworthy. */
function rowOf({ name }: Rows, n: number): Row {
  const commitment = createHash('sha256').update(`${name} ${n}`).digest('hex');
  return {
    id: `rcp_${name}_${String(n).padStart(18, '0')}`,
    leaf: Buffer.from(leafText('answer', AT, commitment)),
  };
}

const AT = '2026-03-01T02:03:04.005Z';
const [SIGNATURE, SALT] = [randomBytes(64), randomBytes(32)].map((bytes) => `\\\\x${bytes.toString('hex')}`);

/** What recording writes, table by table, as lines of COPY. */
const COPIES: readonly { readonly statement: string; readonly line: (row: Row) => string }[] = [
  {
    statement: 'receipts (receipt_id, kind, leaf, at, promise_ms, suite, kid, signature)',
    line: ({ id, leaf }) =>
      `${id}\tanswer\t\\\\x${leaf.toString('hex')}\t${AT}\t${LIMITS.sequenceWithinMs}\tintl-1\tbench\t${SIGNATURE}\n`,
  },
  {
    statement: 'leaf_bodies (receipt_id, salt, body)',
    line: ({ id, leaf }) => `${id}\t${SALT}\t${leaf.toString()}\n`,
  },
  {
    statement: 'leaf_outbox (receipt_id, leaf_hash, at)',
    line: ({ id, leaf }) => `${id}\t\\\\x${hashLeaf(leaf).toString('hex')}\t${AT}\n`,
  },
];

/** Seconds that the bare rows take in one transaction, durable at its end. */
async function copyRows(database: Database, rows: Rows): Promise<number> {
  const began = performance.now();
  await inTransaction(database, async ({ client }) => {
    for (const { statement, line } of COPIES) {
      const target = client.query(copyFrom(`copy security.${statement} from stdin`));
      await pipeline(Readable.from(linesOf(rows, line)), target);
    }
  });
  return (performance.now() - began) / 1_000;
}

const LINES_PER_PIECE = 1_000;

function* linesOf(rows: Rows, line: (row: Row) => string): Generator<string> {
  for (let from = 0; from < rows.count; from += LINES_PER_PIECE) {
    const count = Math.min(LINES_PER_PIECE, rows.count - from);
    yield Array.from({ length: count }, (_, n) => line(rowOf(rows, from + n))).join('');
  }
}
