import assert from 'node:assert';

const STEPS_MAX = 10_000;
const CHANGE_MAX = 1e-14;

/**
 * Greatest eigenvalue and its vector (adding up to 1) of a positive square matrix, by power iteration, which converges
 * for every such matrix (Perron and Frobenius).
 */
export function principalEigen(matrix: readonly (readonly number[])[]): {
  readonly vector: readonly number[];
  readonly lambdaMax: number;
} {
  let vector: readonly number[] = matrix.map(() => 1 / matrix.length);
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const image = multiply(matrix, vector);
    const lambdaMax = image.reduce((sum, value) => sum + value, 0);
    const next = image.map((value) => value / lambdaMax);
    const change = Math.max(...next.map((value, at) => Math.abs(value - (vector[at] ?? 0))));
    vector = next;
    if (change <= CHANGE_MAX) return { vector, lambdaMax };
  }
  return assert.fail('power iteration did not converge');
}

function multiply(matrix: readonly (readonly number[])[], vector: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0));
}
