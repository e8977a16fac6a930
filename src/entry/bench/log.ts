import { inTransaction } from '#kernel';
import { logOrigin, recordLeaf, startSequencer } from '#security';
import { type BenchResult, peakMemoryMiB, round, withBenchNode } from './bench-node.ts';

const LEAVES = 20_000;
const PER_TRANSACTION = 100;

/** Leaves through outbox and sequencer until the tree holds them; the limit is their insertion into the outbox alone. */
export async function benchLog(): Promise<BenchResult> {
  return await withBenchNode(undefined, async (node) => {
    const began = performance.now();
    for (let done = 0; done < LEAVES; done += PER_TRANSACTION) {
      await inTransaction(node.database, async (tx) => {
        for (let at = 0; at < PER_TRANSACTION; at += 1) {
          await recordLeaf(tx, node.keys, { kind: 'answer', at: node.clock.now(), body: { run: done + at } });
        }
      });
    }
    const recorded = performance.now();
    const { database, keys, logger, clock, config } = node;
    const sequencer = startSequencer({ database, keys, origin: logOrigin(config.publicUrl), logger, clock });
    await sequencer.drain();
    const sequenced = performance.now();
    await sequencer.stop();
    const figure = LEAVES / ((sequenced - recorded) / 1_000);
    const limit = LEAVES / ((recorded - began) / 1_000);
    return {
      bench: 'log',
      figure: Math.round(figure),
      unit: 'entries/s',
      work: `${LEAVES} leaves recorded ${PER_TRANSACTION} a transaction, then sequenced`,
      limit: Math.round(limit),
      ratio: round(figure / limit, 3),
      peakMemoryMiB: peakMemoryMiB(),
      synthetic: true,
    };
  });
}
