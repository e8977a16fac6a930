import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { stringify } from 'yaml';
import { interfaceState, lifecycleHeaders, loadLifecycles } from './lifecycle.ts';

const ONE = {
  interface: 'GET /api/v1/old',
  deprecatedOn: '2026-07-01',
  withdrawnOn: '2027-01-01',
  successor: 'GET /api/v2/new',
};

function folderWith(t: TestContext, ...lifecycles: object[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-lifecycle-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'lifecycle.yaml'), stringify({ lifecycles }));
  return folder;
}

test('a state turns with the Beijing day', () => {
  const at = (text: string) => interfaceState(ONE, new Date(text));
  assert.equal(at('2026-06-30T23:59:59+08:00'), 'current');
  assert.equal(at('2026-07-01T00:00:00+08:00'), 'deprecated');
  assert.equal(at('2026-12-31T23:59:59+08:00'), 'deprecated');
  assert.equal(at('2027-01-01T00:00:00+08:00'), 'withdrawn');
  assert.equal(interfaceState(undefined, new Date()), 'current');
});

test('headers are those of RFC 9745 and RFC 8594', () => {
  assert.deepEqual(lifecycleHeaders(ONE), {
    deprecation: '@1782835200',
    sunset: 'Thu, 31 Dec 2026 16:00:00 GMT',
    link: '</api/v2/new>; rel="successor-version"',
  });
  assert.equal('link' in lifecycleHeaders({ ...ONE, successor: null }), false);
});

test('a city’s entry replaces the package’s', (t) => {
  const later = { ...ONE, withdrawnOn: '2028-01-01' };
  const all = loadLifecycles([folderWith(t, ONE), folderWith(t, later), '/nowhere']);
  assert.deepEqual([...all.values()], [later]);
});

test('an end without notice, or in another form, is refused', (t) => {
  const refused = (entry: object) =>
    assert.throws(() => loadLifecycles([folderWith(t, entry)]), { code: 'interface.lifecycle_not_valid' });
  refused({ ...ONE, withdrawnOn: '2026-08-01' });
  refused({ ...ONE, withdrawnOn: '2026-13-45' });
  refused({ ...ONE, successor: undefined });
  refused({ ...ONE, price: 1 });
});
