import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Refusal } from '#kernel';
import { loadPushTerms } from './push-terms.ts';

const MODELS = join(import.meta.dirname, '..', '..', '..', 'models');
const PACKAGE = readFileSync(join(MODELS, 'monitoring', 'push.yaml'), 'utf8');
type Change = readonly [from: string, to: string];

/** The package's file with changes, as a city's own; returns what is loaded. */
function openCity(t: { after: (work: () => void) => void }) {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-push-terms-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return (...changes: readonly Change[]) => {
    let text = PACKAGE;
    for (const [from, to] of changes) {
      assert.ok(text.includes(from), from);
      text = text.replace(from, to);
    }
    mkdirSync(join(folder, 'monitoring'), { recursive: true });
    writeFileSync(join(folder, 'monitoring', 'push.yaml'), text);
    return loadPushTerms([MODELS, folder]);
  };
}

test('a city replaces the terms of pushing by a file of its own', (t) => {
  assert.equal(loadPushTerms([MODELS]).deadAfterMs, 72 * 3_600_000);
  assert.equal(openCity(t)(['giveUpAfterHours: 72', 'giveUpAfterHours: 24']).deadAfterMs, 24 * 3_600_000);
});

test('terms that cannot be meant stop the start and say which', (t) => {
  const load = openCity(t);
  const wrong: readonly [reason: RegExp, ...changes: Change[]][] = [
    [/afterSeconds grows/, ['[5, 30,', '[30, 5,']],
    [/giveUpAfterHours/, ['giveUpAfterHours: 72', 'giveUpAfterHours: 1000']],
    [/second attempt/, ['[5, 30, 120, 600, 1800, ', '['], ['giveUpAfterHours: 72', 'giveUpAfterHours: 1']],
    [/shortestSeconds exceeds/, ['shortestSeconds: 30', 'shortestSeconds: 1000']],
    [/waitingPerEndpointMax/, ['waitingPerEndpointMax: 50000', 'waitingPerEndpointMax: 0']],
    [/\/retry/, ['jitterPercent: 20', 'jitterPercent: 20\n  more: 1']],
  ];
  for (const [reason, ...changes] of wrong) {
    const isTold = (error: unknown): boolean =>
      error instanceof Refusal &&
      error.code === 'push.terms_not_valid' &&
      reason.test(String(error.params['reason']));
    assert.throws(() => load(...changes), isTold, String(reason));
  }
  assert.throws(() => loadPushTerms([]), { code: 'push.terms_not_valid' });
});
