import { inTransaction, toEnterpriseId } from '#kernel';
import { systemCaller } from '#platform';
import { decide } from '#security';
import { type BenchResult, peakMemoryMiB, round, withBenchNode } from './bench-node.ts';

const RUNS = 20_000;

/** One remembered decision over the contracts of a public report, per contract. */
export async function benchDecide(): Promise<BenchResult> {
  return await withBenchNode(undefined, async (node) => {
    const caller = systemCaller('bench');
    const contracts = [...node.lists.catalogue.contracts.values()].slice(0, 3);
    const microseconds = await inTransaction(node.database, (tx) => {
      const request = {
        caller,
        purpose: 'public_report' as const,
        subject: toEnterpriseId(1),
        contracts,
        asOf: { knownAt: node.clock.now() },
      };
      decide(tx, node.policies, request);
      const began = performance.now();
      for (let run = 0; run < RUNS; run += 1) decide(tx, node.policies, request);
      return Promise.resolve(((performance.now() - began) / RUNS) * 1_000);
    });
    return {
      bench: 'decide',
      figure: round(microseconds),
      unit: 'µs',
      work: `${RUNS} decisions over ${contracts.length} contracts, remembered`,
      limit: null,
      ratio: null,
      peakMemoryMiB: peakMemoryMiB(),
      synthetic: true,
    };
  });
}
