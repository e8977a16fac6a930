import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { openMetrics } from '../../src/entry/http/metrics.ts';
import { endingOf, openTestNode } from './http-node.ts';

test('the metrics say how pushing does, and neither whose endpoints these are nor where', async () => {
  const node = await openTestNode(endingOf(after));
  const now = node.clock.now();
  await inTransaction(node.database, async (tx) => {
    await tx.rows(
      `insert into monitoring.endpoints (endpoint_id, participant_id, url, state, sealed_secret, registered_by,
         registered_at, failures, rests_until, full_since)
       select 'end_' || name, 'bank_' || name, 'https://hooks.example/' || name, state, 's', 't', $1, failures,
         case when name = 'resting' then $1::timestamptz + interval '1 minute' end,
         case when name = 'full' then $1::timestamptz end
       from (values ('a', 'active', 0), ('b', 'active', 2), ('resting', 'active', 7), ('full', 'active', 9),
         ('paused', 'paused', 0), ('gone', 'removed', 0)) as e (name, state, failures)`,
      [now],
    );
    await tx.rows(
      `insert into monitoring.push_deliveries (endpoint_id, number, enterprise_id, queued_at, due_at, state, ended_at)
       select 'end_b', n, n, $1::timestamptz - interval '1 hour', $1,
         case when n <= 3 then 'waiting' when n <= 5 then 'dead' else 'delivered' end,
         case when n > 3 then $1::timestamptz - n * interval '12 minutes' end
       from generate_series(1, 8) n`,
      [now],
    );
  });
  const { registry } = openMetrics(node);
  const text = await registry.metrics();
  const figure = (name: string): number => {
    const line = text.split('\n').find((one) => one.startsWith(`${name} `)) ?? assert.fail(name);
    return Number(line.split(' ').at(-1));
  };
  const endpoints = ['good', 'failing', 'resting', 'full', 'idle'].map((health) =>
    figure(`xinqiao_push_endpoints{health="${health}"}`),
  );
  assert.deepEqual(endpoints, [1, 1, 1, 1, 1]);
  assert.equal(figure('xinqiao_push_messages{state="waiting"}'), 3);
  assert.equal(figure('xinqiao_push_messages{state="given_up"}'), 1, 'the other was given up an hour ago');
  assert.ok(figure('xinqiao_push_oldest_waiting_seconds') >= 3_600);
  assert.equal(figure('xinqiao_log_waiting'), 0, 'of this collection, not of the one before');
  assert.doesNotMatch(text, /bank_|end_a|hooks\.example/);
});
