import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import type { CompiledIndicators } from '../../src/evaluation/indicators/compile/compile-indicators.ts';
import { type IndicatorValue, STATUSES } from '../../src/evaluation/indicators/indicator.ts';
import { explainScore } from '../../src/evaluation/index-system/explanation/explain-score.ts';
import { publishedBaseline } from '../../src/evaluation/index-system/explanation/baseline.ts';
import {
  makeRandomRules,
  makeRandomValues,
} from '../../src/evaluation/index-system/random-system.test-support.ts';
import { indicatorsOf, scoreEnterprise } from '../../src/evaluation/index-system/scoring/score-enterprise.ts';
import { seededRandom } from '../../src/evaluation/laboratory/statistics/random.ts';
import type { EvaluationModel } from '../../src/evaluation/models/evaluation-model.ts';
import { compileScoring } from '../../src/evaluation/run/compile-scoring.ts';
import { dimensionsOfBins, toScoreRow } from '../../src/evaluation/run/score-row.ts';
import { cloneDatabase } from '../support/database.ts';

const database = await cloneDatabase({ after });
const random = seededRandom(11);
const SYSTEMS = 12;
const ENTERPRISES = 400;

/** Losses of so many leaves do not fit into one bigint. */
const MANY_LEAVES = 60;

function randomModel(isLarge: boolean): EvaluationModel {
  const { system, grading } = isLarge ? makeRandomRules(random, MANY_LEAVES) : makeRandomRules(random);
  const ids = [...indicatorsOf(system, grading)];
  const compiled: CompiledIndicators = { ids, order: [], sources: [], hash: '' };
  return { hash: '', system, grading, compiled };
}

/** Values of chance, some exactly on a cut and some of very small or large size. */
function randomValues(model: EvaluationModel): Map<string, IndicatorValue> {
  const values = makeRandomValues(random, model.system);
  for (const leaf of model.system.leaves) {
    const draw = random();
    const cut = leaf.bands[Math.floor(random() * leaf.bands.length)]?.to ?? 0;
    const odd = [cut, cut - Number.EPSILON * 4, -1e300, 1e300, 0.1 + 0.2, -0][Math.floor(random() * 6)] ?? 0;
    if (draw < 0.3 && Number.isFinite(odd)) values.set(leaf.indicator, { value: odd, status: 'ok' });
  }
  return values;
}

function valuesRelation(model: EvaluationModel, all: readonly Map<string, IndicatorValue>[]): string {
  const rows = all.map((values, at) => {
    const cells = model.compiled.ids.flatMap((id) => {
      const { value, status } = values.get(id) as IndicatorValue;
      const number = value === null ? 'null::float8' : `'${Object.is(value, -0) ? '-0' : value}'::float8`;
      return [number, `${STATUSES.indexOf(status)}::smallint`];
    });
    return `(${at}::bigint, ${cells.join(', ')})`;
  });
  const names = model.compiled.ids.flatMap((_, n) => [`v${n}`, `t${n}`]);
  return `(select * from (values ${rows.join(',\n')}) as given (enterprise_id, ${names.join(', ')}))`;
}

type SqlRow = {
  score: number;
  covered_marks: number;
  ceilings: number;
  state: number;
  grade: number | null;
  grade_by_score: number;
  bins: number[];
  reasons: number[];
};

test('the statement scores thousands of enterprises of chance like the function, bit for bit', async () => {
  let graded = 0;
  for (let n = 0; n < SYSTEMS; n += 1) {
    const model = randomModel(n % 4 === 3);
    const all = Array.from({ length: ENTERPRISES }, () => randomValues(model));
    const published = publishedBaseline(model.system);
    const medians = new Map(
      model.system.leaves.map(({ indicator, bands }) => [
        indicator,
        bands[Math.floor(random() * bands.length)]?.points ?? 0,
      ]),
    );
    const baseline = n % 2 === 0 ? published : { run: 'test', medians };
    const text = `${compileScoring(model, baseline, { values: valuesRelation(model, all) })} order by enterprise_id`;
    const rows = await inTransaction(database, (tx) => tx.rows<SqlRow>(text));
    assert.equal(rows.length, all.length);
    for (const [at, row] of rows.entries()) {
      const values = all[at] ?? new Map<string, IndicatorValue>();
      const scored = scoreEnterprise(model.system, values, { grading: model.grading });
      const own = toScoreRow(model, scored, baseline);
      assert.deepEqual(
        {
          score: row.score,
          coveredMarks: row.covered_marks,
          ceilings: row.ceilings,
          state: row.state,
          grade: row.grade,
          gradeByScore: row.grade_by_score,
          bins: row.bins,
          reasons: row.reasons,
        },
        own,
      );
      const told = explainScore(model.system, model.grading, {
        scored,
        values,
        baseline,
        evidence: new Map(),
      });
      assert.deepEqual(
        row.reasons.map((place) => model.system.leaves[place]?.indicator),
        told.against.map(({ indicator }) => indicator),
        'the reasons are those of the explanation',
      );
      assert.deepEqual(
        dimensionsOfBins(model.system, row.bins).map(({ points }) => points),
        scored.dimensions.map(({ points }) => points),
      );
      if (row.grade !== null) graded += 1;
    }
  }
  assert.ok(graded > (SYSTEMS * ENTERPRISES) / 3, 'chance did not leave most ungraded');
});
