import assert from 'node:assert/strict';
import { test } from 'node:test';
import { staysInside } from './manifest.ts';

test('a manifest names only what lies in the backup', () => {
  for (const path of ['keys', 'postgres/server/base/1/2', '..keys/a'])
    assert.equal(staysInside(path), true, path);
  for (const path of ['/etc/passwd', '..', '../x', 'keys/../../x', 'a//b'])
    assert.equal(staysInside(path), false, path);
});
