import type { Clock } from '#kernel';
import { addressOf, type Addresses } from './address.ts';
import type { Connector } from './answer.ts';
import { Breaker } from './breaker.ts';
import { AnswerCache } from './cache.ts';
import { Capacity } from './capacity.ts';
import { connectDatabase } from './connect/database.ts';
import { connectFiles } from './connect/files.ts';
import { connectService } from './connect/service.ts';
import { Counts } from './counts.ts';
import { Gate } from './gate.ts';
import { readSecret } from './secrets.ts';
import type { Source, SourceInterface } from './shape.ts';

/** One connected source of this process, with everything that bounds the calls to it. */
export type Lane = {
  readonly source: Source;
  readonly connector: Connector;
  readonly breaker: Breaker;
  readonly gate: Gate;
  readonly lines: ReadonlyMap<string, Line>;
};

/** One interface of a source, and how much of it was used. */
export type Line = { readonly to: SourceInterface; readonly capacity: Capacity };

/** The sources that this process can ask. Breakers, calls at once and answers kept are the process's own. */
export type SourceBook = {
  /** The source that answers this contract, if one is connected. */
  find(contractId: string): Source | undefined;
  /** Every connected source by id. */
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly counts: Counts;
  readonly cache: AnswerCache;
  readonly clock: Clock;
  close(): Promise<void>;
};

const SWEEP_MS = 5_000;

/**
 * Connects the definitions that have an address; nothing is asked yet. Refuses with `source.address_not_valid` and, for
 * a secret that is not there, with `source.secret_unreadable`.
 */
export function openSources(parts: {
  readonly definitions: readonly Source[];
  readonly addresses: Addresses;
  readonly keysFolder: string;
  readonly clock: Clock;
}): SourceBook {
  const lanes = new Map<string, Lane>();
  const byContract = new Map<string, Source>();
  for (const source of parts.definitions) {
    const address = addressOf(source, parts.addresses);
    if (address === undefined) continue;
    for (const name of secretsOf(source)) readSecret(parts.keysFolder, name);
    lanes.set(source.id, openLane(source, address, parts));
    for (const { contract } of source.interfaces) byContract.set(contract, source);
  }
  const cache = new AnswerCache(parts.clock);
  const sweeper = setInterval(() => cache.sweep(), SWEEP_MS).unref();
  return {
    find: (contractId) => byContract.get(contractId),
    lanes,
    counts: new Counts(),
    cache,
    clock: parts.clock,
    close: async () => {
      clearInterval(sweeper);
      await Promise.all([...lanes.values()].map(({ connector }) => connector.close()));
    },
  };
}

function openLane(source: Source, address: URL, parts: { keysFolder: string; clock: Clock }): Lane {
  const { clock } = parts;
  return {
    source,
    connector: connect(source, address, parts),
    breaker: new Breaker(source.breaker, clock),
    gate: new Gate(source),
    lines: new Map(
      source.interfaces.map((to) => {
        const scope = `source ${source.id} ${to.contract}`;
        return [to.contract, { to, capacity: new Capacity(scope, to.capacity, clock) }];
      }),
    ),
  };
}

function connect(source: Source, address: URL, parts: { keysFolder: string; clock: Clock }): Connector {
  switch (source.kind) {
    case 'service':
      return connectService({ source, address, ...parts });
    case 'database':
      return connectDatabase({ source, address, ...parts });
    case 'file':
      return connectFiles({ source, address, ...parts });
  }
}

function secretsOf(source: Source): string[] {
  if (source.kind === 'file') return [];
  const own =
    source.kind === 'database'
      ? [source.secret]
      : [source.oauth?.secret, source.mutualTls?.certificate, source.mutualTls?.key];
  return [...own, source.authority].filter((name) => name !== undefined);
}
