import assert from 'node:assert';
import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EqualShares, keepTallies, Tally } from '#platform';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { httpRefusal } from '../http-refusals.ts';
import { rateRefusal } from './rate-refusals.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Requests of one address and minute where the route has a bound of its own; false: never counted. */
    rateLimit?: false | { readonly max: number; readonly timeWindow?: string };
  }
}

/** What bounds how often the interface is called; counts are shared with every other process of the node. */
export type RateLimits = {
  /** To be called once the caller is known: a program's call is one of its institution's share. */
  countCall(request: FastifyRequest, reply: FastifyReply): void;
};

type Bound = { readonly tally: Tally; readonly max: number };

/**
 * Counts every request before anything else is done for it: by address, and a program's calls by institution, in equal
 * shares of what the node carries. Answers say what is left (`RateLimit`, draft-ietf-httpapi-ratelimit-headers-10) and,
 * when refused, when to come again (`Retry-After`). No request waits for the database: counts are exchanged every second.
 */
export function limitRates(app: App, node: Node): RateLimits {
  const shares = new EqualShares('institution', node.clock);
  const bounds = openBounds(node);
  app.addHook('onRoute', ({ config }) => {
    const own = config?.rateLimit;
    if (own)
      assert(own.timeWindow === undefined || own.timeWindow === '1 minute', 'limits are by the minute');
  });
  app.addHook('onRequest', async (request, reply) => {
    const bound = bounds.of(request);
    if (bound !== undefined) countAddress(bound, request, reply);
  });
  const divided = new Set([shares.tally.scope]);
  const tallies = { all: () => [shares.tally, ...bounds.tallies()], divided };
  let keeping: { stop(): Promise<void> } | undefined;
  app.addHook('onListen', async () => {
    keeping = keepTallies(node.database, tallies, node.logger);
  });
  app.addHook('onClose', async () => keeping?.stop());
  return { countCall: (request, reply) => countShare(shares, request, reply) };
}

/** One tally for all addresses, one for those that call under tokens, one for each route with a bound of its own. */
function openBounds({ clock }: Pick<Node, 'clock'>) {
  const plain = { tally: new Tally('address', clock), max: HTTP_LIMITS.requestsPerMinuteMax };
  const tokens = { tally: new Tally('address token', clock), max: HTTP_LIMITS.callsPerMinuteMax };
  const routes = new Map<string, Bound>();
  return {
    tallies: () => [plain, tokens, ...routes.values()].map(({ tally }) => tally),
    of: ({ headers, routeOptions }: FastifyRequest): Bound | undefined => {
      const own = routeOptions.config?.rateLimit;
      if (own === false) return undefined;
      if (own === undefined) return headers.dpop === undefined ? plain : tokens;
      const scope = `address ${String(routeOptions.method)} ${routeOptions.url ?? ''}`;
      const known = routes.get(scope) ?? { tally: new Tally(scope, clock), max: own.max };
      routes.set(scope, known);
      return known;
    },
  };
}

function countAddress({ tally, max }: Bound, request: FastifyRequest, reply: FastifyReply): void {
  const party = partyOf(request.ip);
  const used = tally.of(party);
  tell(reply, { name: 'address', quota: max, left: Math.max(0, max - used - 1), tally });
  if (used < max) {
    tally.add(party);
    return;
  }
  const seconds = tally.secondsLeft();
  reply.header('retry-after', seconds);
  throw httpRefusal('request.too_many', { seconds });
}

/** Addresses hashed so far: institutions call from a few. */
const parties = new Map<string, string>();
const PARTIES_MAX = 5_000;

function partyOf(ip: string): string {
  const known = parties.get(ip);
  if (known !== undefined) return known;
  const party = hash('sha256', `address ${networkOf(ip)}`, 'base64url');
  if (parties.size >= PARTIES_MAX) parties.clear();
  parties.set(ip, party);
  return party;
}

function countShare(shares: EqualShares, request: FastifyRequest, reply: FastifyReply): void {
  const { caller } = request;
  if (caller === null || request.headers.dpop === undefined) return; // people and departments count by address alone
  const party = caller.participantId ?? caller.id;
  const { isTaken, share, parties, left } = shares.take(party, HTTP_LIMITS.callsPerMinuteMax);
  tell(reply, { name: 'institution', quota: share, left, tally: shares.tally });
  if (isTaken) return;
  const seconds = shares.tally.secondsLeft();
  reply.header('retry-after', seconds);
  throw rateRefusal('request.over_share', { parties, share, seconds });
}

function tell(
  reply: FastifyReply,
  { name, quota, left, tally }: { name: string; quota: number; left: number; tally: Tally },
): void {
  reply.header('ratelimit-policy', `"${name}";q=${quota};w=60`);
  reply.header('ratelimit', `"${name}";r=${left};t=${tally.secondsLeft()}`);
}

/** Whoever holds one IPv6 address holds its whole /64; an IPv4 address in IPv6 clothes is itself. */
export function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined || !isIPv6(ip)) return mapped ?? ip;
  const [left = '', right] = ip.toLowerCase().split('::');
  const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [head, tail] = [groupsOf(left), groupsOf(right ?? '')];
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`;
}
