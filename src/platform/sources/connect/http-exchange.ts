import { type Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { SourceFault } from '../fault.ts';

export type HttpQuestion = {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  readonly bodyBytesMax: number;
  readonly agent: HttpAgent | HttpsAgent;
};

export type HttpAnswer = { readonly status: number; readonly body: Buffer };

/**
 * One exchange by `node:http(s)`: redirects are not followed, no proxy is looked for, the body is cut off above
 * `bodyBytesMax` (`body_too_large`). Network errors are thrown as the driver gives them.
 */
export async function exchange(question: HttpQuestion): Promise<HttpAnswer> {
  const response = await send(question);
  const announced = Number(response.headers['content-length'] ?? 0);
  if (announced > question.bodyBytesMax) return refuse(response, 'body_too_large');
  if ((response.headers['content-encoding'] ?? 'identity') !== 'identity') {
    return refuse(response, 'body_unreadable'); // asked for as it is; unpacking could make it any size
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > question.bodyBytesMax) return refuse(response, 'body_too_large');
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
}

function send({ url, method, headers, body, signal, agent }: HttpQuestion): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const request = start(url, {
    method,
    agent,
    signal,
    headers: { accept: 'application/json', 'accept-encoding': 'identity', ...headers, ...length },
  });
  request.on('response', resolve);
  request.on('error', reject); // stays: an error after the answer began ends the body, which is read elsewhere
  request.end(body);
  return promise;
}

function refuse(response: IncomingMessage, reason: 'body_too_large' | 'body_unreadable'): never {
  response.destroy();
  throw new SourceFault(reason);
}
