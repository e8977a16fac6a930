import { emptyRoot, hashNode } from './hashes.ts';

/** A growing tree that remembers only the roots of its perfect subtrees, largest first: enough for its root. */
export type Frontier = { size: number; readonly peaks: Peak[] };
type Peak = { readonly height: number; readonly hash: Buffer };

/** Told of every perfect subtree as it is completed: leaves have height 0; `index` counts those of one height. */
export type SeePerfect = (height: number, index: number, hash: Buffer) => void;

export function openFrontier(): Frontier {
  return { size: 0, peaks: [] };
}

export function pushLeaf(frontier: Frontier, leafHash: Buffer, see: SeePerfect = () => {}): void {
  let [height, index, hash] = [0, frontier.size, leafHash];
  see(height, index, hash);
  for (let left = frontier.peaks.at(-1); left?.height === height; left = frontier.peaks.at(-1)) {
    frontier.peaks.pop();
    [height, index, hash] = [height + 1, Math.floor(index / 2), hashNode(left.hash, hash)];
    see(height, index, hash);
  }
  frontier.peaks.push({ height, hash });
  frontier.size += 1;
}

export function frontierRoot({ peaks }: Frontier): Buffer {
  if (peaks.length === 0) return emptyRoot();
  return peaks.map(({ hash }) => hash).reduceRight((right, left) => hashNode(left, right));
}
