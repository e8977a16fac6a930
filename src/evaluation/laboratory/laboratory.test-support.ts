import { seededRandom } from './statistics/random.ts';
import {
  type CategoricalColumn,
  makeTable,
  type NumericColumn,
  type Table,
  type Target,
} from './table/columns.ts';

/** Rows with a straight, a bent and a useless number, one with gaps and codes, and a category; the same by seed. */
export function makeSample(seed: number | string, rowCount = 2_000): { table: Table; target: Target } {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const [straight, bent, useless, gaps] = [0, 1, 2, 3].map(() => new Float64Array(rowCount));
  const codes = new Int32Array(rowCount);
  const bad = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const [a, b, c] = [Math.round(normal() * 20) / 10, normal(), Math.floor(random() * 6)];
    const chance = random();
    set(straight, row, a);
    set(bent, row, b);
    set(useless, row, normal());
    set(gaps, row, chance < 0.1 ? Number.NaN : chance < 0.2 ? -999 : a + normal());
    codes[row] = c === 5 ? -1 : c;
    const logOdds = -1.2 + 0.8 * a + 0.7 * (b * b - 1) + (c === 2 ? 0.8 : 0) + (chance < 0.1 ? 0.6 : 0);
    bad[row] = Number(random() < 1 / (1 + Math.exp(-logOdds)));
  }
  const numbers = { straight, bent, useless, gaps };
  const columns = Object.entries(numbers).map(([name, values = new Float64Array()]) => numeric(name, values));
  return {
    table: makeTable([...columns, category('kind', codes, ['a', 'b', 'c', 'd', 'e'])]),
    target: { bad },
  };
}

function set(values: Float64Array | undefined, row: number, value: number): void {
  if (values !== undefined) values[row] = value;
}

export function numeric(name: string, values: Float64Array | readonly number[]): NumericColumn {
  return { kind: 'numeric', name, values: Float64Array.from(values) };
}

export function category(name: string, codes: Int32Array, categories: readonly string[]): CategoricalColumn {
  return { kind: 'categorical', name, codes, categories };
}
