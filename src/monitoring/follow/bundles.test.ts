import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rule } from '../rules/rule.ts';
import { planLanes } from './bundles.ts';

const rule = (id: string, ...contracts: string[]) =>
  ({ id, contracts, scope: id.startsWith('public') ? 'public' : 'authorised' }) as unknown as Rule;
const SOURCES: Readonly<Record<string, string>> = { a: 's1', b: 's1', c: 's2', d: 's3', e: 's3' };
const plan = (active: Rule[], shadow: Rule[] = []) =>
  planLanes({ active, shadow }, (id) => SOURCES[id]).map(({ sourceIds, bundles }) => ({
    sourceIds,
    bundles: bundles.map(({ contractIds, rules }) => [
      contractIds,
      [...rules.active, ...rules.shadow].map(({ id }) => id),
    ]),
  }));

test('datasets that no rule reads together are asked for apart, and wait together where they have one source', () => {
  assert.deepEqual(plan([rule('r1', 'a'), rule('r2', 'b'), rule('r3', 'c')]), [
    {
      sourceIds: ['s1'],
      bundles: [
        [['a'], ['r1']],
        [['b'], ['r2']],
      ],
    },
    { sourceIds: ['s2'], bundles: [[['c'], ['r3']]] },
  ]);
});

test('a rule over two sources binds them, also through a third dataset', () => {
  assert.deepEqual(plan([rule('r1', 'a', 'c'), rule('r2', 'd')], [rule('r3', 'c', 'e')]), [
    {
      sourceIds: ['s1', 's2', 's3'],
      bundles: [
        [['d'], ['r2']],
        [
          ['a', 'c', 'e'],
          ['r1', 'r3'],
        ],
      ],
    },
  ]);
});

test('public records of a dataset are asked for apart from what is authorised of it, and wait with it', () => {
  assert.deepEqual(plan([rule('r1', 'a'), rule('public1', 'a')]), [
    {
      sourceIds: ['s1'],
      bundles: [
        [['a'], ['r1']],
        [['a'], ['public1']],
      ],
    },
  ]);
});

test('a rule on a dataset that nobody answers is not followed', () => {
  assert.deepEqual(plan([rule('r1', 'a', 'unconnected')]), []);
});
