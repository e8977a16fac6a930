import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Clock } from '#kernel';
import {
  type Answer,
  type Connector,
  instantFrom,
  parseJson,
  type Question,
  rowsFrom,
  valueAt,
} from '../answer.ts';
import { SourceFault } from '../fault.ts';
import { readSecret } from '../secrets.ts';
import type { ServiceInterface, ServiceSource } from '../shape.ts';
import { abortable } from './abortable.ts';
import { AccessToken } from './access-token.ts';
import { exchange, type HttpAnswer } from './http-exchange.ts';

type Parts = {
  readonly source: ServiceSource;
  readonly address: URL;
  readonly keysFolder: string;
  readonly clock: Clock;
};

/** Connector of the kind 服务接口 (GB/T 39443): HTTP with OAuth client credentials, mutual TLS, or both. */
export function connectService(parts: Parts): Connector {
  const { source } = parts;
  const agent = agentFor(parts);
  const token = source.oauth === undefined ? undefined : tokenFor(parts, agent);
  return {
    ask: async (question) => {
      const asked = question as Question<ServiceInterface>; // a service source has no other interfaces
      return readAnswer(source, asked, await askWithToken({ parts, agent, token }, asked));
    },
    close: () => {
      agent.destroy();
      return Promise.resolve();
    },
  };
}

type Channel = {
  readonly parts: Parts;
  readonly agent: HttpAgent | HttpsAgent;
  readonly token: AccessToken | undefined;
};

/** A token may have been withdrawn early: asked once more with a new one, and no further. */
async function askWithToken(channel: Channel, question: Question<ServiceInterface>): Promise<HttpAnswer> {
  const { token } = channel;
  if (token === undefined) return await ask(channel, question, undefined);
  const value = await abortable(token.get(), question.signal);
  const answer = await ask(channel, question, value);
  if (answer.status !== 401) return answer;
  token.forget(value);
  return await ask(channel, question, await abortable(token.get(), question.signal));
}

async function ask(
  { parts, agent }: Channel,
  { to, code, name, signal }: Question<ServiceInterface>,
  token: string | undefined,
): Promise<HttpAnswer> {
  const named = to.parameters.name === undefined ? {} : { [to.parameters.name]: name };
  const parameters = { [to.parameters.code]: code, ...named };
  const url = pathOn(parts.address, to.path);
  if (to.method === 'GET') url.search = new URLSearchParams(parameters).toString();
  return await exchange({
    url,
    method: to.method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(to.method === 'POST' ? { 'content-type': 'application/json' } : {}),
    },
    body: to.method === 'POST' ? JSON.stringify(parameters) : undefined,
    signal,
    bodyBytesMax: parts.source.bodyBytesMax,
    agent,
  });
}

function readAnswer(
  { rowsMax }: ServiceSource,
  { to, code }: Question<ServiceInterface>,
  { status, body }: HttpAnswer,
): Answer {
  if (status === to.noDataStatus) return { covered: true, rows: [] };
  if (status === to.notCoveredStatus) return { covered: false, rows: [] };
  requireGoodStatus(status);
  const answer = parseJson(body);
  if (to.echo !== undefined && valueAt(answer, to.echo) !== code) throw new SourceFault('other_subject');
  return {
    covered: true,
    rows: rowsFrom(valueAt(answer, to.rows), { fields: to.fields, rowsMax }),
    asOf: to.asOf === undefined ? undefined : instantFrom(valueAt(answer, to.asOf)),
  };
}

function requireGoodStatus(status: number): void {
  if (status === 200) return;
  if (status >= 500) throw new SourceFault('server_error');
  if (status === 401 || status === 403) throw new SourceFault('not_authorised');
  if (status === 429) throw new SourceFault('told_to_wait');
  throw new SourceFault(status >= 300 && status < 400 ? 'redirected' : 'status_unexpected');
}

function tokenFor({ source, address, keysFolder, clock }: Parts, agent: HttpAgent | HttpsAgent): AccessToken {
  const { oauth, timeoutMs } = source;
  if (oauth === undefined) throw new TypeError(`${source.id} has no oauth`);
  return new AccessToken(() => {
    const secret = readSecret(keysFolder, oauth.secret);
    const pair = [oauth.clientId, secret].map(encodeURIComponent).join(':'); // RFC 6749 section 2.3.1
    return exchange({
      url: pathOn(address, oauth.tokenPath),
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        ...(oauth.scope === undefined ? {} : { scope: oauth.scope }),
      }).toString(),
      signal: AbortSignal.timeout(timeoutMs), // shared by all who wait, so no one call may end it
      bodyBytesMax: 64 * 1024,
      agent,
    });
  }, clock);
}

/** Paths are checked by the shape; the host is the configured one, whatever a path looks like. */
function pathOn(address: URL, path: string): URL {
  const url = new URL(address);
  url.pathname = address.pathname.replace(/\/$/, '') + path;
  return url;
}

function agentFor({ source, address, keysFolder }: Parts): HttpAgent | HttpsAgent {
  const pool = { keepAlive: true, maxSockets: source.concurrencyMax + 1, scheduling: 'lifo' } as const; // one for tokens
  if (address.protocol === 'http:') return new HttpAgent(pool);
  const { mutualTls, authority } = source;
  return new HttpsAgent({
    ...pool,
    minVersion: 'TLSv1.2',
    ...(authority === undefined ? {} : { ca: readSecret(keysFolder, authority) }),
    ...(mutualTls === undefined
      ? {}
      : {
          cert: readSecret(keysFolder, mutualTls.certificate),
          key: readSecret(keysFolder, mutualTls.key),
        }),
  });
}
