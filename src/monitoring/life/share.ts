import assert from 'node:assert';
import { wilsonOf } from '#evaluation';

/** A share with what it was counted from and its 95 % interval (Wilson); null where nothing was counted. */
export type Share = {
  readonly hits: number;
  readonly of: number;
  readonly share: number | null;
  readonly from: number | null;
  readonly to: number | null;
};

export function shareOf(hits: number, of: number): Share {
  assert(hits >= 0 && hits <= of, 'a part is no more than the whole');
  if (of === 0) return { hits, of, share: null, from: null, to: null };
  const [from, to] = wilsonOf({ rows: of, badRate: hits / of });
  return { hits, of, share: hits / of, from, to };
}
