import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import { openDatabase, toEnterpriseId } from '#kernel';
import {
  changeEndpoint,
  type EndpointHealth,
  PUSH_LIMITS,
  readHealth,
  recordPushReceipts,
  registerEndpoint,
  replayMessages,
  rotateSecret,
  startPusher,
  verifyEndpoint,
} from '#monitoring';
import { claimDeliveries } from '../../src/monitoring/push/send/claim-deliveries.ts';
import { finishDeliveries } from '../../src/monitoring/push/send/finish-delivery.ts';
import { keepQueues } from '../../src/monitoring/push/send/keep-queues.ts';
import { numberMessages } from '../../src/monitoring/push/send/number-messages.ts';
import { openFinisher } from '../../src/monitoring/push/send/open-finisher.ts';
import { sendMessage } from '../../src/monitoring/push/send/send-message.ts';
import { readTaken, rootOfTaken } from '../../src/monitoring/push/send/record-receipts.ts';
import { openChannel } from '../../src/monitoring/push/connect/post-event.ts';
import { CLERK } from './consent-setting.ts';
import {
  BANK_ADMIN,
  connect,
  isSigned,
  openPushSetting,
  openTarget,
  OPERATOR,
  OTHER_ADMIN,
  PLATFORM_ADMIN,
  type PushSetting,
  type Target,
  until,
} from './monitoring-push-setting.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const enterprise = (n: number) => toEnterpriseId(n);

/** Things of one test end with it, before the database of the file does. */
const endings: (() => void | Promise<void>)[] = [];
const ending = { after: (work: () => void | Promise<void>) => void endings.unshift(work) };
afterEach(async () => {
  for (const work of endings.splice(0)) await work();
});

/** Runs a sender, another process of the node as far as the database knows. */
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
/** Everything is numbered and nothing waits any more. */
const isSettled = async ({ run }: PushSetting): Promise<boolean> => {
  const rows = await run((tx) =>
    tx.rows(`select from monitoring.messages where number is null
      union all select from monitoring.push_deliveries where state = 'waiting'`),
  );
  return rows.length === 0;
};
const idsOf = ({ received }: Target) => received.map(({ id }) => id);
const open = async (): Promise<{ setting: PushSetting; target: Target; endpointId: string }> => {
  const setting = await openPushSetting(ending);
  const target = await openTarget(ending);
  return { setting, target, endpointId: await connect(setting, target) };
};

describe('an endpoint', () => {
  it('gets nothing before it has signed a challenge with its secret, and then what is queued from then on', async () => {
    const setting = await openPushSetting(ending);
    const { context, run, queue } = setting;
    const target = await openTarget(ending);
    const registered = await run((tx) =>
      registerEndpoint(tx, context, { caller: BANK_ADMIN, url: target.url }),
    );
    send(setting);
    await queue({});
    await until(async () => (await run((tx) => numberMessages(tx, context))) === 0, 'numbered');
    target.secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
    const verifying = { caller: BANK_ADMIN, endpointId: registered.endpointId };
    await assert.rejects(verifyEndpoint(context, verifying), { code: 'push.challenge_failed' });
    await assert.rejects(verifyEndpoint(context, verifying), { code: 'push.challenge_too_soon' });
    setting.clock.advance(PUSH_LIMITS.challengeEveryMs);
    target.secret = registered.secret;
    await verifyEndpoint(context, verifying);
    const [id] = await queue({ enterpriseId: enterprise(7) });
    await until(() => target.received.length === 1, 'the second message');
    assert.deepEqual(idsOf(target), [id]);
  });

  it('receives a signed CloudEvent of ids and codes, and nothing that names the enterprise', async () => {
    const { setting, target } = await open();
    const [id] = await setting.queue({ data: { alertId: 'alr_9', level: 'orange', dueOn: '2026-03-02' } });
    send(setting);
    await until(() => target.received.length === 1, 'the message');
    const { headers, body, event } = target.received[0] ?? assert.fail();
    assert.equal(headers['content-type'], 'application/cloudevents+json; charset=utf-8');
    assert.ok(isSigned(headers, body, target.secret));
    assert.ok(!isSigned(headers, body.replace('orange', 'yellow'), target.secret));
    const { time, ...rest } = event;
    assert.ok(Math.abs(Date.parse(String(time)) - setting.clock.now().getTime()) < DAY_MS);
    assert.deepEqual(rest, {
      specversion: '1.0',
      id,
      source: 'https://node.test/api/v1/monitoring',
      type: 'cn.xinqiao.alert.recalled',
      datacontenttype: 'application/json',
      sequence: '00000000000000000001',
      institution: 'bank',
      data: { alertId: 'alr_9', level: 'orange', dueOn: '2026-03-02' },
    });
  });

  it('refuses to be told a name: whoever queues one has made a mistake', async () => {
    const setting = await openPushSetting(ending);
    await assert.rejects(setting.queue({ data: { name: '北京甲科技有限公司' } }), { code: 'ERR_ASSERTION' });
    await assert.rejects(setting.queue({ data: { rate: 0.5 } }), { code: 'ERR_ASSERTION' });
  });

  it('is managed by the administrator of its participant alone, and its secret lies sealed', async () => {
    const { setting, target, endpointId } = await open();
    const { context, run } = setting;
    const register = (caller: typeof CLERK) =>
      run((tx) => registerEndpoint(tx, context, { caller, url: target.url }));
    await assert.rejects(register(CLERK), { code: 'security.not_permitted' });
    await assert.rejects(register(OPERATOR), { code: 'push.participant_missing' });
    const rotate = run((tx) => rotateSecret(tx, context, { caller: OTHER_ADMIN, endpointId }));
    await assert.rejects(rotate, { code: 'push.endpoint_unknown' });
    await assert.rejects(verifyEndpoint(context, { caller: OTHER_ADMIN, endpointId }), {
      code: 'push.endpoint_unknown',
    });
    assert.deepEqual(await run((tx) => readHealth(tx, context, { caller: OTHER_ADMIN })), []);
    const [row] = await run((tx) => tx.rows<object>('select * from monitoring.endpoints'));
    assert.ok(!JSON.stringify(row).includes(target.secret.slice(6)));
    for (let n = 1; n < PUSH_LIMITS.endpointsPerParticipantMax; n += 1) await register(BANK_ADMIN);
    await assert.rejects(register(BANK_ADMIN), { code: 'push.endpoints_full' });
  });

  it('signs with both secrets while one replaces the other, and with the new one alone afterwards', async () => {
    const { setting, target, endpointId } = await open();
    const { context, run, queue, clock } = setting;
    const old = target.secret;
    const rotated = await run((tx) => rotateSecret(tx, context, { caller: BANK_ADMIN, endpointId }));
    await assert.rejects(
      run((tx) => rotateSecret(tx, context, { caller: BANK_ADMIN, endpointId })),
      { code: 'push.rotation_under_way' },
    );
    send(setting);
    await queue({});
    await until(() => target.received.length === 1, 'under the old secret');
    const { headers, body } = target.received[0] ?? assert.fail();
    assert.ok(isSigned(headers, body, old) && isSigned(headers, body, rotated.secret));
    clock.advance(PUSH_LIMITS.rotationMs + 1_000);
    target.secret = rotated.secret;
    await queue({});
    await until(() => target.received.length === 2, 'under the new secret');
    const later = target.received[1] ?? assert.fail();
    assert.equal(isSigned(later.headers, later.body, old), false);
  });

  it('that is gone is paused for its owner to see', async () => {
    const { setting, target, endpointId } = await open();
    target.answer = (_, response) => void response.writeHead(410).end();
    await setting.queue({});
    send(setting);
    await until(async () => (await healthOf(setting, endpointId)).state === 'paused', 'paused');
    assert.equal((await healthOf(setting, endpointId)).lastOutcome, 'gone');
  });
});

describe('messages', () => {
  it('of one enterprise wait for the earlier one, those of others do not', async () => {
    const { setting, target, endpointId } = await open();
    const ids = await setting.queue(
      { enterpriseId: enterprise(1) },
      { enterpriseId: enterprise(1) },
      { enterpriseId: enterprise(2) },
    );
    let isDown = true;
    target.answer = (event, response) =>
      void response.writeHead(event.id === ids[0] && isDown ? 500 : 204).end();
    send(setting);
    await until(
      async () => (await healthOf(setting, endpointId)).deliveredToday === 1,
      'the other enterprise',
    );
    assert.deepEqual(new Set(idsOf(target)), new Set([ids[0], ids[2]]));
    isDown = false;
    setting.clock.advance(10_000);
    await until(() => isSettled(setting), 'all');
    assert.deepEqual(
      idsOf(target).filter((id) => id !== ids[2]),
      [ids[0], ids[0], ids[1]],
    );
  });

  it('are numbered so that a reader who has read up to a number has missed none, however long a transaction is open', async () => {
    const setting = await openPushSetting(ending);
    const { context, run, queue } = setting;
    const late = Promise.withResolvers<void>();
    const queued = Promise.withResolvers<void>();
    const slow = run(async (tx) => {
      await tx.rows(
        `insert into monitoring.messages (message_id, institution_id, enterprise_id, type, data, at)
         values ('msg_slow', 'bank', 1, 'cn.xinqiao.alert.recalled', '{}', now())`,
      );
      queued.resolve();
      await late.promise;
    });
    await queued.promise;
    const [fast] = await queue({});
    assert.equal(await run((tx) => numberMessages(tx, context)), 1);
    late.resolve();
    await slow;
    assert.equal(await run((tx) => numberMessages(tx, context)), 1);
    const rows = await run((tx) =>
      tx.rows<{ message_id: string }>('select message_id from monitoring.messages order by number'),
    );
    assert.deepEqual(
      rows.map(({ message_id }) => message_id),
      [fast, 'msg_slow'],
    );
  });

  it('numbered by many at once have every number once and none left out', async () => {
    const setting = await openPushSetting(ending);
    const { context, run, queue } = setting;
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        await queue({}, {});
        await run((tx) => numberMessages(tx, context));
      }),
    );
    while ((await run((tx) => numberMessages(tx, context))) > 0);
    const rows = await run((tx) =>
      tx.rows<{ number: string }>('select number from monitoring.messages order by number'),
    );
    assert.deepEqual(
      rows.map(({ number }) => Number(number)),
      Array.from({ length: 20 }, (_, at) => at + 1),
    );
  });

  it('go through the platform by which the institution is served, and to nobody else', async () => {
    const setting = await openPushSetting(ending);
    const [bank, platform] = [await openTarget(ending), await openTarget(ending)];
    await connect(setting, bank);
    await connect(setting, platform, PLATFORM_ADMIN);
    const [through, direct] = await setting.queue(
      { platformId: 'platform' },
      { enterpriseId: enterprise(2) },
    );
    send(setting);
    await until(() => bank.received.length + platform.received.length === 2, 'both');
    assert.deepEqual([idsOf(platform), idsOf(bank)], [[through], [direct]]);
    assert.equal(platform.received[0]?.event['institution'], 'bank');
  });

  it('of an alert do not leave once the enterprise is watched no more; a recall does', async () => {
    const { setting, target } = await open();
    const raised = { type: 'cn.xinqiao.alert.raised' } as const;
    setting.watched.add('bank 1').add('bank 2').add('other-bank 3');
    const ids = await setting.queue(
      { ...raised, enterpriseId: enterprise(1) },
      { ...raised, enterpriseId: enterprise(2) },
      { ...raised, enterpriseId: enterprise(3) },
      { enterpriseId: enterprise(1) },
      { ...raised, enterpriseId: enterprise(2), data: { scope: 'authorised' } },
    );
    setting.watched.delete('bank 1');
    send(setting);
    await until(() => isSettled(setting), 'all ended');
    assert.deepEqual(new Set(idsOf(target)), new Set([ids[1], ids[3]]));
  });

  it('are sent to nobody whose admission is suspended, and after it is in force again', async () => {
    const { setting, target, endpointId } = await open();
    const set = (state: string) =>
      setting.run((tx) =>
        tx.rows(`update platform.admissions set state = $1 where participant_id = 'bank'`, [state]),
      );
    await set('suspended');
    await setting.queue({});
    const { stop } = send(setting);
    await until(async () => (await healthOf(setting, endpointId)).waiting === 1, 'it waits');
    await stop();
    assert.equal(target.received.length, 0);
    await set('admitted');
    send(setting);
    await until(() => target.received.length === 1, 'it goes');
  });
});

describe('after a crash', () => {
  it('at any step a message arrives at least once and always under one id', async () => {
    const { setting, target, endpointId } = await open();
    const { context, run, queue, clock } = setting;
    const claim = () => run((tx) => claimDeliveries(tx, context, { endpointId, limit: 5 }));
    const [id] = await queue({});
    // Between commit and numbering nothing is lost: another process numbers.
    assert.equal(await run((tx) => numberMessages(tx, context)), 1);
    // Taken on and never sent: nobody else has it until the lease is over.
    assert.equal((await claim()).claimed.length, 1);
    assert.equal((await claim()).claimed.length, 0);
    clock.advance(PUSH_LIMITS.leaseMs + 1);
    // Sent, and the sender dies before it writes that it was taken.
    const again = await claim();
    const [message] = again.claimed;
    assert.ok(message !== undefined);
    const channel = openChannel(new URL(target.url), context.network);
    const goneDatabase = openDatabase('postgres://127.0.0.1:1/gone');
    ending.after(() => goneDatabase.close());
    ending.after(() => channel.agent.destroy());
    const broken = { ...context, database: goneDatabase };
    const sending = { endpointId, channel, secrets: again.secrets, message };
    await assert.rejects(sendMessage(broken, sending), { code: 'database.unreachable' });
    assert.deepEqual(idsOf(target), [id]);
    clock.advance(PUSH_LIMITS.leaseMs + 1);
    send(setting);
    await until(() => isSettled(setting), 'taken');
    assert.deepEqual(idsOf(target), [id, id]);
  });

  it('a sender that wakes too late changes nothing of another’s attempt, unless its own arrived', async () => {
    const { setting, endpointId } = await open();
    const { context, run, clock } = setting;
    await setting.queue({});
    await run((tx) => numberMessages(tx, context));
    const claim = async () =>
      (await run((tx) => claimDeliveries(tx, context, { endpointId, limit: 1 }))).claimed[0] ?? assert.fail();
    const first = await claim();
    clock.advance(PUSH_LIMITS.leaseMs + 1);
    const second = await claim();
    assert.deepEqual([first.attempt, second.attempt], [1, 2]);
    const finish = (attempt: number, outcome: 'taken' | 'server_error') =>
      run((tx) =>
        finishDeliveries(tx, context, [
          { endpointId, number: first.number, attempt, outcome, at: clock.now() },
        ]),
      );
    const due = async () =>
      (await run((tx) => tx.rows<{ due_at: Date }>('select due_at from monitoring.push_deliveries')))[0]
        ?.due_at;
    const before = await due();
    await finish(first.attempt, 'server_error');
    assert.deepEqual(await due(), before);
    await finish(first.attempt, 'taken');
    await finish(second.attempt, 'server_error');
    assert.deepEqual([(await healthOf(setting, endpointId)).waiting], [0]);
  });

  it('attempts that end together are written together, each with what came of it', async () => {
    const { setting, endpointId } = await open();
    const { context, run, queue, clock } = setting;
    await queue(
      { enterpriseId: enterprise(1) },
      { enterpriseId: enterprise(2) },
      { enterpriseId: enterprise(3) },
    );
    await run((tx) => numberMessages(tx, context));
    const { claimed } = await run((tx) => claimDeliveries(tx, context, { endpointId, limit: 5 }));
    const finish = openFinisher(context);
    const outcomes = ['taken', 'server_error', 'taken'] as const;
    await Promise.all(
      claimed.map(({ number, attempt }, n) =>
        finish({ endpointId, number, attempt, outcome: outcomes[n] ?? assert.fail(), at: clock.now() }),
      ),
    );
    const written = await run((tx) =>
      tx.rows<{ state: string; last_outcome: string; writers: number }>(
        `select state, last_outcome, (select count(distinct xmin::text)::integer from monitoring.push_deliveries) as writers
         from monitoring.push_deliveries order by number`,
      ),
    );
    assert.deepEqual(
      written.map(({ state, last_outcome }) => `${state} ${last_outcome}`),
      ['delivered taken', 'waiting server_error', 'delivered taken'],
    );
    assert.equal(written[0]?.writers, 1, 'one transaction');
    assert.equal((await healthOf(setting, endpointId)).failures, 1);
  });

  it('two senders at once send each message once', async () => {
    const { setting, target } = await open();
    const ids = await setting.queue(
      ...Array.from({ length: 60 }, (_, n) => ({ enterpriseId: enterprise(1 + (n % 7)) })),
    );
    send(setting);
    send(setting);
    await until(() => isSettled(setting), 'all');
    assert.deepEqual(idsOf(target).toSorted(), ids.toSorted());
    for (let n = 0; n < 7; n += 1) {
      const own = ids.filter((_, at) => at % 7 === n);
      assert.deepEqual(
        idsOf(target).filter((id) => own.includes(id)),
        own,
        'in order',
      );
    }
  });
});

describe('a target that is down', () => {
  it('rests between attempts, and once it is back gets everything in order', async () => {
    const { setting, target, endpointId } = await open();
    const ids = await setting.queue({}, {}, { enterpriseId: enterprise(2) });
    let isDown = true;
    target.answer = (_, response) => void response.writeHead(isDown ? 500 : 204).end();
    send(setting);
    const isFailing = async (): Promise<boolean> => {
      setting.clock.advance(MINUTE_MS);
      return (await healthOf(setting, endpointId)).failures >= 9;
    };
    await until(isFailing, 'nine failures in a row');
    const { health, restsUntil, lastOutcome } = await healthOf(setting, endpointId);
    assert.deepEqual([health, lastOutcome], ['resting', 'server_error']);
    assert.ok(restsUntil !== null && restsUntil.getTime() > setting.clock.now().getTime());
    isDown = false;
    target.received.length = 0;
    const isCaughtUp = async (): Promise<boolean> => {
      setting.clock.advance(MINUTE_MS);
      return await isSettled(setting);
    };
    await until(isCaughtUp, 'all');
    // The clock runs faster here than attempts do: one whose lease runs out under way is made again.
    const inOrder = [...new Set(idsOf(target))].filter((id) => id !== ids[2]);
    assert.deepEqual(inOrder, [ids[0], ids[1]]);
    assert.equal((await healthOf(setting, endpointId)).health, 'good');
  });

  it('for three days is given up on; a replay sends it again under the same id', async () => {
    const { setting, target, endpointId } = await open();
    const { context, run, queue, clock } = setting;
    target.answer = (_, response) => void response.writeHead(503).end();
    const [id] = await queue({});
    const { stop } = send(setting);
    await until(async () => (await healthOf(setting, endpointId)).failures === 1, 'one failure');
    await stop();
    clock.advance(3 * DAY_MS + 1_000);
    assert.equal((await run((tx) => keepQueues(tx, context))).dead, 1);
    assert.deepEqual(
      [(await healthOf(setting, endpointId)).dead, (await healthOf(setting, endpointId)).waiting],
      [1, 0],
    );
    target.answer = (_, response) => void response.writeHead(200).end();
    target.received.length = 0;
    await assert.rejects(
      run((tx) => replayMessages(tx, context, { caller: OTHER_ADMIN, endpointId, isDeadOnly: true })),
      { code: 'push.endpoint_unknown' },
    );
    const replayed = await run((tx) =>
      replayMessages(tx, context, { caller: BANK_ADMIN, endpointId, isDeadOnly: true }),
    );
    assert.deepEqual(replayed, { queued: 1, upTo: '1' });
    send(setting);
    await until(() => target.received.length === 1, 'the replay');
    assert.deepEqual(idsOf(target), [id]);
    await until(() => isSettled(setting), 'written');
    const all = await run((tx) =>
      replayMessages(tx, context, { caller: OPERATOR, endpointId, after: '0', isDeadOnly: false }),
    );
    assert.equal(all.queued, 1);
    await until(() => target.received.length === 2, 'the second replay');
    assert.deepEqual(idsOf(target), [id, id]);
  });

  it('and for which too much waits is queued nothing more, until it has caught up', async () => {
    const { setting, target, endpointId } = await open();
    const { context, run, queue } = setting;
    await run((tx) =>
      tx.rows(
        `insert into monitoring.push_deliveries (endpoint_id, number, enterprise_id, queued_at, due_at)
         select $1, n, n, $2, 'infinity' from generate_series(1000000, 1000000 + $3::bigint) n`,
        [endpointId, setting.clock.now(), context.terms.waitingPerEndpointMax],
      ),
    );
    assert.equal((await run((tx) => keepQueues(tx, context))).full, 1);
    assert.equal((await healthOf(setting, endpointId)).health, 'full');
    await queue({});
    await run((tx) => numberMessages(tx, context));
    assert.equal((await healthOf(setting, endpointId)).waiting, context.terms.waitingPerEndpointMax + 1);
    await run((tx) => tx.rows(`delete from monitoring.push_deliveries where number > 1000100`));
    await run((tx) => keepQueues(tx, context));
    assert.equal((await healthOf(setting, endpointId)).health, 'good');
    assert.equal(target.received.length, 0);
  });

  it('may be paused and removed, and then nothing waits for it', async () => {
    const { setting, endpointId } = await open();
    const { context, run, queue } = setting;
    const change = (to: 'active' | 'paused' | 'removed') =>
      run((tx) => changeEndpoint(tx, context, { caller: OPERATOR, endpointId, to }));
    await change('paused');
    await queue({});
    await run((tx) => numberMessages(tx, context));
    assert.equal((await healthOf(setting, endpointId)).waiting, 0);
    await change('active');
    await queue({});
    await run((tx) => numberMessages(tx, context));
    assert.equal((await healthOf(setting, endpointId)).waiting, 1);
    await change('removed');
    const rows = await run((tx) =>
      tx.rows<{ state: string }>('select state from monitoring.push_deliveries'),
    );
    assert.deepEqual(rows, [{ state: 'dead' }]);
    await assert.rejects(change('active'), { code: 'push.endpoint_unknown' });
  });
});

describe('what was taken', () => {
  it('on a day that is over is one leaf with a root over its messages, recorded once', async () => {
    const { setting, target, endpointId } = await open();
    const { context, run, queue, clock } = setting;
    await queue({}, { enterpriseId: enterprise(2) });
    send(setting);
    await until(async () => (await healthOf(setting, endpointId)).deliveredToday === 2, 'taken');
    assert.equal(await recordPushReceipts(context), 0);
    clock.advance(DAY_MS);
    assert.equal(await recordPushReceipts(context), 1);
    assert.equal(await recordPushReceipts(context), 0);
    const [receipt] = await run((tx) =>
      tx.rows<{ day: string; pushes: number; merkle_root: string; kind: string; body: string }>(
        `select p.day::text, p.pushes, p.merkle_root, r.kind, b.body from monitoring.push_receipts p
         join security.receipts r using (receipt_id) join security.leaf_bodies b using (receipt_id)`,
      ),
    );
    const { day = '', merkle_root: merkleRoot = '' } = receipt ?? {};
    const taken = await run((tx) => readTaken(tx, { endpointId, day }));
    assert.deepEqual(taken.map(({ messageId }) => messageId).toSorted(), idsOf(target).toSorted());
    assert.equal(rootOfTaken(taken), merkleRoot);
    assert.notEqual(rootOfTaken(taken.toReversed()), merkleRoot);
    assert.equal(receipt?.kind, 'push_receipt');
    assert.deepEqual(JSON.parse(receipt.body), { endpoint: endpointId, day, pushes: 2, merkleRoot });
  });
});

after(() => assert.equal(endings.length, 0));
