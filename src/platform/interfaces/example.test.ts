import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { exampleOf } from './example.ts';

const SAMPLES = { code: [7, 'n08', '91110000MA01ABCD4X'], keys: [{ kid: 'a' }, [{ kid: 'b' }]] };

test('a sample is used where it fits, and only there', () => {
  const schema = Type.Object({
    code: Type.String({ pattern: '^[0-9A-Z]{18}$' }),
    codes: Type.Array(Type.String({ pattern: '^[a-z]' })),
    keys: Type.Array(Type.Object({ kid: Type.String() })),
  });
  const wanted = { code: '91110000MA01ABCD4X', codes: ['n08'], keys: [{ kid: 'b' }] };
  assert.deepEqual(exampleOf(schema, SAMPLES), wanted);
});

test('without a sample the schema itself tells', () => {
  const schema = Type.Object({
    id: Type.String({ pattern: '^dsc_[0-9a-z]{26}$' }),
    state: Type.Enum(['open', 'done']),
    at: Type.String({ format: 'date-time' }),
    next: Type.Union([Type.Integer({ minimum: 5 }), Type.Null()]),
    name: Type.String({ pattern: '^[a-z][a-z0-9_]{1,39}$' }),
    done: Type.Literal(true),
  });
  assert.deepEqual(exampleOf(schema, {}), {
    id: 'dsc_01hzy3v9k2m4n6p8q0r1s2t3v4',
    state: 'open',
    at: '2026-07-01T02:00:00.000Z',
    next: 5,
    name: 'example',
    done: true,
  });
});

test('an example that the schema itself carries is the one', () => {
  assert.deepEqual(exampleOf({ type: 'object', examples: [{ a: 1 }] }, SAMPLES), { a: 1 });
});
