import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Refusal } from '#kernel';
import { makeTestAuthority } from './source-certificates.ts';
import { CODE, definition, openTestBook, startDepartment, steppedClock, told } from './source-department.ts';

const department = await startDepartment({ after });

test('a service answers with rows under the names of the contract', async (t) => {
  await department.be({ mode: 'well' });
  const { ask, book } = openTestBook(t, department, [definition()]);
  const reply = await ask();
  assert.equal(reply.outcome, 'rows');
  if (reply.outcome !== 'rows') return;
  assert.equal(reply.rows.length, 24);
  assert.match(reply.rows[0]?.period_from ?? '', /^\d{4}-\d{2}-01$/);
  assert.equal(reply.fromCache, false);
  assert.deepEqual(await ask(), { ...reply, at: reply.at }, 'the same enterprise has the same data');
  assert.equal(book.lanes.get('test_source')?.breaker.state, 'closed');
});

test('one access token serves many calls, and a withdrawn one is replaced without a failure', async (t) => {
  await department.be({ mode: 'well' });
  const { ask } = openTestBook(t, department, [definition()]);
  const before = (await department.report()).tokens;
  await Promise.all(Array.from({ length: 5 }, () => ask()));
  assert.equal((await department.report()).tokens, before + 1);
  await department.be({ mode: 'unauthorised', times: 1 });
  assert.equal(told(await ask()), 'rows');
  assert.equal((await department.report()).tokens, before + 2);
  await department.be({ mode: 'unauthorised' });
  assert.equal(told(await ask()), 'down: not_authorised');
});

test('a GET carries the code in its query, and an unknown enterprise has no data', async (t) => {
  await department.be({ mode: 'well' });
  const { ask } = openTestBook(t, department, [definition({}, { method: 'GET' })]);
  const reply = await ask();
  assert.equal(reply.outcome === 'rows' && reply.rows.length, 24);
  const none = await ask({ code: "' or 1=1 --&uscc=x#" });
  assert.deepEqual(none.outcome === 'rows' && none.rows, []);
});

const FAULTS: readonly [mode: string, told: string][] = [
  ['down', 'down: server_error'],
  ['reset', 'down: connection_cut'],
  ['half', 'down: connection_cut'],
  ['not_json', 'nonsense: body_unreadable'],
  ['wrong_shape', 'nonsense: shape_unexpected'],
  ['wrong_types', 'nonsense: shape_unexpected'],
  ['other_subject', 'nonsense: other_subject'],
  ['huge', 'nonsense: body_too_large'],
  ['redirect', 'nonsense: redirected'],
  ['busy', 'over_capacity: told_to_wait'],
];
for (const [mode, wanted] of FAULTS) {
  test(`a department that is ${mode} is told apart as ${wanted}`, async (t) => {
    await department.be({ mode });
    const echo = mode === 'wrong_shape' ? { echo: undefined } : {};
    const { ask } = openTestBook(t, department, [definition({}, echo)]);
    assert.equal(told(await ask()), wanted);
    await department.be({ mode: 'well' });
    assert.equal(told(await ask()), 'rows', 'and the next call works');
  });
}

test('a slow department is given up at the timeout or the deadline, and when the question is called off', async (t) => {
  await department.be({ mode: 'slow', delayMs: 30_000 });
  const { ask } = openTestBook(t, department, [definition({ timeoutMs: 100 })]);
  assert.equal(told(await ask()), 'slow: timed_out');
  const patient = openTestBook(t, department, [definition({ timeoutMs: 30_000 })]);
  assert.equal(told(await patient.ask({ deadlineAt: new Date(Date.now() + 100) })), 'slow: timed_out');
  assert.equal(told(await patient.ask({ deadlineAt: new Date(Date.now() - 1) })), 'slow: timed_out');
  const controller = new AbortController();
  const asked = patient.ask({ signal: controller.signal });
  controller.abort();
  assert.equal(told(await asked), 'slow: cancelled');
});

test('a broken connection is tried again inside the deadline, a slow or wrong answer is not', async (t) => {
  const calls = async (): Promise<number> => (await department.report()).calls.n14_tax_declaration ?? 0;
  const { ask } = openTestBook(t, department, [definition({ retries: { max: 2, backoffMs: 1 } })]);
  let before = await calls();
  await department.be({ mode: 'reset', times: 2 });
  assert.equal(told(await ask()), 'rows');
  assert.equal(await calls(), before + 3);
  before = await calls();
  await department.be({ mode: 'down' });
  assert.equal(told(await ask()), 'down: server_error');
  assert.equal(await calls(), before + 3);
  before = await calls();
  await department.be({ mode: 'not_json' });
  await ask();
  assert.equal(await calls(), before + 1);
  const unhurried = openTestBook(t, department, [definition({ retries: { max: 5, backoffMs: 10_000 } })]);
  await department.be({ mode: 'down' });
  before = await calls();
  assert.equal(told(await unhurried.ask({ deadlineAt: new Date(Date.now() + 5_000) })), 'down: server_error');
  assert.equal(await calls(), before + 1, 'no pause leads past the deadline');
});

test('the breaker opens after failures in a row, asks nothing while open, and one good probe closes it', async (t) => {
  const clock = steppedClock();
  const { ask, book } = openTestBook(
    t,
    department,
    [definition({ breaker: { failures: 3, openMs: 60_000 } })],
    clock,
  );
  const breaker = book.lanes.get('test_source')?.breaker;
  const calls = async (): Promise<number> => (await department.report()).calls.n14_tax_declaration ?? 0;
  await department.be({ mode: 'down' });
  for (let at = 0; at < 3; at += 1) assert.equal(told(await ask()), 'down: server_error');
  assert.equal(breaker?.state, 'open');
  const before = await calls();
  assert.equal(told(await ask()), 'down: breaker_open');
  assert.equal(await calls(), before);
  clock.step(60_000);
  assert.equal(breaker?.state, 'half_open');
  assert.equal(told(await ask()), 'down: server_error');
  assert.equal(breaker?.state, 'open', 'a failed probe opens it anew');
  clock.step(60_000);
  await department.be({ mode: 'slow', delayMs: 200 });
  const replies = await Promise.all([ask(), ask(), ask()]);
  assert.deepEqual(replies.map(told).sort(), ['down: breaker_open', 'down: breaker_open', 'rows']);
  assert.equal(breaker?.state, 'closed');
});

test('above its places and its queue a source is over capacity at once', async (t) => {
  await department.be({ mode: 'slow', delayMs: 300 });
  const { ask } = openTestBook(t, department, [definition({ concurrencyMax: 2, queueMax: 2 })]);
  const replies = await Promise.all(Array.from({ length: 6 }, () => ask()));
  const refused = replies.map(told).filter((one) => one === 'over_capacity: queue_full');
  assert.equal(refused.length, 2);
  assert.equal(replies.filter(({ outcome }) => outcome === 'rows').length, 4);
  await department.be({ mode: 'slow', delayMs: 2_000 });
  const narrow = openTestBook(t, department, [definition({ concurrencyMax: 1, queueMax: 1 })]);
  const [, waited] = await Promise.all([
    narrow.ask(),
    narrow.ask({ deadlineAt: new Date(Date.now() + 200) }),
  ]);
  assert.equal(told(waited), 'over_capacity: queue_full', 'who waited in vain never reached the source');
});

test('calls above what an interface carries in a minute or a day are not made', async (t) => {
  await department.be({ mode: 'well' });
  const clock = steppedClock();
  const perMinute = openTestBook(
    t,
    department,
    [definition({}, { capacity: { perMinute: 2, perDay: 3 } })],
    clock,
  );
  assert.deepEqual([await perMinute.ask(), await perMinute.ask(), await perMinute.ask()].map(told), [
    'rows',
    'rows',
    'over_capacity: minute_full',
  ]);
  clock.step(60_000);
  assert.equal(told(await perMinute.ask()), 'rows');
  assert.equal(told(await perMinute.ask()), 'over_capacity: day_full');
  clock.step(86_400_000);
  assert.equal(told(await perMinute.ask()), 'rows');
});

test('an answer is given again for as long as its definition says, and failures never are', async (t) => {
  const clock = steppedClock();
  const { ask, book } = openTestBook(t, department, [definition({}, { cacheMs: 60_000 })], clock);
  await department.be({ mode: 'down', times: 1 });
  assert.equal(told(await ask()), 'down: server_error');
  const first = await ask();
  await department.be({ mode: 'down' });
  clock.step(59_999);
  const again = await ask();
  assert.equal(again.outcome === 'rows' && again.fromCache, true);
  assert.deepEqual(again.outcome === 'rows' && again.rows, first.outcome === 'rows' && first.rows);
  assert.equal(told(await ask({ code: '91110000MA0000018X' })), 'down: server_error', 'another enterprise');
  clock.step(1);
  assert.equal(told(await ask()), 'down: server_error');
  assert.equal(JSON.stringify(book.cache).includes(CODE), false);
});

test('nothing of the secret, the code or the answer stands in a failure', async (t) => {
  const { ask, book } = openTestBook(t, department, [definition()]);
  for (const mode of ['down', 'not_json', 'wrong_types', 'other_subject', 'unauthorised']) {
    await department.be({ mode });
    const text = JSON.stringify([await ask(), book.counts.take()]);
    assert.equal(text.includes(department.secret) || text.includes(CODE) || text.includes('系统'), false);
  }
});

test('a secret that others can read, or that is gone, stops the start and later calls', async (t) => {
  await department.be({ mode: 'well' });
  const { ask } = openTestBook(t, department, [definition()]);
  const file = join(department.keysFolder, 'sources', 'department');
  chmodSync(file, 0o644);
  t.after(() => chmodSync(file, 0o600));
  assert.equal(told(await ask()), 'down: secret_unreadable');
  const isSecret = (error: unknown): boolean =>
    error instanceof Refusal && error.code === 'source.secret_unreadable' && !error.message.includes('/');
  assert.throws(() => openTestBook(t, department, [definition()]), isSecret);
});

test('a body that is packed, a wrong status and header junk are nonsense', async (t) => {
  const packed = await serve(t, (_request, response) => {
    response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(10_000_000)));
  });
  const odd = await serve(t, (_request, response) => response.writeHead(418).end('{}'));
  const junk = await serve(t, (request) => request.socket.end('garbage\r\n\r\n'));
  const tokenless = (address: string) => {
    const addresses = { department: `${address}` };
    const certified = { oauth: { tokenPath: '/t', clientId: 'x', secret: 'department' } };
    return openTestBook(t, { ...department, addresses }, [definition(certified)]);
  };
  assert.equal(told(await tokenless(packed).ask()), 'nonsense: body_unreadable');
  assert.equal(told(await tokenless(odd).ask()), 'down: not_authorised');
  assert.equal(told(await tokenless(junk).ask()), 'nonsense: body_unreadable');
});

test('by mutual TLS a client is known by its certificate, and one without is turned away', async (t) => {
  const authority = makeTestAuthority(t);
  const own = await startDepartment(t, [
    '--tls-key',
    authority.server.key,
    '--tls-certificate',
    authority.server.certificate,
    '--tls-client-authority',
    authority.certificate,
  ]);
  authority.install(own.keysFolder);
  const mutual = { oauth: undefined, mutualTls: { certificate: 'client_crt', key: 'client_key' } };
  const { ask } = openTestBook(t, own, [definition({ ...mutual, authority: 'authority' })]);
  assert.equal(told(await ask()), 'rows');
  const stranger = openTestBook(t, own, [definition({ authority: 'authority' })]);
  assert.match(told(await stranger.ask()), /^down: connection_(failed|cut)$/);
  const distrusting = openTestBook(t, own, [definition(mutual)]);
  assert.equal(told(await distrusting.ask()), 'down: connection_failed', 'an unknown authority');
});

test('addresses that leave this machine in the clear, or carry a password, are refused at the start', (t) => {
  const isAddress = (error: unknown): boolean =>
    error instanceof Refusal && error.code === 'source.address_not_valid';
  for (const department_ of [
    'http://192.0.2.1',
    'https://user:word@192.0.2.1',
    'ftp://192.0.2.1',
    'nothing',
  ]) {
    const where = { ...department, addresses: { department: department_ } };
    assert.throws(() => openTestBook(t, where, [definition()]), isAddress, department_);
  }
  const { book } = openTestBook(t, { ...department, addresses: {} }, [definition()]);
  assert.equal(book.find('n14_tax_declaration'), undefined, 'a name without an address is not connected');
});

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
