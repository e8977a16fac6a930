import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { toEnterpriseId } from '#kernel';
import {
  addNetwork,
  openPushNetwork,
  PUSH_LIMITS,
  readHealth,
  registerEndpoint,
  startPusher,
  verifyEndpoint,
} from '#monitoring';
import { openChannel, postEvent } from '../../src/monitoring/push/connect/post-event.ts';
import {
  BANK_ADMIN,
  connect,
  openPushSetting,
  openTarget,
  OPERATOR,
  OTHER_ADMIN,
  type PushSetting,
  until,
} from './monitoring-push-setting.ts';

const endings: (() => void | Promise<void>)[] = [];
const ending = { after: (work: () => void | Promise<void>) => void endings.unshift(work) };
afterEach(async () => {
  for (const work of endings.splice(0)) await work();
});
const send = (setting: PushSetting): void => {
  const pusher = startPusher(setting.context);
  ending.after(() => pusher.stop());
};
const healths = ({ context, run }: PushSetting) => run((tx) => readHealth(tx, context, { caller: OPERATOR }));
const EVENT = { headers: {}, body: '{}' };

/** A listener that takes connections and says nothing, as one behind which TLS never begins. */
async function openSilence(): Promise<{ port: number; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ending.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

test('targets that hang, never begin TLS, answer 500, redirect or never end keep nothing from the others', async () => {
  const setting = await openPushSetting(ending);
  const silence = await openSilence();
  const [hanging, failing, redirecting, endless, good] = await Promise.all(
    [1, 2, 3, 4, 5].map(() => openTarget(ending)),
  );
  assert.ok(hanging && failing && redirecting && endless && good);
  let pouring = 0;
  hanging.answer = () => undefined;
  failing.answer = (_, response) => void response.writeHead(500).end();
  redirecting.answer = (_, response) =>
    void response.writeHead(307, { location: `${good.url}/followed` }).end();
  endless.answer = (_, response) => {
    pouring += 1;
    response.once('close', () => (pouring -= 1));
    const pour = (): void => {
      if (response.destroyed) return;
      response.write(Buffer.alloc(16_384, 'a'), pour);
    };
    pour();
  };
  for (const target of [hanging, failing, redirecting, endless]) await connect(setting, target);
  await setting.run((tx) =>
    tx.rows(`update monitoring.endpoints set url = $1 where url = $2`, [
      `https://127.0.0.1:${silence.port}/hook`,
      failing.url,
    ]),
  );
  const silent = await openTarget(ending);
  silent.answer = (_, response) => void response.writeHead(500).end();
  await connect(setting, silent);
  await connect(setting, good, OTHER_ADMIN);
  const many = Array.from({ length: 40 }, (_, n) => ({ enterpriseId: toEnterpriseId(1 + n) }));
  send(setting);
  await setting.queue(...many);
  await until(() => hanging.received.length > 0 && silence.sockets.size > 0, 'the bad ones are being asked');
  const ids = await setting.queue(...many.map((one) => ({ ...one, institutionId: 'other-bank' })));
  await until(() => good.received.length >= ids.length, 'the good one has everything');
  assert.deepEqual(good.received.map(({ id }) => id).toSorted(), ids.toSorted());
  assert.ok(hanging.received.length <= PUSH_LIMITS.perEndpointMax);
  await until(
    async () => (await healths(setting)).filter(({ failures }) => failures > 0).length >= 4,
    'the operator sees it',
  );
  const outcomes = new Map((await healths(setting)).map(({ url, lastOutcome }) => [url, lastOutcome]));
  assert.equal(outcomes.get(redirecting.url), 'redirected');
  assert.equal(outcomes.get(silent.url), 'server_error');
  assert.equal(outcomes.get(hanging.url), 'timed_out');
  assert.equal(outcomes.get(endless.url), 'taken');
  assert.ok(good.received.every(({ headers }) => !String(headers['host']).includes('followed')));
  await until(() => pouring === 0, 'every answer without end was cut');
});

test('a name is connected to at the address that was judged, and one of several inside refuses all', async () => {
  const silence = await openSilence();
  const addresses: string[][] = [
    ['10.0.0.1'],
    ['8.8.8.8', '127.0.0.1'],
    ['::ffff:127.0.0.1'],
    ['64:ff9b::7f00:1'],
    [],
  ];
  const network = { ...openPushNetwork([]), resolve: () => Promise.resolve(addresses.shift() ?? []) };
  const channel = openChannel(new URL(`https://hooks.bank.example:${silence.port}/`), network);
  ending.after(() => channel.agent.destroy());
  const outcomes = [];
  for (let n = 0; n < 5; n += 1) outcomes.push(await postEvent(channel, EVENT));
  assert.deepEqual(outcomes, [...Array.from({ length: 4 }, () => 'address_internal'), 'name_unknown']);
  assert.equal(silence.sockets.size, 0);
});

test('a name that first resolves to an allowed address and then inside is looked up once per connection', async () => {
  const target = await openTarget(ending);
  const { port } = new URL(target.url);
  const resolved: string[] = [];
  const network = openPushNetwork(['127.0.0.1/32']);
  const rebinding = {
    ...network,
    resolve: (name: string) => {
      resolved.push(name);
      return Promise.resolve(resolved.length === 1 ? ['127.0.0.1'] : ['127.0.0.2']);
    },
  };
  const channel = openChannel(new URL(`http://hooks.bank.example:${port}/hook`), rebinding);
  ending.after(() => channel.agent.destroy());
  assert.equal(await postEvent(channel, { headers: {}, body: '{"type":"x"}' }), 'refused'); // unsigned
  channel.agent.destroy();
  const later = openChannel(channel.url, rebinding);
  ending.after(() => later.agent.destroy());
  assert.equal(await postEvent(later, EVENT), 'address_internal');
  assert.deepEqual(resolved, ['hooks.bank.example', 'hooks.bank.example']);
});

test('an address that was allowed when it was registered is judged again at every attempt', async () => {
  const setting = await openPushSetting(ending);
  const target = await openTarget(ending);
  await connect(setting, target);
  const closed = { ...setting.context, network: openPushNetwork([]) };
  await setting.queue({});
  const pusher = startPusher(closed);
  ending.after(() => pusher.stop());
  await until(async () => (await healths(setting))[0]?.lastOutcome === 'address_internal', 'refused');
  assert.equal(target.received.length, 0);
});

test('a challenge is not answered by whoever merely echoes, redirects or talks without end', async () => {
  const setting = await openPushSetting(ending);
  const { context, run, clock } = setting;
  const answers = [
    (body: string, response: ServerResponse) => void response.writeHead(200).end(body),
    (_: string, response: ServerResponse) => void response.writeHead(302, { location: '/' }).end(),
    (_: string, response: ServerResponse) =>
      void response.writeHead(200).end(Buffer.alloc(2 * PUSH_LIMITS.answerBytesMax, ' ')),
    (_: string, response: ServerResponse) => void response.writeHead(200).end('not JSON'),
  ];
  let asked = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answers[asked++]?.(Buffer.concat(chunks).toString('utf8'), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ending.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { endpointId } = await run((tx) => registerEndpoint(tx, context, { caller: BANK_ADMIN, url }));
  for (const outcome of ['signature_wrong', 'redirected', 'refused', 'signature_wrong']) {
    await assert.rejects(verifyEndpoint(context, { caller: BANK_ADMIN, endpointId }), {
      code: 'push.challenge_failed',
      params: { outcome },
    });
    clock.advance(PUSH_LIMITS.challengeEveryMs);
  }
  assert.equal((await healths(setting))[0]?.state, 'unverified');
});

test('a network is an address and a length', () => {
  for (const cidr of ['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '::/129', '10.0.0.0/8/8', '10.0.0.0/', 'x/8']) {
    assert.throws(() => addNetwork(openPushNetwork([]).named, cidr), TypeError, cidr);
  }
});
