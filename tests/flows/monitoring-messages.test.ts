import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { after, test } from 'node:test';
import { type EnterpriseId, inTransaction, toEnterpriseId } from '#kernel';
import { PUSH_LIMITS, queueMessages } from '#monitoring';
import { addParticipants } from './consent-setting.ts';
import { addPerson, basic, endingOf, openTestApp } from './http-node.ts';
import { messageOf, until } from './monitoring-push-setting.ts';

const ending = endingOf(after);
const { app, node } = await openTestApp(ending);
const { database } = node;
await inTransaction(database, addParticipants);
for (const [login, kind, participant, role] of [
  ['bank', 'institution', 'bank', 'machine'],
  ['admin', 'institution', 'bank', 'institution_admin'],
  ['other', 'institution', 'other-bank', 'machine'],
  ['platform', 'platform', 'platform', 'machine'],
  ['clerk', 'institution', 'bank', 'clerk'],
  ['operator', 'operator', null, 'system_admin'],
] as const) {
  await addPerson(node, { login, kind: 'reader' });
  await database.pool.query(
    'update platform.accounts set kind = $2, participant_id = $3, roles = array[$4] where login = $1',
    [login, kind, participant, role],
  );
}
const origin = await app.listen({ host: '127.0.0.1', port: 0 });

type Event = { id: string; sequence: string; type: string; institution: string };
type Body = {
  error?: { code: string };
  messages: Event[];
  cursor: string;
  isComplete: boolean;
  endpoints: { endpointId: string; state: string; health: string }[];
  endpointId: string;
  secret: string;
};
const call = async (login: string, path: string, init: RequestInit = {}): Promise<Body> => {
  const headers = {
    authorization: basic(login),
    ...(init.body == null ? {} : { 'content-type': 'application/json' }),
  };
  const answer = await fetch(new URL(`/api/v1/monitoring/${path}`, origin), { ...init, headers });
  return (await answer.json()) as Body;
};
const queue = (...messages: Parameters<typeof messageOf>[0][]) =>
  inTransaction(database, (tx) => queueMessages(tx, messages.map(messageOf), node.clock.now()));
const enterprise = (n: number): EnterpriseId => toEnterpriseId(n);

const own = await queue(
  {},
  { enterpriseId: enterprise(2), platformId: 'platform' },
  { enterpriseId: enterprise(3) },
);
const others = await queue({ institutionId: 'other-bank' });

test('an institution fetches its own messages page by page, and again from where it was nothing', async () => {
  const first = await call('bank', 'messages?limit=2');
  assert.deepEqual([first.messages.map(({ id }) => id), first.isComplete], [own.slice(0, 2), false]);
  const second = await call('bank', `messages?limit=2&after=${first.cursor}`);
  assert.deepEqual([second.messages.map(({ id }) => id), second.isComplete], [own.slice(2), true]);
  const third = await call('bank', `messages?after=${second.cursor}`);
  assert.deepEqual([third.messages, third.cursor], [[], second.cursor]);
  assert.deepEqual(
    (await call('other', 'messages')).messages.map(({ id }) => id),
    others,
  );
});

test('a platform fetches for an institution what goes through it, and an alert without a watch is left out', async () => {
  const through = await call('platform', 'messages?institution=bank');
  assert.deepEqual(
    through.messages.map(({ id }) => id),
    [own[1]],
  );
  assert.equal(
    (await call('platform', 'messages?institution=other-bank')).error?.code,
    'policy.message_receiver_not_admitted',
  );
  const [raised] = await queue({ type: 'cn.xinqiao.alert.raised' });
  const page = await call('bank', 'messages');
  assert.ok(!page.messages.some(({ id }) => id === raised));
  assert.equal(page.messages.length, 3);
});

test('others do not fetch, and a cursor that is none is refused', async () => {
  assert.equal((await call('clerk', 'messages')).error?.code, 'push.receiver_without_role');
  assert.equal((await call('operator', 'messages')).error?.code, 'admission.not_a_participant');
  assert.equal((await call('bank', 'messages?after=x')).error?.code, 'request.invalid');
  assert.equal(
    (await call('bank', 'messages?institution=other-bank')).error?.code,
    'admission.institution_unknown',
  );
});

test('endpoints are registered by their administrator, refused inside, and seen by the operator', async () => {
  const register = (login: string, url: string) =>
    call(login, 'endpoints', { method: 'POST', body: JSON.stringify({ url }) });
  assert.equal((await register('bank', 'https://hooks.bank.example/')).error?.code, 'security.not_permitted');
  assert.equal((await register('admin', 'https://169.254.169.254/')).error?.code, 'push.target_not_allowed');
  assert.equal(
    (await register('admin', 'http://hooks.bank.example/')).error?.code,
    'push.target_not_allowed',
  );
  const { endpointId, secret } = await register('admin', 'https://hooks.bank.example/');
  assert.match(secret, /^whsec_/);
  const seen = await call('operator', 'endpoints');
  assert.deepEqual(
    seen.endpoints.map((one) => [one.endpointId, one.state, one.health]),
    [[endpointId, 'unverified', 'idle']],
  );
  assert.ok(!JSON.stringify(seen).includes(secret));
  const pause = { method: 'PUT', body: JSON.stringify({ state: 'active' }) };
  assert.equal(
    (await call('operator', `endpoints/${endpointId}/state`, pause)).error?.code,
    'push.endpoint_state',
  );
});

type Stream = {
  readonly text: () => string;
  readonly status: number;
  readonly ended: Promise<void>;
  cancel(): void;
};

async function openStream(login: string, query = '', headers: Record<string, string> = {}): Promise<Stream> {
  const aborting = new AbortController();
  const answer = await fetch(new URL(`/api/v1/monitoring/messages/stream${query}`, origin), {
    headers: { authorization: basic(login), ...headers },
    signal: aborting.signal,
  });
  let text = '';
  const decoder = new TextDecoder();
  const read = async (): Promise<void> => {
    for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true });
  };
  const ended = read().catch(() => undefined);
  return { text: () => text, status: answer.status, ended, cancel: () => aborting.abort() };
}
const idsIn = (text: string): string[] =>
  [...text.matchAll(/"id":"(msg_[a-z0-9]+)"/g)].map(([, id]) => id ?? '');

test('a stream brings what comes, and one that comes back with the last id misses nothing', async () => {
  const first = await openStream('bank');
  const [one] = await queue({});
  await queue({ institutionId: 'other-bank' });
  await until(() => idsIn(first.text()).length === 1, 'the first event');
  assert.deepEqual(idsIn(first.text()), [one]);
  assert.match(
    first.text(),
    /^retry: 2000\n\nid: \d+\nevent: cn\.xinqiao\.alert\.recalled\ndata: \{.*\}\n\n/,
  );
  first.cancel();
  await first.ended;
  const [, last = ''] = /^id: (\d+)$/m.exec(first.text()) ?? [];
  const missed = await queue({}, { enterpriseId: enterprise(2) });
  const second = await openStream('bank', '', { 'last-event-id': last });
  await until(() => idsIn(second.text()).length === 2, 'what was missed');
  assert.deepEqual(idsIn(second.text()), missed);
  second.cancel();
  await second.ended;
});

test('a stream ends when its time is over, and is refused to whom messages are', async () => {
  const stream = await openStream('other', '?after=0&seconds=1');
  await stream.ended;
  assert.equal(idsIn(stream.text()).length, 2);
  const refused = await openStream('clerk');
  await refused.ended;
  assert.equal(refused.status, 403);
  assert.match(refused.text(), /push\.receiver_without_role/);
});

test('so many streams of one institution are open at once and no more, and a place that is left is free again', async () => {
  const streams = [];
  for (let n = 0; n < PUSH_LIMITS.streamsPerParticipantMax; n += 1) streams.push(await openStream('other'));
  const more = await openStream('other');
  await more.ended;
  assert.match(more.text(), /push\.streams_full/);
  const bank = await openStream('bank', '?seconds=1');
  assert.equal(bank.status, 200);
  streams[0]?.cancel();
  await queue({ institutionId: 'other-bank' }); // what is written to a reader who has gone tells that it has
  await until(async () => {
    const again = await openStream('other', '?seconds=1');
    again.cancel();
    return again.status === 200;
  }, 'a free place');
  for (const stream of streams) stream.cancel();
  await bank.ended;
});

/** Far more than a stop takes, and less than the minute after which an idle connection is closed anyway. */
const STOP_PATIENCE_MS = 30_000;

test('a node that stops ends its streams, and connections on which nothing is asked', {
  timeout: STOP_PATIENCE_MS,
}, async () => {
  const silent = createConnection(Number(new URL(origin).port), '127.0.0.1');
  const ended = once(silent.resume(), 'close');
  await once(silent, 'connect');
  const stream = await openStream('bank');
  await app.close();
  await stream.ended;
  await ended;
  assert.equal(stream.status, 200);
});
