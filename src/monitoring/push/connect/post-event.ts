import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { PUSH_LIMITS } from '../push-limits.ts';
import type { PushFault, PushOutcome } from '../push-tables.ts';
import { isAddressAllowed, isNamed, type PushNetwork } from './guard-address.ts';
import { hostOf } from './target-url.ts';

/** Connections to one endpoint; each goes to an address that was judged when it was made. */
export type Channel = {
  readonly url: URL;
  readonly network: PushNetwork;
  readonly agent: HttpAgent | HttpsAgent;
};

export function openChannel(url: URL, network: PushNetwork): Channel {
  const pool = { keepAlive: true, maxSockets: PUSH_LIMITS.perEndpointMax, scheduling: 'lifo' } as const;
  const agent =
    url.protocol === 'https:' ? new HttpsAgent({ ...pool, minVersion: 'TLSv1.2' }) : new HttpAgent(pool);
  return { url, network, agent };
}

export type Event = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/**
 * Posts one event. Only a status in the two hundreds is taken; redirects are not followed. The answer's body is nobody's:
 * it may hold its connection for a moment and is then cut. Never throws for what the target or the network does.
 */
export async function postEvent(channel: Channel, event: Event): Promise<PushOutcome> {
  const sent = await send(channel, event);
  if ('fault' in sent) return sent.fault;
  drain(sent.response);
  return outcomeOf(sent.response.statusCode ?? 0);
}

/** As `postEvent`, for an answer that is read: its text, or why there is none. */
export async function postForAnswer(
  channel: Channel,
  event: Event,
): Promise<{ readonly text: string } | { readonly fault: PushFault }> {
  const sent = await send(channel, event);
  if ('fault' in sent) return sent;
  const outcome = outcomeOf(sent.response.statusCode ?? 0);
  if (outcome === 'taken') return await readText(sent.response);
  sent.response.destroy();
  return { fault: outcome };
}

type Sent = { readonly response: IncomingMessage } | { readonly fault: PushFault };

/** A target's address is judged before a request is made, since look-up is not called for an address. */
async function send({ url, network, agent }: Channel, { headers, body }: Event): Promise<Sent> {
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isAddressAllowed(host, network)) return { fault: 'address_internal' };
  const { promise, resolve } = Promise.withResolvers<Sent>();
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = start(url, {
    method: 'POST',
    agent,
    lookup: lookupIn(network, url.protocol),
    signal: AbortSignal.timeout(PUSH_LIMITS.attemptMs),
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'user-agent': 'xinqiao-webhooks/1',
      'accept-encoding': 'identity',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
  });
  request.on('response', (response) => resolve({ response }));
  request.on('error', (error) => resolve({ fault: faultOf(error) }));
  request.end(body);
  return await promise;
}

/** The name is resolved once, every address of it is judged, and the connection goes to one of these. */
function lookupIn(network: PushNetwork, protocol: string): LookupFunction {
  return (name, options, done) => {
    void judgeName(name, { network, protocol }).then((found) => {
      // Outside the promise: what the caller throws in there is its own.
      process.nextTick(answerLookup, found, options.all === true, done);
    });
  };
}

function answerLookup(found: Found | TargetFault, isAll: boolean, done: Parameters<LookupFunction>[2]): void {
  if (found instanceof TargetFault) return done(found, '', 0);
  const [first] = found;
  if (isAll || first === undefined) done(null, [...found]);
  else done(null, first.address, first.family);
}

type Judging = { readonly network: PushNetwork; readonly protocol: string };
type Found = readonly { readonly address: string; readonly family: number }[];

/** Never rejects: what is wrong with the name is the result. */
async function judgeName(name: string, { network, protocol }: Judging): Promise<Found | TargetFault> {
  const addresses = await network.resolve(name).catch((): string[] => []);
  const isFit = (address: string): boolean =>
    isAddressAllowed(address, network) && (protocol === 'https:' || isNamed(address, network));
  if (addresses.length === 0) return new TargetFault('name_unknown');
  if (!addresses.every(isFit)) return new TargetFault('address_internal');
  return addresses.map((address) => ({ address, family: isIP(address) }));
}

class TargetFault extends Error {
  readonly fault: PushFault;

  constructor(fault: PushFault) {
    super(fault);
    this.fault = fault;
  }
}

function faultOf(error: Error): PushFault {
  if (error instanceof TargetFault) return error.fault;
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'timed_out';
  const code = 'code' in error ? String(error.code) : '';
  return /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO|ALTNAME|EPROTO/.test(code) ? 'tls_failed' : 'connection_failed';
}

function outcomeOf(status: number): PushOutcome {
  if (status >= 200 && status < 300) return 'taken';
  if (status >= 300 && status < 400) return 'redirected';
  if (status === 410) return 'gone';
  if (status === 429) return 'told_to_wait';
  return status >= 500 ? 'server_error' : 'refused';
}

/** Lets a short body end, so that its connection serves again; a long or slow one costs the connection. */
function drain(response: IncomingMessage): void {
  const timer = setTimeout(() => response.destroy(), PUSH_LIMITS.answerDrainMs);
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > PUSH_LIMITS.answerBytesMax) response.destroy();
  });
  response.on('error', () => {}); // its status has been counted already
  response.on('close', () => clearTimeout(timer));
}

async function readText(response: IncomingMessage): Promise<{ text: string } | { fault: PushFault }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > PUSH_LIMITS.answerBytesMax) return { fault: 'refused' }; // leaving the loop destroys the response
      chunks.push(chunk);
    }
  } catch (error) {
    return { fault: error instanceof Error ? faultOf(error) : 'connection_failed' };
  }
  return { text: Buffer.concat(chunks).toString('utf8') };
}
