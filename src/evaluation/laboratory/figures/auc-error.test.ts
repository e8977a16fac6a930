import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discriminationOf } from './discrimination.ts';
import { seededRandom } from '../statistics/random.ts';
import { aucErrorOf } from './auc-error.ts';

test('the error is the spread of the AUC of drawn samples, for scores of the shape that it is exact for', () => {
  const random = seededRandom(3);
  const exponential = (mean: number): number => -mean * Math.log(1 - random());
  const [goods, bads, mean] = [120, 40, 3];
  const bad = Uint8Array.from({ length: goods + bads }, (_, at) => Number(at < bads));
  const areas = Array.from(
    { length: 2_000 },
    () =>
      discriminationOf(
        Float64Array.from(bad, (isBad) => exponential(isBad === 1 ? mean : 1)),
        { bad },
      ).auc,
  );
  const middle = areas.reduce((sum, area) => sum + area, 0) / areas.length;
  const spread = Math.sqrt(areas.reduce((sum, area) => sum + (area - middle) ** 2, 0) / areas.length);
  const error = aucErrorOf(mean / (1 + mean), { goods, bads });
  assert.ok(Math.abs(spread / error - 1) < 0.06, `${spread} against ${error}`);
});

test('an AUC over four times as many rows has about half the error', () => {
  const [few, many] = [1, 4].map((times) => aucErrorOf(0.75, { goods: 200 * times, bads: 50 * times }));
  assert.ok(Math.abs((few ?? 0) / (many ?? 1) - 2) < 0.02);
});
