import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { splitLines } from './split-lines.ts';

const LIMITS = { lineBytesMax: 10, linesMax: 5, bytesMax: 60 };

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function linesOf(content: string | Buffer, size = 3): Promise<(string | number)[][]> {
  const lines: (string | number)[][] = [];
  for await (const line of splitLines(inPieces(Buffer.from(content), size), LIMITS))
    lines.push([line.no, 'text' in line ? line.text : line.refusal.code]);
  return lines;
}

describe('lines of a batch', () => {
  it('are the same however the bytes come', async () => {
    for (const size of [1, 2, 3, 7, 100])
      assert.deepEqual(await linesOf('甲乙\r\n\nb\nlast', size), [
        [1, '甲乙'],
        [3, 'b'],
        [4, 'last'],
      ]);
  });

  it('that are too long or not UTF-8 are refused, and the next is read', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${'x'.repeat(30)}\n`),
      Buffer.from([0xff, 0x0a]),
      Buffer.from('c'),
    ]);
    assert.deepEqual(await linesOf(bytes), [
      [1, 'query_batch.line_too_long'],
      [2, 'query_batch.line_malformed'],
      [3, 'c'],
    ]);
    assert.deepEqual(await linesOf('0123456789\n'), [[1, '0123456789']]);
  });

  it('end at the limits of the whole', async () => {
    const lines = await linesOf('a\n'.repeat(9));
    assert.deepEqual(lines.at(-1), [6, 'query_batch.too_large']);
    assert.equal(lines.length, 6);
    assert.deepEqual((await linesOf('x'.repeat(70))).at(-1), [1, 'query_batch.too_large']);
  });
});
