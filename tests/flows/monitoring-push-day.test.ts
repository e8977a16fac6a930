import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { toEnterpriseId } from '#kernel';
import {
  type EndpointHealth,
  PUSH_LIMITS,
  readHealth,
  readPushFigures,
  replayMessages,
  startPusher,
} from '#monitoring';
import {
  BANK_ADMIN,
  connect,
  openPushSetting,
  openTarget,
  OPERATOR,
  OTHER_ADMIN,
  type PushSetting,
  type Target,
  until,
} from './monitoring-push-setting.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const endings: (() => void | Promise<void>)[] = [];
const ending = { after: (work: () => void | Promise<void>) => void endings.unshift(work) };
afterEach(async () => {
  for (const work of endings.splice(0)) await work();
});
function send({ context }: PushSetting): { stop: () => Promise<void> } {
  const pusher = startPusher(context);
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= pusher.stop());
  ending.after(stop);
  return { stop };
}

const healthOf = async ({ context, run }: PushSetting, endpointId: string): Promise<EndpointHealth> => {
  const all = await run((tx) => readHealth(tx, context, { caller: OPERATOR }));
  return all.find((one) => one.endpointId === endpointId) ?? assert.fail('the operator sees it');
};
const figures = ({ context, run }: PushSetting) => run((tx) => readPushFigures(tx, context));
const toEnterprises = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ enterpriseId: toEnterpriseId(1 + n) }));
const ofOther = (count: number) =>
  toEnterprises(count).map((one) => ({ ...one, institutionId: 'other-bank' }));

/** By first arrival: a clock that jumps over a lease has a message sent twice, under one id. */
const idsOf = ({ received }: Target) => [...new Set(received.map(({ id }) => id))];

/** A listener below HTTP; ends with the test. */
async function openRaw(answer: (socket: Socket) => void): Promise<{ url: string; asked: () => number }> {
  const sockets = new Set<Socket>();
  let asked = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    socket.once('data', () => {
      asked += 1;
      answer(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ending.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, asked: () => asked };
}

/** One byte in a while, for ever. */
function drip(socket: Socket, text: string): void {
  const bytes = Buffer.from(text);
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) return clearInterval(timer);
    socket.write(bytes.subarray(at % bytes.length, (at % bytes.length) + 1));
    at += 1;
  }, 100);
  socket.once('close', () => clearInterval(timer));
}

/** Verified by a good server and then moved to a bad one, as an endpoint goes bad. */
async function connectTo(setting: PushSetting, url: string): Promise<string> {
  const endpointId = await connect(setting, await openTarget(ending));
  await setting.run((tx) =>
    tx.rows('update monitoring.endpoints set url = $2 where endpoint_id = $1', [endpointId, url]),
  );
  return endpointId;
}

test('targets that reset, talk nonsense, or answer byte by byte keep nothing from another', async () => {
  const setting = await openPushSetting(ending);
  const bad = {
    resetting: await openRaw((socket) => socket.resetAndDestroy()),
    nonsense: await openRaw((socket) => socket.end('220 mail.example ESMTP\r\n')),
    cut: await openRaw((socket) => socket.end('HTTP/1.1 204 No Con')),
    slowHead: await openRaw((socket) => drip(socket, `HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(1_000)}`)),
    slowBody: await openRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
      drip(socket, 'a');
    }),
  };
  const ids = new Map<string, string>();
  for (const [name, { url }] of Object.entries(bad)) ids.set(name, await connectTo(setting, url));
  const good = await openTarget(ending);
  await connect(setting, good, OTHER_ADMIN);
  send(setting);
  await setting.queue(...toEnterprises(40));
  await until(() => Object.values(bad).every(({ asked }) => asked() > 0), 'the bad ones are being asked');
  const wanted = await setting.queue(...ofOther(40));
  await until(() => good.received.length >= wanted.length, 'the good one has everything');
  assert.deepEqual(good.received.map(({ id }) => id).toSorted(), wanted.toSorted());
  const outcomes = async () => {
    const found: Record<string, string | null> = {};
    for (const [name, id] of ids) found[name] = (await healthOf(setting, id)).lastOutcome;
    return found;
  };
  await until(async () => Object.values(await outcomes()).every((one) => one !== null), 'every outcome');
  assert.deepEqual(await outcomes(), {
    resetting: 'connection_failed',
    nonsense: 'connection_failed',
    cut: 'connection_failed',
    slowHead: 'timed_out',
    slowBody: 'taken',
  });
  const { endpoints } = await figures(setting);
  assert.ok((endpoints.get('failing') ?? 0) + (endpoints.get('resting') ?? 0) >= 4, 'the operator sees it');
});

test('a target that answers 500 for a day is asked seldom, waits apart, and then gets everything in order', async () => {
  const setting = await openPushSetting(ending);
  const failing = await openTarget(ending);
  const good = await openTarget(ending);
  const endpointId = await connect(setting, failing);
  await connect(setting, good, OTHER_ADMIN);
  failing.answer = (_, response) => void response.writeHead(500).end();
  const ids = await setting.queue({}, {}, { enterpriseId: toEnterpriseId(2) });
  send(setting);
  await until(() => failing.received.length > 0, 'the first attempt');
  for (let hour = 1; hour <= 24; hour += 1) {
    setting.clock.advance(HOUR_MS);
    await setting.queue(...ofOther(1));
    await until(() => idsOf(good).length === hour, 'the other has its message of this hour');
    await until(async () => (await figures(setting)).waiting === ids.length, 'and only these wait');
  }
  const down = await healthOf(setting, endpointId);
  assert.ok(['failing', 'resting'].includes(down.health));
  assert.deepEqual([down.lastOutcome, down.waiting, down.dead], ['server_error', ids.length, 0]);
  assert.ok((down.oldestWaitingSeconds ?? 0) >= 86_400 && down.failures > 0);
  // One at a time, resting in between: far below one attempt in a quarter of an hour.
  assert.ok(failing.received.length <= 4 * 24, String(failing.received.length));
  const { oldestWaitingSeconds, givenUp } = await figures(setting);
  assert.ok(oldestWaitingSeconds >= 86_400 && givenUp === 0);

  failing.received.length = 0;
  failing.answer = (_, response) => void response.writeHead(204).end();
  const hasAll = (): boolean => {
    setting.clock.advance(HOUR_MS);
    return idsOf(failing).length === ids.length;
  };
  await until(hasAll, 'everything that waited');
  assert.deepEqual(
    idsOf(failing).filter((id) => id !== ids[2]),
    [ids[0], ids[1]],
  );
});

test('a storm for a target that is down stays bounded, is seen as full, and is fetched after all', async () => {
  const setting = await openPushSetting(ending);
  const max = 100;
  const context = { ...setting.context, terms: { ...setting.context.terms, waitingPerEndpointMax: max } };
  const bounded: PushSetting = { ...setting, context };
  const down = await openTarget(ending);
  const endpointId = await connect(bounded, down);
  down.answer = (_, response) => void response.writeHead(503).end();
  const { stop } = send(bounded);
  const storm = async (): Promise<void> => {
    await setting.queue(...toEnterprises(60));
    await until(async () => (await unnumbered(setting)) === 0, 'numbered');
    setting.clock.advance(MINUTE_MS); // the queue is looked after several times a minute
  };
  for (let round = 0; round < 2; round += 1) await storm();
  await until(async () => (await healthOf(bounded, endpointId)).health === 'full', 'full');
  const { waiting } = await healthOf(bounded, endpointId);
  for (let round = 0; round < 3; round += 1) await storm();
  assert.equal((await healthOf(bounded, endpointId)).waiting, waiting, 'nothing more is queued');
  assert.equal((await figures(bounded)).endpoints.get('full'), 1);
  await stop();
  down.answer = (_, response) => void response.writeHead(204).end();
  down.received.length = 0;
  send(bounded);
  const isEmpty = async (): Promise<boolean> => {
    setting.clock.advance(MINUTE_MS);
    const { waiting: left, health } = await healthOf(bounded, endpointId);
    return left === 0 && health === 'good';
  };
  await until(isEmpty, 'caught up');
  const { queued } = await setting.run((tx) =>
    replayMessages(tx, context, { caller: BANK_ADMIN, endpointId, isDeadOnly: false }),
  );
  assert.equal(queued, 300);
  await until(() => idsOf(down).length === 300, 'what had been left out');
});

async function unnumbered({ run }: PushSetting): Promise<number> {
  const rows = await run((tx) => tx.rows('select from monitoring.messages where number is null'));
  return rows.length;
}

test('places of one endpoint are its own: one that hangs takes no more than they are', async () => {
  const setting = await openPushSetting(ending);
  const [hanging, good]: readonly Target[] = [await openTarget(ending), await openTarget(ending)];
  assert.ok(hanging && good);
  hanging.answer = () => undefined;
  await connect(setting, hanging);
  await connect(setting, good, OTHER_ADMIN);
  send(setting);
  await setting.queue(...toEnterprises(100));
  await until(() => hanging.received.length === PUSH_LIMITS.perEndpointMax, 'all its places are taken');
  for (let round = 1; round <= 5; round += 1) {
    await setting.queue(...ofOther(20));
    await until(() => good.received.length === 20 * round, 'the other goes on');
  }
  assert.equal(hanging.received.length, PUSH_LIMITS.perEndpointMax);
});
