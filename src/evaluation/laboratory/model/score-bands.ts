const BANDS = 10;

/** Edges of ten bands with equal shares of rows, as far as equal scores allow; bands are [a, b). */
export function edgesOf(scores: Int32Array): number[] {
  const sorted = Int32Array.from(scores).sort();
  const edges = Array.from(
    { length: BANDS - 1 },
    (_, n) => sorted[Math.floor(((n + 1) * sorted.length) / BANDS)] ?? 0,
  );
  return [...new Set(edges)].filter((edge) => edge > (sorted[0] ?? 0));
}

export function countScores(scores: Int32Array, edges: readonly number[], weights?: Float64Array): number[] {
  const counts = Array.from({ length: edges.length + 1 }, () => 0);
  scores.forEach((score, row) => {
    const band = edges.reduce((at, edge) => (score >= edge ? at + 1 : at), 0);
    counts[band] = (counts[band] ?? 0) + (weights === undefined ? 1 : (weights[row] ?? 0));
  });
  return counts;
}
