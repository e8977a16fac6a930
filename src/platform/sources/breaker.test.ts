import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Breaker } from './breaker.ts';

function openBreaker() {
  let now = 0;
  const breaker = new Breaker({ failures: 2, openMs: 100 }, { now: () => new Date(now) });
  const call = (result: 'answered' | 'failed' | 'neither'): boolean => {
    const pass = breaker.admit();
    if (pass !== undefined) breaker.settle(pass, result);
    return pass !== undefined;
  };
  return { breaker, call, step: (ms: number) => (now += ms) };
}

test('failures open it only in a row', () => {
  const { breaker, call } = openBreaker();
  for (const result of ['failed', 'answered', 'failed', 'neither'] as const) assert.ok(call(result));
  assert.equal(breaker.state, 'closed');
  assert.ok(call('failed'));
  assert.equal(breaker.state, 'open');
  assert.equal(call('answered'), false);
});

test('after its time one probe goes at a time, and decides', () => {
  const { breaker, call, step } = openBreaker();
  call('failed');
  call('failed');
  step(100);
  const probe = breaker.admit();
  assert.ok(probe?.isProbe);
  assert.equal(breaker.admit(), undefined);
  breaker.settle(probe, 'neither');
  assert.ok(call('failed'), 'a probe that said nothing frees the way for another');
  assert.equal(breaker.state, 'open');
  step(100);
  assert.ok(call('answered'));
  assert.equal(breaker.state, 'closed');
});

test('a call from before the opening does not end the probe of another', () => {
  const { breaker, call, step } = openBreaker();
  const early = breaker.admit();
  call('failed');
  call('failed');
  step(100);
  const probe = breaker.admit();
  assert.ok(early !== undefined && probe !== undefined);
  breaker.settle(early, 'neither');
  assert.equal(breaker.admit(), undefined);
  breaker.settle(probe, 'answered');
  assert.equal(breaker.state, 'closed');
});
