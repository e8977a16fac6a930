/** A symmetric positive matrix, row by row, and its lower triangle L with L·Lᵀ = the matrix. */
export type Triangle = { readonly size: number; readonly rows: Float64Array };

/** A pivot below this share of its diagonal is none: the column follows from those before it. */
const PIVOT_MIN = 1e-10;

/** Cholesky's decomposition; where a column follows from those before it, its place instead. */
export function decompose(matrix: Float64Array, size: number): Triangle | { readonly dependent: number } {
  const rows = new Float64Array(matrix.length);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let value = matrix[row * size + column] ?? 0;
      for (let n = 0; n < column; n += 1) {
        value -= (rows[row * size + n] ?? 0) * (rows[column * size + n] ?? 0);
      }
      if (row > column) rows[row * size + column] = value / (rows[column * size + column] ?? 1);
      else if (!(value > PIVOT_MIN * (matrix[row * size + row] ?? 0))) return { dependent: row };
      else rows[row * size + row] = Math.sqrt(value);
    }
  }
  return { size, rows };
}

/** x with L·Lᵀ·x = right. */
export function solve({ size, rows }: Triangle, right: Float64Array): Float64Array {
  const x = Float64Array.from(right);
  for (let row = 0; row < size; row += 1) {
    let value = x[row] ?? 0;
    for (let n = 0; n < row; n += 1) value -= (rows[row * size + n] ?? 0) * (x[n] ?? 0);
    x[row] = value / (rows[row * size + row] ?? 1);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    let value = x[row] ?? 0;
    for (let n = row + 1; n < size; n += 1) value -= (rows[n * size + row] ?? 0) * (x[n] ?? 0);
    x[row] = value / (rows[row * size + row] ?? 1);
  }
  return x;
}

/** The diagonal of the matrix's inverse. */
export function inverseDiagonal(triangle: Triangle): Float64Array {
  return Float64Array.from({ length: triangle.size }, (_, at) => {
    const unit = new Float64Array(triangle.size);
    unit[at] = 1;
    return solve(triangle, unit)[at] ?? 0;
  });
}
