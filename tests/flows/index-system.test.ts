import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  applyChanges,
  explainScore,
  factsOf,
  type Grading,
  type IndexSystem,
  type IndicatorValues,
  indicatorsOf,
  loadIndexSystems,
  loadIndicators,
  publishedBaseline,
  scoreEnterprise,
} from '#evaluation';
import { loadCatalogue } from '#lists';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'models', 'index-systems');
const folder = mkdtempSync(join(tmpdir(), 'xinqiao-index-system-'));
after(() => rmSync(folder, { recursive: true }));

const book = loadIndicators([join(ROOT, 'models')], loadCatalogue([join(ROOT, 'lists')]));
const facts = factsOf(book);
const { systems, gradings } = loadIndexSystems([FOLDER], facts);
const system = require(systems.get('public-credit'));
const grading = require(gradings.get('grades-public-credit'));

function require<Thing>(thing: Thing | undefined): Thing {
  assert.ok(thing !== undefined);
  return thing;
}

/** An enterprise of which nothing is on record, but for these values. */
function valuesOf(known: Readonly<Record<string, number>> = {}): IndicatorValues {
  return new Map(
    [...indicatorsOf(system, grading)].map((id) => {
      const value = known[id] ?? book.indicators.get(id)?.definition.empty ?? null;
      return [id, { value, status: known[id] === undefined ? 'empty' : 'ok' }] as const;
    }),
  );
}

const score = (values: IndicatorValues) => scoreEnterprise(system, values, { grading });
const explain = (values: IndicatorValues) =>
  explainScore(system, grading, {
    scored: score(values),
    values,
    baseline: publishedBaseline(system),
    evidence: new Map(),
  });

describe('the published system', () => {
  it('rests on indicators that exist, are replicated and may be used for grades', () => {
    for (const { indicator } of system.leaves) {
      assert.equal(facts.get(indicator)?.coverage, 'replicated');
      assert.ok(facts.get(indicator)?.uses.includes('grade'));
    }
  });

  it('puts each indicator into the dimension that the indicator names', () => {
    const names = new Map(system.dimensions.map(({ id, name }) => [id, name.zh]));
    for (const { indicator, dimension } of system.leaves)
      assert.equal(book.indicators.get(indicator)?.definition.dimension, names.get(dimension), indicator);
  });

  it('tells a clean enterprise with its reports from an excellent one and from a listed one', () => {
    const clean = { report_years_5y: 4, age_days: 2_000 };
    assert.equal(score(valuesOf(clean)).grade, 'B+');
    const excellent = {
      ...clean,
      tax_level_a_years_5y: 4,
      qualification_valid_count: 3,
      patent_granted_count: 5,
      honour_count_60m: 3,
      hightech_valid: 1,
      environment_grade: 4,
    };
    assert.equal(score(valuesOf(excellent)).grade, 'A+');
    const listed = score(valuesOf({ ...excellent, serious_dishonest_now: 1 }));
    assert.deepEqual([listed.gradeByScore, listed.grade], ['A', 'D']);
    assert.deepEqual(
      listed.ceilings.map(({ id, isBinding }) => [id, isBinding]),
      [['veto_serious_dishonest_now', true]],
    );
    assert.equal(score(valuesOf({ ...excellent, abnormal_listed_now: 1 })).grade, 'C');
  });

  it('gives an enterprise that no source covers a score in the middle and no grade', () => {
    const nothing = new Map(
      [...valuesOf()].map(([id]) => [id, { value: null, status: 'not_covered' as const }]),
    );
    const { score: points, grade, state, coverage } = score(nothing);
    assert.ok(points > 600_00 && points < 900_00);
    assert.deepEqual([grade, state, coverage.marks], [null, 'insufficient_data', 0]);
  });

  it('explains what counts against an enterprise and the cheapest way to the next grade, which holds', () => {
    const values = valuesOf({
      report_years_5y: 4,
      abnormal_listed_now: 1,
      city_fine_unpaid: 1,
      penalty_count_24m: 1,
    });
    const { against, changes, scored } = explain(values);
    assert.equal(scored.grade, 'C');
    assert.deepEqual(against[0]?.reasonCode, 'abnormal_listed_now.2');
    assert.ok(changes.state === 'reached');
    assert.deepEqual(
      changes.changes.map(({ indicator }) => indicator),
      ['abnormal_listed_now'],
    );
    const after = score(applyChanges(values, changes.changes));
    assert.equal(after.score, changes.scoreAfter);
    assert.equal(after.gradeByScore, after.grade);
  });

  it('says that nothing helps while a listing stands that only its authority ends', () => {
    const { changes } = explain(valuesOf({ serious_dishonest_now: 1 }));
    assert.ok(changes.state === 'out_of_reach');
    assert.deepEqual(changes.heldBy, ['veto_serious_dishonest_now']);
  });
});

describe('a city’s folder', () => {
  const text = readFileSync(join(FOLDER, 'grades-public-credit.yaml'), 'utf8');
  const load = (
    name: string,
    content: string,
  ): { grading: Grading | undefined; system: IndexSystem | undefined } => {
    const city = mkdtempSync(join(folder, 'city-'));
    writeFileSync(join(city, name), content);
    const loaded = loadIndexSystems([FOLDER, city], facts);
    return {
      grading: loaded.gradings.get('grades-public-credit'),
      system: loaded.systems.get('public-credit'),
    };
  };

  it('replaces a file of the package under another hash and leaves the others', () => {
    const own = load('grades-public-credit.yaml', text.replace('days: 10', 'days: 15'));
    assert.equal(own.grading?.notice.days, 15);
    assert.notEqual(own.grading?.hash, grading.hash);
    assert.equal(own.system?.hash, system.hash);
  });

  it('is refused for an indicator that does not exist, a followed one, or a file under another name', () => {
    const scoring = readFileSync(join(FOLDER, 'public-credit.yaml'), 'utf8');
    const wrong: [string, string, RegExp][] = [
      [
        'grades-public-credit.yaml',
        text.replaceAll('insolvency_now', 'no_such_thing'),
        /no indicator no_such_thing/,
      ],
      [
        'public-credit.yaml',
        scoring.replace('indicator: insolvency_now', 'indicator: no_such_thing'),
        /no indicator no_such_thing/,
      ],
      [
        'public-credit.yaml',
        scoring.replace('indicator: insolvency_now', 'indicator: tax_unpaid_12m'),
        /followed data/,
      ],
      ['other.yaml', scoring, /file and id differ/],
    ];
    for (const [name, content, reasons] of wrong)
      assert.throws(() => load(name, content), {
        code: 'index_system.definition_not_valid',
        message: reasons,
      });
  });
});

describe('xinqiao weights', () => {
  const at = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const run = (...words: string[]) => {
    const main = join(ROOT, 'src', 'entry', 'cli', 'main.ts');
    const { stdout, status } = spawnSync(process.execPath, [main, 'weights', ...words, '--json'], {
      encoding: 'utf8',
    });
    return { status, answer: JSON.parse(stdout) as Record<string, unknown> };
  };

  it('ahp weighs by several experts and shares marks out to the last one', () => {
    const file = at(
      'ahp.yaml',
      "criteria: [a, b]\nexperts:\n  - { id: 甲, judgements: [[2]] }\n  - { id: 乙, judgements: [['1/2']] }\n",
    );
    const { status, answer } = run('ahp', file, '--marks', '101');
    assert.equal(status, 0);
    assert.deepEqual([answer['marks'], answer['table']], [{ a: 51, b: 50 }, 'saaty-1980']);
  });

  it('ahp refuses contradicting judgements, entropy and critic read any table', () => {
    const file = at(
      'wrong.yaml',
      'criteria: [a, b, c]\nexperts: [{ id: 甲, judgements: [[9, 0.2], [9]] }]\n',
    );
    const refused = run('ahp', file);
    assert.equal(refused.status, 1);
    assert.partialDeepStrictEqual(refused.answer, { error: { code: 'weights.inconsistent' } });
    const csv = at('values.csv', 'name,x,y\na,1,4\nb,2,2\nc,,1\nd,4,9\n');
    assert.partialDeepStrictEqual(run('critic', csv, '--lower', 'y').answer, {
      method: 'critic',
      rows: 3,
      leftOut: 1,
    });
    assert.partialDeepStrictEqual(run('entropy', csv, '--columns', 'x', 'y').answer, {
      method: 'entropy',
      constant: [],
    });
  });
});
