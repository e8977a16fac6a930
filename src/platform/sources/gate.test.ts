import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from './gate.ts';

const never = new AbortController().signal;

/** Enters one after the other without waiting; `order` tells who got a place, in turn. */
function entering(gate: Gate) {
  const order: string[] = [];
  const turned: string[] = [];
  const enter = (party: string, times = 1, signal = never): void => {
    for (let at = 0; at < times; at += 1) {
      gate.enter(party, signal).then(
        () => order.push(party),
        () => turned.push(party),
      );
    }
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { order, turned, enter, settle };
}

test('places go round by institution, not to whoever came first', async () => {
  const gate = new Gate({ concurrencyMax: 1, queueMax: 100 });
  const { order, enter, settle } = entering(gate);
  enter('a', 6);
  enter('b', 2);
  enter('c', 1);
  for (let at = 0; at < 8; at += 1) {
    await settle();
    gate.leave(order.at(-1) ?? '');
  }
  await settle();
  assert.deepEqual(order, ['a', 'a', 'b', 'c', 'a', 'b', 'a', 'a', 'a']);
});

test('whoever holds fewest places is next, until the shares are equal', async () => {
  const gate = new Gate({ concurrencyMax: 4, queueMax: 100 });
  const { order, enter, settle } = entering(gate);
  enter('slow', 10);
  await settle();
  enter('other', 10);
  for (let at = 0; at < 2; at += 1) gate.leave('slow');
  await settle();
  assert.deepEqual(order, ['slow', 'slow', 'slow', 'slow', 'other', 'other']);
  assert.deepEqual(gate.stateOf('slow'), { running: 2, waiting: 6 });
  assert.deepEqual(gate.state, { limit: 4, running: 4, waiting: 14, parties: 2, share: 2 });
});

test('a queue that one institution has filled still has room for another', async () => {
  const gate = new Gate({ concurrencyMax: 1, queueMax: 4 });
  const { turned, enter, settle } = entering(gate);
  enter('flood', 6);
  await settle();
  assert.deepEqual(turned, ['flood']);
  enter('other', 3);
  await settle();
  assert.deepEqual(turned.toSorted(), ['flood', 'flood', 'flood', 'other'], 'two and two wait');
});

test('who gives up leaves no trace, and a raised limit lets the waiting in', async () => {
  const gate = new Gate({ concurrencyMax: 1, queueMax: 10 });
  const { order, turned, enter, settle } = entering(gate);
  const stop = new AbortController();
  enter('a', 1);
  enter('b', 1, stop.signal);
  enter('c', 1);
  stop.abort();
  gate.change(2);
  await settle();
  assert.deepEqual([order, turned], [['a', 'c'], ['b']]);
  gate.change(1);
  gate.leave('a');
  enter('d', 1);
  await settle();
  assert.equal(gate.state.waiting, 1, 'a lowered limit holds for the next');
  gate.leave('c');
  await settle();
  assert.deepEqual(order, ['a', 'c', 'd']);
});
