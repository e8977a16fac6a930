import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Ajv } from 'ajv';
import addFormatsModule from 'ajv-formats';
import { stringify } from 'yaml';
import { openSources } from '#platform';
import { buildApp } from '../../src/entry/http/app.ts';
import type { Node } from '../../src/entry/node.ts';
import { addOperator, basic, endingOf, openTestNode, addPerson } from './http-node.ts';
import { definition, loadDefinitions, startDepartment } from './source-department.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ending = endingOf(after);
const department = await startDepartment(ending);
const bare = await openTestNode(ending);
const sources = openSources({
  definitions: loadDefinitions(ending, [definition()]),
  addresses: department.addresses,
  keysFolder: department.keysFolder,
  clock: bare.clock,
});
ending.after(() => sources.close());
const node: Node = { ...bare, sources };
const app = await buildApp(node);
ending.after(() => app.close());
await addOperator(node);
for (const login of ['system-a', 'system-b']) {
  await addPerson(node, { login, kind: 'operator', roles: ['system_admin'] });
}

type Media = { schema: object; example?: unknown; examples?: Record<string, { $ref: string }> };
type Content = { content?: Record<string, Media> };
type Described = {
  operationId: string;
  summary: string;
  description: string;
  deprecated?: boolean;
  parameters?: { name: string; schema: object; example?: unknown }[];
  requestBody?: Content;
  responses: Record<string, Content>;
};
type Refused = { value: { error: Record<'message' | 'remedy', { zh: string; en: string }> } };
type Document = {
  paths: Record<string, Record<string, Described>>;
  components: { examples: Record<string, Refused> };
};
type Registered = { id: string; version: string; state: string; limits: Record<string, number | null> };
type Register = { operations: Registered[]; sources: Registered[] };

const document = (await app.inject('/api/openapi.json')).json<Document>();
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => ({
    id: `${method.toUpperCase()} ${path}`,
    method,
    described,
  })),
);
const ids = operations.map(({ id }) => id).sort();

test('every operation of the interface document is in the register, and the other way round', async () => {
  const register = (await app.inject('/api/v1/interfaces')).json<Register>();
  assert.deepEqual(register.operations.map(({ id }) => id).sort(), ids);
  assert.ok(ids.length > 70);
  for (const { id, version, state, limits } of register.operations) {
    assert.match(version, /^[1-9]/, id);
    assert.equal(state, 'current', id);
    if (/^(POST|PUT)/.test(id)) assert.ok((limits.bodyBytesMax ?? 0) > 0, id);
  }
  assert.deepEqual(
    register.sources.map(({ id, limits }) => [id, limits.requestsPerMinute, limits.recordsMax]),
    [['source test_source n14_tax_declaration', 10_000, 500]],
  );
});

test('the files beside the routes speak of operations that there are', async () => {
  const { parse } = await import('yaml');
  for (const file of ['operations.yaml', 'refusals.json']) {
    const named = Object.keys(
      parse(readFileSync(join(ROOT, 'models', 'interfaces', file), 'utf8')) as object,
    );
    assert.deepEqual(
      named.filter((id) => !ids.includes(id)),
      [],
      file,
    );
  }
});

test('every operation has a name of its own and says in Chinese and English what it does', () => {
  const faults = operations.flatMap(({ id, described: { summary, description } }) => [
    ...(/\p{Script=Han}/u.test(summary) && /[a-z]{3}/.test(summary) ? [] : [`${id}: summary`]),
    ...(/\p{Script=Han}.*\n\n.*[a-z]{3}/u.test(description ?? '') ? [] : [`${id}: description`]),
  ]);
  assert.deepEqual(faults, []);
  const names = operations.map(({ described }) => described.operationId);
  assert.equal(new Set(names).size, names.length);
});

test('every operation has an example of its request and of its answer, which its own schema accepts', () => {
  const ajv = new Ajv({ strict: false });
  addFormatsModule.default(ajv);
  const isGood = (schema: object, value: unknown): boolean => ajv.validate(schema, value);
  const faults = operations.flatMap(({ id, described }) => [
    ...(described.parameters ?? [])
      .filter(({ schema, example }) => example === undefined || !isGood(schema, example))
      .map(({ name }) => `${id}: parameter ${name}`),
    ...contentFaults(described.requestBody).map((fault) => `${id}: request ${fault}`),
    ...Object.entries(described.responses)
      .filter(([status]) => status.startsWith('2'))
      .flatMap(([status, answer]) => contentFaults(answer).map((fault) => `${id}: ${status} ${fault}`)),
  ]);
  assert.deepEqual(faults, []);

  function contentFaults({ content = {} }: Content = {}): string[] {
    return Object.entries(content)
      .filter(([, { schema, example }]) => example === undefined || !isGood(schema, example))
      .map(([type, { schema, example }]) => {
        ajv.validate(schema, example);
        return `${type}: ${ajv.errorsText()}`;
      });
  }
});

test('every operation lists the refusals it can give, each in two languages with what would help', () => {
  for (const { id, described } of operations) {
    const codes = Object.entries(described.responses)
      .filter(([status]) => /^[45]\d\d$/.test(status))
      .flatMap(([, { content }]) =>
        Object.values(content ?? {}).flatMap(({ examples = {} }) => Object.keys(examples)),
      );
    assert.ok(codes.includes('request.failed'), id);
    for (const code of codes) {
      const { message, remedy } =
        document.components.examples[code]?.value.error ?? assert.fail(`${id} ${code}`);
      assert.match(`${message.zh} ${remedy.zh}`, /\p{Script=Han}/u, code);
      assert.match(`${message.en} ${remedy.en}`, /[a-z]{3}/, code);
    }
  }
});

test('what a call is refused with stands in the document', async () => {
  const asked = [
    ['POST', '/api/v1/queries', 'post_queries'],
    ['GET', '/api/v1/quality', 'get_quality'],
    ['POST', '/api/v1/session', 'post_session'],
    ['GET', '/api/v1/capacity-changes', 'get_capacity_changes'],
    ['POST', '/api/v1/sources/nobody/capacity-changes', 'post_sources_by_id_capacity_changes'],
  ] as const;
  for (const [method, url, operationId] of asked) {
    for (const headers of [
      {},
      { authorization: basic('data') },
      { dpop: 'x' },
      { authorization: basic('system-a') },
    ]) {
      const payload = { concurrencyMax: 4, reason: '试验' };
      const answer = await app.inject({ method, url, headers, ...(method === 'POST' ? { payload } : {}) });
      if (answer.statusCode < 400) continue;
      const { code } = answer.json<{ error: { code: string } }>().error;
      const { described } =
        operations.find((one) => one.described.operationId === operationId) ?? assert.fail();
      const listed = described.responses[answer.statusCode]?.content?.['application/json']?.examples ?? {};
      assert.ok(code in listed, `${operationId}: ${code}`);
    }
  }
});

test('no document speaks of a price', () => {
  for (const name of ['integrators.md', 'interfaces.md', 'api/openapi.json']) {
    assert.doesNotMatch(
      readFileSync(join(ROOT, 'docs', name), 'utf8'),
      /价格|收费标准|元\/次|per call fee|pricing/,
      name,
    );
  }
});

test('an operation whose end is announced says so with every answer, and after its end what replaces it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-city-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'interfaces'));
  const lifecycles = [
    { interface: 'GET /api/v1/participants', deprecatedOn: '2026-01-01', withdrawnOn: '2999-01-01' },
    { interface: 'GET /api/v1/fair-use', deprecatedOn: '2020-01-01', withdrawnOn: '2021-01-01' },
  ].map((one) => ({ ...one, successor: 'GET /api/v1/interfaces' }));
  writeFileSync(join(folder, 'interfaces', 'lifecycle.yaml'), stringify({ lifecycles }));
  const city = await buildApp({ ...node, config: { ...node.config, definitionsFolder: folder } });
  t.after(() => city.close());
  const going = await city.inject('/api/v1/participants');
  assert.equal(going.statusCode, 200);
  assert.equal(going.headers.deprecation, '@1767196800');
  assert.equal(going.headers.sunset, 'Mon, 31 Dec 2998 16:00:00 GMT');
  assert.equal(going.headers.link, '</api/v1/interfaces>; rel="successor-version"');
  const gone = await city.inject('/api/v1/fair-use');
  assert.deepEqual([gone.statusCode, gone.json().error.code], [410, 'interface.withdrawn']);
  const register = (await city.inject('/api/v1/interfaces')).json<Register>();
  const stateOf = (id: string) => register.operations.find((one) => one.id === id)?.state;
  assert.equal(stateOf('GET /api/v1/participants'), 'deprecated');
  assert.equal(stateOf('GET /api/v1/fair-use'), 'withdrawn');
  const described = (await city.inject('/api/openapi.json')).json<Document>();
  assert.equal(described.paths['/api/v1/participants']?.get?.deprecated, true);
});

test('figures of sources are for anyone and say nothing of where a source stands', async () => {
  const answer = await app.inject('/api/v1/source-figures');
  assert.equal(answer.statusCode, 200);
  const [figure] = answer.json<{ figures: Record<string, unknown>[] }>().figures;
  assert.equal(figure?.breaker, 'closed');
  assert.equal(figure?.headroomToday, 100_000);
  assert.equal(figure?.frequency, 'month');
  assert.doesNotMatch(answer.body, /https?:|127\.0\.0\.1|secret|oauth|uscc/i);
});

test('a capacity is changed over the interface by those who may: raised by two', async () => {
  const url = '/api/v1/sources/test_source/capacity-changes';
  const payload = { contractId: 'n14_tax_declaration', perMinute: 20_000, perDay: 100_000, reason: '来函' };
  const by = (login: string) => ({ headers: { authorization: basic(login) } });
  const denied = await app.inject({ method: 'POST', url, payload, ...by('data') });
  assert.equal(denied.statusCode, 403);
  const proposed = await app.inject({ method: 'POST', url, payload, ...by('system-a') });
  const { changeId, state } = proposed.json<{ changeId: string; state: string }>();
  assert.equal(state, 'proposed');
  const waiting = await app.inject({ url: '/api/v1/capacity-changes', ...by('system-b') });
  assert.equal(waiting.json<{ changes: { changeId: string }[] }>().changes[0]?.changeId, changeId);
  const decide = (login: string) =>
    app.inject({ method: 'POST', url: `/api/v1/capacity-changes/${changeId}/approve`, ...by(login) });
  assert.equal((await decide('system-a')).json().error.code, 'policy.two_persons');
  assert.equal((await decide('system-b')).statusCode, 200);
});
