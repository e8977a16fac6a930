import type { MerkleTree } from './merkle.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;

/**
 * Adds each of the COPY lines of accepted rows as a leaf: what stands between its row number and its original, so that
 * neither the place in the file nor the spelling counts. A tab or newline of a value is escaped and never found here.
 */
export function addLines(merkle: MerkleTree, lines: Buffer): void {
  for (let at = 0; at < lines.length; ) {
    const end = lines.indexOf(NEWLINE, at);
    merkle.add(lines, lines.indexOf(TAB, at) + 1, lines.lastIndexOf(TAB, end));
    at = end + 1;
  }
}
