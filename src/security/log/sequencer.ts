import { AssertionError } from 'node:assert';
import { type Database, inTransaction, type KeyStore, type Logger } from '#kernel';
import { listenForLeaves, type Wake } from './wake.ts';
import { lockLog, type SequenceContext, sequenceBatch } from './sequence-batch.ts';

export type SequencerParts = {
  readonly database: Database;
  readonly keys: KeyStore;
  /** Name of the log for its first checkpoint, see `logOrigin`; an existing log keeps its own. */
  readonly origin: string;
  readonly logger: Logger;
};

export type Sequencer = {
  /** Ends after the batch at hand; what waits in the outbox stays for the next start. Throws what ended the log. */
  stop(): Promise<void>;
  /** Sequences until the outbox is empty, waiting for another process's batch if need be. */
  drain(): Promise<void>;
};

/** Longest a leaf waits when its notification was saved or lost; several polls fit into the promise. */
const POLL_MS = 200;
/** Pause after a failed batch, so that a database that is away is not stormed. */
const PAUSE_MS = 1_000;

/**
 * Runs the log's writer until stopped. Every process of the node may run one; an advisory lock lets one append at a
 * time. A batch is one transaction, so a crash at any point leaves it in the outbox or in the tree, never both or half.
 */
export function startSequencer(parts: SequencerParts): Sequencer {
  const wake = listenForLeaves(parts.database, parts.logger);
  const state: State = { isStopping: false, signed: {} };
  const ended = run(parts, wake, state);
  ended.catch(() => {}); // reported where it happened and again by stop()
  return {
    async stop() {
      state.isStopping = true;
      wake.now();
      await ended.finally(() => wake.close());
    },
    async drain() {
      while ((await sequenceOnce(parts, state, true)) > 0);
    },
  };
}

type State = { isStopping: boolean; readonly signed: SequenceContext['signed'] };

async function run(parts: SequencerParts, wake: Wake, state: State): Promise<void> {
  while (!state.isStopping) {
    const moved = await sequenceOnce(parts, state, false).catch((error: unknown) =>
      report(parts.logger, error),
    );
    if (moved === 'failed') await wake.wait(PAUSE_MS);
    else if (moved === 0) await wake.wait(POLL_MS);
  }
}

/** A tree that contradicts its checkpoint ends the sequencer; anything else (the database is away) is tried again. */
function report(logger: Logger, error: unknown): 'failed' {
  const name = error instanceof Error ? error.name : 'unknown';
  logger.error({ error: name }, 'log batch failed');
  if (error instanceof AssertionError) throw error;
  return 'failed';
}

function sequenceOnce(
  { database, keys, origin }: SequencerParts,
  { signed }: State,
  isWaiting: boolean,
): Promise<number> {
  return inTransaction(database, async (tx) =>
    (await lockLog(tx, isWaiting)) ? sequenceBatch(tx, { keys, origin, signed }) : 0,
  );
}
