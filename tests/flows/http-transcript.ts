import assert from 'node:assert/strict';
import type { LightMyRequestResponse } from 'fastify';
import type { App } from '../../src/entry/http/app-types.ts';
import { basic } from './http-node.ts';

/** One request of a transcript with what must hold of its answer. */
export type Exchange = {
  readonly line: number;
  readonly sentence: string;
  readonly method: string;
  readonly path: string;
  readonly login: string | undefined;
  readonly body: string | undefined;
  readonly checks: readonly string[];
};

const REQUEST = /^(GET|POST|PUT|DELETE) (\S+)(?: as (\S+))?$/;

/**
 * Reads a transcript: exchanges apart by a blank line, each with sentences (`# …`), a request line
 * (`GET /path as login`), an optional body (`> …`) and checks (`status N`, `header name == value`, `json a.0.b == value`,
 * `json a absent`, `text has words`). A line of any other form is an error.
 */
export function readTranscript(text: string): Exchange[] {
  const lines = text.split('\n').map((content, at) => ({ content: content.trim(), line: at + 1 }));
  const blocks: { content: string; line: number }[][] = [[]];
  for (const line of lines) {
    if (line.content === '') blocks.push([]);
    else blocks.at(-1)?.push(line);
  }
  return blocks.filter((block) => block.some(({ content }) => REQUEST.test(content))).map(toExchange);
}

function toExchange(block: readonly { content: string; line: number }[]): Exchange {
  const sentence = block
    .flatMap(({ content }) => (content.startsWith('# ') ? [content.slice(2)] : []))
    .join(' ');
  const at = block.find(({ content }) => REQUEST.test(content));
  const [, method = '', path = '', login] = REQUEST.exec(at?.content ?? '') ?? [];
  const body = block.find(({ content }) => content.startsWith('> '))?.content.slice(2);
  const checks = block
    .map(({ content }) => content)
    .filter((content) => !/^(# |> )/.test(content) && !REQUEST.test(content));
  return { line: at?.line ?? 0, sentence, method, path, login, body, checks };
}

/** Sends the request and holds the answer to every check. */
export async function replay(app: App, { method, path, login, body, checks }: Exchange): Promise<void> {
  const headers = {
    ...(login === undefined ? {} : { authorization: basic(login) }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const answer = await app.inject({
    method: method as 'GET',
    url: path,
    headers,
    ...(body === undefined ? {} : { payload: body }),
  });
  assert.ok(checks.length > 0, 'an exchange checks nothing');
  for (const check of checks) hold(answer, check);
}

function hold(answer: LightMyRequestResponse, check: string): void {
  const [kind = '', rest = ''] = split(check);
  if (kind === 'status') return assert.equal(String(answer.statusCode), rest, answer.body);
  if (kind === 'text' && rest.startsWith('has '))
    return assert.ok(answer.body.includes(rest.slice(4)), check);
  const [, name = '', relation = '', wanted = ''] = /^(\S+) (==|absent)(?: (.*))?$/.exec(rest) ?? [];
  assert.ok(relation !== '' && (kind === 'header' || kind === 'json'), `not a check: ${check}`);
  const found = kind === 'header' ? answer.headers[name] : valueAt(answer.json(), name);
  if (relation === 'absent') return assert.equal(found, undefined, check);
  assert.equal(kind === 'header' ? String(found) : JSON.stringify(found), wanted, check);
}

function split(check: string): string[] {
  const at = check.indexOf(' ');
  return [check.slice(0, at), check.slice(at + 1)];
}

function valueAt(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return name === 'length' && Array.isArray(value) ? value.length : Reflect.get(value, name);
  }, body);
}
