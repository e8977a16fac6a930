import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadDefinitions } from '../model/definitions.ts';
import { formerTradeName, tradeName } from './names.ts';

const { names } = loadDefinitions();

test('no two of three hundred thousand enterprises share a trade name, also not a former one', () => {
  const seen = new Set<string>();
  for (let index = 0; index < 300_000; index += 1)
    seen.add(tradeName(names, index)).add(formerTradeName(names, index));
  assert.equal(seen.size, 600_000);
});
