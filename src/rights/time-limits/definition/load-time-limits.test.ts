import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Refusal } from '#kernel';
import { parse } from 'yaml';
import { loadTimeLimits } from './load-time-limits.ts';

const MODELS = join(import.meta.dirname, '..', '..', '..', '..', 'models');
const folder = mkdtempSync(join(tmpdir(), 'xinqiao-limits-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Models of a city that holds this one profile. */
function cityWith(name: string, profile: unknown): string {
  const city = mkdtempSync(join(folder, 'city-'));
  mkdirSync(join(city, 'rights', 'time-limits'), { recursive: true });
  writeFileSync(join(city, 'rights', 'time-limits', name), JSON.stringify(profile));
  return city;
}

type Shape = { id: string; version: string; terms: Record<string, Record<string, unknown>> };

/** Beijing's file with something changed. */
function beijing(change: (profile: Shape) => void): Shape {
  const profile = parse(readFileSync(join(MODELS, 'rights', 'time-limits', 'beijing.yaml'), 'utf8')) as Shape;
  change(profile);
  return profile;
}

const refused = (code: string, reason?: RegExp) => (error: Refusal) =>
  error.code === code && (reason === undefined || reason.test(String(error.params['reasons'])));

test('the package has the profiles that the policy’s comparison names, and begins with Beijing', () => {
  const { profiles, initial } = loadTimeLimits([MODELS], 'beijing');
  for (const id of ['national', 'shanghai', 'shenzhen', 'zhejiang', 'taizhou', 'beijing'])
    assert.ok(profiles.has(id), id);
  assert.equal(initial.id, 'beijing');
  assert.equal(profiles.get('taizhou')?.whileDisputed.mode, 'suspend');
  assert.equal(initial.whileDisputed.mode, 'mark');
});

test('every row cites, and says so where it was not read in a law', () => {
  for (const { id, terms } of loadTimeLimits([MODELS], 'beijing').profiles.values()) {
    for (const [term, { citation, known, note }] of Object.entries(terms)) {
      assert.ok(citation.zh !== '' && citation.en !== '', `${id} ${term}`);
      assert.equal(note === undefined, known === 'read', `${id} ${term}`);
    }
  }
});

test('a city’s own file replaces the package’s, and adds others', () => {
  const changed = beijing(({ terms }) => (terms['own_check'] = { ...terms['own_check'], count: 2 }));
  const [own, other] = [
    cityWith('beijing.yaml', changed),
    cityWith('tongzhou.yaml', { ...changed, id: 'tongzhou' }),
  ];
  const limits = loadTimeLimits([MODELS, own, other], 'tongzhou');
  assert.equal(limits.profiles.get('beijing')?.terms.own_check?.count, 2);
  assert.equal(limits.initial.id, 'tongzhou');
  assert.notEqual(limits.profiles.get('beijing')?.hash, loadTimeLimits([MODELS], 'beijing').initial.hash);
});

test('a file that does not hold stops the node and says why', () => {
  const cases: readonly [string, unknown, RegExp][] = [
    ['beijing.yaml', beijing((profile) => (profile.id = 'other')), /file and id differ/],
    ['beijing.yaml', beijing(({ terms }) => (terms['own_chek'] = { ...terms['own_check'] })), /terms/],
    [
      'beijing.yaml',
      beijing(({ terms }) => (terms['forward'] = { ...terms['forward'], count: -1 })),
      /count/,
    ],
    [
      'beijing.yaml',
      beijing(({ terms }) => (terms['mark'] = { ...terms['mark'], unit: 'working_day' })),
      /at once/,
    ],
    [
      'beijing.yaml',
      beijing(({ terms }) => (terms['mark'] = { ...terms['mark'], extension: { count: 1 } })),
      /at once/,
    ],
    ['beijing.yaml', beijing(({ terms }) => delete terms['forward']?.['citation']), /citation/],
    [
      'beijing.yaml',
      beijing(({ terms }) => delete terms['forward']?.['note']),
      /forward: proposal without a note/,
    ],
    ['beijing.yaml', 'a sentence', /\//],
  ];
  for (const [name, profile, reason] of cases) {
    const city = cityWith(name, profile);
    assert.throws(
      () => loadTimeLimits([MODELS, city], 'beijing'),
      refused('time_limits.definition_not_valid', reason),
      String(reason),
    );
  }
});

test('a setting that names no profile is refused', () => {
  assert.throws(() => loadTimeLimits([MODELS], 'atlantis'), refused('time_limits.profile_unknown'));
});
