import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, describe, it } from 'node:test';
import { inTransaction, LIMITS } from '#kernel';
import { findEnterprise } from '#lists';
import {
  addEnterprise,
  addOperator,
  addPerson,
  addProvider,
  basic,
  endingOf,
  keepingLogger,
  type LoggedLine,
  openTestApp,
  signIn,
  startWork,
} from './http-node.ts';

const HEAD =
  '统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期\n';
/** Made by GB 32100 for an enterprise that does not exist. */
const CODE = '91110108MA0TEXT00Y';
const NAME = '北京样例商贸有限公司';
const row = (no: string, code = CODE) =>
  `${code},${NAME},${no},未按期年报,罚款,1万元,2026-03-01,2027-03-01\n`;

const lines: LoggedLine[] = [];
const ending = endingOf(after);
const { app, node } = await openTestApp(ending, { logger: keepingLogger(lines) });
await startWork(ending, node);
const provider = String(node.lists.catalogue.contracts.get('n08_penalty')?.provider);
await addOperator(node);
await addProvider(node, 'market', provider);
await addProvider(node, 'tax', '别的单位');
await addPerson(node, { login: 'bank', kind: 'reader' });
const url = await app.listen({ host: '127.0.0.1', port: 0 });

function get(path: string, login: string, headers: Record<string, string> = {}) {
  return app.inject({ url: path, headers: { authorization: basic(login), ...headers } });
}

/** Through a real socket, as a department's machine does it. */
async function put(path: string, body: string, { login = 'market', headers = {} } = {}) {
  const answer = await fetch(`${url}${path}`, {
    method: 'PUT',
    body,
    headers: { authorization: basic(login), ...headers },
  });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

describe('deliveries', () => {
  it('are taken, processed and answered with the receipt', async () => {
    const { status, body } = await put(
      '/api/v1/deliveries/n08_penalty?fileName=处罚.csv',
      HEAD + row('甲1') + row('甲2'),
      {
        headers: { 'content-type': 'text/csv' },
      },
    );
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(
      [body.state, body.rows, body.new, body.provider, body.file],
      ['published', 2, 2, provider, '处罚.csv'],
    );
    assert.match(body.receipt.id, /^rcp_/);
    assert.match(body.receipt.salt, /^[0-9a-f]+$/);
  });

  it('are the same delivery when the same bytes come again, of whatever content type', async () => {
    const first = await put('/api/v1/deliveries/n08_penalty', HEAD + row('甲1') + row('甲2'));
    const second = await put('/api/v1/deliveries/n08_penalty', HEAD + row('甲1') + row('甲2'), {
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(second.body.delivery, first.body.delivery);
  });

  it('are read by a mapping that came in the header', async () => {
    const mapping = Buffer.from('columns:\n  文号: penalty_document_no\n').toString('base64');
    const { status } = await put('/api/v1/deliveries/n08_penalty', 'x', {
      headers: { 'x-xinqiao-mapping': mapping },
    });
    assert.notEqual(status, 500);
    const malformed = await put('/api/v1/deliveries/n08_penalty', 'x', {
      headers: { 'x-xinqiao-mapping': '###' },
    });
    assert.deepEqual([malformed.status, malformed.body.error.code], [400, 'request.mapping_malformed']);
  });

  it('are refused from another provider before the body is read, and the refusal stands in the log', async () => {
    const { status, body } = await put('/api/v1/deliveries/n08_penalty', HEAD + row('甲3'), { login: 'tax' });
    assert.deepEqual([status, body.error.code, body.error.clause], [403, 'policy.own_provider_only', '5']);
    const leaves = await inTransaction(node.database, (tx) =>
      tx.rows<{ body: string }>(
        `select b.body from security.leaf_bodies b join security.receipts r using (receipt_id) where r.kind = 'refusal'`,
      ),
    );
    assert.ok(
      leaves.some(
        ({ body: leaf }) =>
          leaf.includes('policy.own_provider_only') && leaf.includes('PUT /api/v1/deliveries/:contract'),
      ),
    );
  });

  it('are refused for a contract that is not in the lists', async () => {
    assert.equal((await put('/api/v1/deliveries/n99_nothing', 'x')).body.error.code, 'contract.unknown');
  });

  it('keep a file name without control characters and path, or none', async () => {
    for (const name of ['a%0D%0ASet-Cookie:x=1', '../../etc/passwd', 'a%00b', 'a\\b', 'x'.repeat(201)]) {
      const { status, body } = await put(`/api/v1/deliveries/n08_penalty?fileName=${name}`, 'x');
      assert.deepEqual([status, body.error.code], [400, 'request.invalid'], name);
    }
  });

  it('give back bad rows as a file that a spreadsheet can open and will not run', async () => {
    const bad = `${CODE},${NAME},=HYPERLINK("http://x"),未按期年报,没有这一类,1万元,不是日期,2027-03-01\n`;
    const content = HEAD + bad + Array.from({ length: 60 }, (_, at) => row(`乙${at}`)).join('');
    const { body } = await put('/api/v1/deliveries/n08_penalty', content);
    assert.equal(body.quarantined, 1, JSON.stringify(body));
    const file = await get(`/api/v1/deliveries/${body.delivery}/quarantine.csv`, 'market');
    assert.equal(file.statusCode, 200);
    assert.equal(
      file.headers['content-disposition'],
      `attachment; filename="${body.delivery}-quarantine.csv"`,
    );
    assert.ok(file.body.startsWith('\uFEFF行号,'));
    assert.doesNotMatch(file.body, /(^|,)"?=/m);
  });

  it('are shown to their provider and to the node only', async () => {
    const own = (await get('/api/v1/deliveries', 'market')).json().deliveries;
    assert.ok(own.length >= 2);
    assert.deepEqual((await get('/api/v1/deliveries', 'tax')).json().deliveries, []);
    assert.equal((await get('/api/v1/deliveries', 'data')).json().deliveries.length, own.length);
    assert.equal((await get('/api/v1/deliveries', 'bank')).json().error.code, 'request.deliveries_not_shown');
    const [{ delivery }] = own;
    assert.equal((await get(`/api/v1/deliveries/${delivery}`, 'tax')).json().error.code, 'delivery.unknown');
    assert.equal((await get(`/api/v1/deliveries/${delivery}/quarantine.csv`, 'tax')).statusCode, 404);
    assert.equal((await get(`/api/v1/deliveries/${delivery}`, 'data')).statusCode, 200);
  });
});

describe('enterprises', () => {
  it('are found by whole code or by part of a name, without the register’s own number', async () => {
    for (const question of [CODE, '样例商贸']) {
      const answer = await get(`/api/v1/enterprises?q=${encodeURIComponent(question)}`, 'bank');
      const [found] = answer.json().enterprises;
      assert.deepEqual([found.code, found.name], [CODE, NAME]);
      assert.deepEqual(Object.keys(found), [
        'code',
        'checksumOk',
        'name',
        'formerNames',
        'standing',
        'kind',
        'sizeClass',
      ]);
    }
  });

  it('are not found by questions that would read out the register', async () => {
    assert.equal(
      (await get('/api/v1/enterprises?q=样', 'bank')).json().error.code,
      'register.query_too_short',
    );
    for (const question of ['%%%%', '____', "' or 1=1 --", '\\\\\\\\', '"; drop schema lists cascade; --']) {
      const answer = await get(`/api/v1/enterprises?q=${encodeURIComponent(question)}`, 'bank');
      assert.ok(
        answer.statusCode === 422 || answer.json().enterprises?.length === 0,
        `${question}: ${answer.body}`,
      );
    }
  });

  it('are searched at most so often a minute, over all processes and per account', async () => {
    await addPerson(node, { login: 'eager', kind: 'reader' });
    const statuses = [];
    // A minute may end in between: then the count begins anew, once.
    for (let search = 0; search <= LIMITS.searchesPerMinuteMax * 2; search += 1) {
      statuses.push((await get(`/api/v1/enterprises?q=${CODE}`, 'eager')).statusCode);
      if (statuses.at(-1) === 429) break;
    }
    assert.equal(statuses.at(-1), 429);
    assert.ok(statuses.length > LIMITS.searchesPerMinuteMax);
    assert.equal((await get(`/api/v1/enterprises?q=${CODE}`, 'bank')).statusCode, 200);
  });

  it('have a report in three forms, each of which can be verified without signing in', async () => {
    for (const format of ['json', 'html', 'pdf']) {
      const report = await get(`/api/v1/enterprises/${CODE}/report?format=${format}`, 'bank');
      assert.equal(report.statusCode, 200, report.body);
      const verify = (payload: Buffer) =>
        app.inject({
          method: 'POST',
          url: '/api/v1/reports/verify',
          payload,
          headers: { 'content-type': 'application/octet-stream' },
        });
      const verified = await verify(report.rawPayload);
      assert.equal(verified.statusCode, 200, verified.body);
      assert.deepEqual([verified.json().form, verified.json().enterpriseName], [format, NAME]);
      const changed = Buffer.from(report.rawPayload);
      changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
      assert.equal((await verify(changed)).statusCode, 422);
    }
  });

  it('show a report in a frame that can run nothing', async () => {
    const { headers } = await get(`/api/v1/enterprises/${CODE}/report?format=html`, 'bank');
    assert.match(
      String(headers['content-security-policy']),
      /default-src 'none';.*frame-ancestors 'self'; sandbox$/,
    );
    assert.equal(headers['cache-control'], 'no-store');
  });

  it('have no report as of tomorrow or of no day at all', async () => {
    for (const day of ['2999-01-01', '2026-02-30', 'yesterday']) {
      assert.ok(
        [400, 422].includes((await get(`/api/v1/enterprises/${CODE}/report?asOf=${day}`, 'bank')).statusCode),
        day,
      );
    }
  });

  it('see who looked, with a receipt that anyone can check; others do not', async () => {
    const { enterpriseId } = await inTransaction(node.database, (tx) => findEnterprise(tx, CODE));
    await addEnterprise(node, enterpriseId);
    assert.equal((await get('/api/v1/enterprises/self', 'enterprise')).json().code, CODE);
    const own = await get(`/api/v1/enterprises/${CODE}/report?purpose=self`, 'enterprise');
    assert.equal(own.statusCode, 200, own.body);
    const { accesses } = (await get(`/api/v1/enterprises/${CODE}/accesses`, 'enterprise')).json();
    assert.ok(accesses.length >= 4);
    assert.deepEqual(
      [accesses[0].kind, accesses[0].purpose, accesses[0].by.zh],
      ['report', 'self', '测试账号'],
    );
    assert.equal((await get(`/api/v1/enterprises/${CODE}/accesses`, 'bank')).statusCode, 403);
    assert.equal((await get(`/api/v1/enterprises/${CODE}/report?purpose=self`, 'bank')).statusCode, 403);
    assert.equal((await get('/api/v1/enterprises/self', 'bank')).statusCode, 404);
    const receipt = await includedReceipt(accesses[0].receiptId);
    assert.match(receipt.included.checkpoint, /^node\.test\/log\n/);
  });
});

async function includedReceipt(id: string) {
  for (let look = 0; look < 100; look += 1) {
    const answer = await app.inject(`/api/v1/receipts/${id}`);
    assert.equal(answer.statusCode, 200, answer.body);
    assert.doesNotMatch(answer.body, /salt/);
    if (answer.json().included !== null) return answer.json();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the leaf did not reach the tree');
}

describe('the register', () => {
  it('asks a person, who accepts, and nobody without the duty', async () => {
    const wrongCheck = `${CODE.slice(0, 17)}${CODE.endsWith('1') ? '2' : '1'}`;
    await put('/api/v1/deliveries/n08_penalty', HEAD + row('丙1', wrongCheck));
    const [item] = (await get('/api/v1/register/review', 'data')).json().items;
    assert.equal(item.reason, 'checksum_mismatch');
    const accept = (login: string, payload: object) =>
      app.inject({
        method: 'POST',
        url: `/api/v1/register/review/${item.reviewNo}/accept`,
        payload,
        headers: { authorization: basic(login) },
      });
    assert.equal((await accept('bank', { isNew: true })).statusCode, 403);
    assert.equal((await accept('data', { isNew: true, enterpriseCode: CODE })).statusCode, 400);
    assert.equal((await accept('data', { enterpriseCode: CODE })).statusCode, 200);
    assert.equal((await accept('data', { enterpriseCode: CODE })).statusCode, 409);
  });
});

describe('the border', () => {
  it('answers every error in one form, with the request’s id', async () => {
    const cases = [
      app.inject('/api/v1/nothing'),
      app.inject('/api/v1/lists'),
      app.inject({ method: 'POST', url: '/api/v1/session', payload: { login: 1 } }),
      app.inject({
        method: 'POST',
        url: '/api/v1/session',
        payload: '{"login":',
        headers: { 'content-type': 'application/json' },
      }),
      app.inject({
        method: 'POST',
        url: '/api/v1/session',
        payload: 'a=b',
        headers: { 'content-type': 'text/plain' },
      }),
      app.inject({
        method: 'POST',
        url: '/api/v1/session',
        payload: { login: 'a', password: 'x', isAdmin: true },
      }),
      get('/api/v1/deliveries?limit=0', 'data'),
      get('/api/v1/deliveries?limit=1&limit=2', 'data'),
      get('/api/v1/lists/..%2f..%2fetc', 'data'),
    ];
    for (const answer of await Promise.all(cases)) {
      assert.ok(answer.statusCode >= 400 && answer.statusCode < 500, answer.body);
      const { error, requestId } = answer.json();
      assert.deepEqual(Object.keys(error), ['code', 'clause', 'message', 'remedy']);
      assert.match(error.message.zh, /\p{Script=Han}/u);
      assert.equal(answer.headers['x-request-id'], requestId);
    }
  });

  it('takes numbers from a query as numbers and nothing else for a number', async () => {
    assert.equal((await get('/api/v1/deliveries?limit=2', 'data')).json().deliveries.length, 2);
    assert.equal((await get('/api/v1/deliveries?limit=2x', 'data')).statusCode, 400);
  });

  it('refuses what another site makes a browser send', async () => {
    const cookie = await signIn(app, 'data');
    const send = (origin: string | undefined, host = '127.0.0.1:8080') =>
      app.inject({
        method: 'DELETE',
        url: '/api/v1/session',
        headers: { cookie, host, ...(origin === undefined ? {} : { origin }) },
      });
    for (const origin of [
      undefined,
      'null',
      'https://evil.example',
      'http://127.0.0.1:8081',
      'http://localhost.evil.example:8080',
    ]) {
      assert.equal((await send(origin)).json().error.code, 'request.other_site', String(origin));
    }
    assert.equal((await send('http://evil.example', 'evil.example')).statusCode, 403);
    assert.equal((await send('http://localhost:8080', 'localhost:8080')).statusCode, 204);
  });

  it('lets out no field that is not declared', async () => {
    const line = (await get('/api/v1/lists', 'bank')).json().lists[0];
    assert.deepEqual(Object.keys(line), [
      'id',
      'list',
      'name',
      'provider',
      'version',
      'sharingModes',
      'disclosures',
      'frequency',
      'fields',
      'lastDeliveryAt',
      'lastState',
      'records',
    ]);
    const contract = (await get('/api/v1/lists/n08_penalty', 'bank')).json();
    assert.equal(contract.rules, undefined);
    assert.equal(contract.expectedRows, undefined);
    assert.equal((await get('/api/v1/lists', 'bank')).json().lists.length, 106);
  });

  it('ends a body that is larger than allowed', async () => {
    const payload = JSON.stringify({ login: 'a', password: 'x'.repeat(LIMITS.requestBodyBytesMax) });
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/session',
      payload,
      headers: { 'content-type': 'application/json' },
    });
    assert.deepEqual([answer.statusCode, answer.json().error.code], [413, 'request.too_large']);
  });

  it('answers an unauthenticated upload without reading it to the end', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      'PUT /api/v1/deliveries/n08_penalty HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\nstart',
    );
    const [chunk] = await once(socket, 'data');
    assert.match(String(chunk), /^HTTP\/1\.1 401 /);
    await once(socket, 'close');
  });

  it('answers garbage on the socket with an error and goes on', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('\u0000\u0001 not http\r\n\r\n');
    const [chunk] = await once(socket, 'data');
    assert.match(String(chunk), /^HTTP\/1\.1 400 /);
    assert.equal((await app.inject('/healthz')).statusCode, 200);
  });

  it('limits how often one address may sign in, whatever the login', async () => {
    const statuses: number[] = [];
    // Windows are minutes of the clock, and this may run over the end of one.
    for (let attempt = 0; attempt < 42 && statuses.at(-1) !== 429; attempt += 1) {
      const answer = await app.inject({
        method: 'POST',
        url: '/api/v1/session',
        payload: { login: `guess${attempt}`, password: 'x' },
        headers: { 'x-forwarded-for': '203.0.113.77' },
      });
      statuses.push(answer.statusCode);
    }
    assert.deepEqual([statuses[0], statuses.at(-1)], [401, 429]);
  });

  it('serves pages under a policy without inline script, and no path beyond them', async () => {
    const page = await app.inject('/');
    assert.equal(page.statusCode, 200);
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, /default-src 'none';script-src 'self';/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.doesNotMatch(page.body, /<script(?![^>]*\bsrc=)|\son\w+=|style="/);
    const again = await app.inject({ url: '/', headers: { 'if-none-match': String(page.headers.etag) } });
    assert.equal(again.statusCode, 304);
    for (const path of [
      '/assets/../package.json',
      '/assets/..%2f..%2fpackage.json',
      '/assets/%2e%2e/%2e%2e/package.json',
      '/assets/tsconfig.json',
    ]) {
      assert.equal((await app.inject(path)).statusCode, 404, path);
    }
  });

  it('says that it lives and that it is ready', async () => {
    assert.deepEqual((await app.inject('/healthz')).json(), { isAlive: true });
    assert.deepEqual((await app.inject('/readyz')).json(), { isReady: true, database: 'ok', log: 'ok' });
  });

  it('counts requests by route pattern', async () => {
    const { body } = await app.inject('/metrics');
    assert.match(
      body,
      /xinqiao_http_requests_total\{method="GET",route="\/api\/v1\/enterprises\/:code\/report",status="200"\} \d/,
    );
    assert.match(body, /xinqiao_log_leaves \d+/);
    assert.doesNotMatch(body, new RegExp(CODE));
  });

  it('describes itself in OpenAPI 3.1, each route with the form of its errors', async () => {
    const { openapi, paths } = (await app.inject('/api/openapi.json')).json();
    assert.match(openapi, /^3\.1/);
    assert.ok('/api/v1/deliveries/{contract}' in paths);
    for (const [path, operations] of Object.entries<Record<string, { responses: object }>>(paths)) {
      for (const { responses } of Object.values(operations)) {
        assert.ok(path.endsWith('z') || path === '/api/v1/session' || '4XX' in responses, path);
      }
    }
  });

  it('shows the description on a page of its own', async () => {
    const page = await app.inject('/api/docs/');
    assert.equal(page.statusCode, 200);
    assert.doesNotMatch(String(page.headers['content-security-policy']), /script-src[^;]*unsafe/);
    assert.doesNotMatch(page.body, /https?:\/\/(?!www\.w3\.org)/);
  });

  it('writes neither codes nor names nor logins into its log', () => {
    assert.ok(lines.length > 50);
    const text = JSON.stringify(lines);
    for (const secret of [CODE, NAME, '样例商贸', 'guess1', basic('bank')])
      assert.ok(!text.includes(secret), secret);
    assert.deepEqual(
      lines.filter(({ level }) => level === 'error'),
      [],
    );
  });
});
