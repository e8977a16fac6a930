import { Refusal } from '#kernel';
import { batchRefusal } from './batch-refusals.ts';

/** One line of the request with its number from 1, or why it is not one. */
export type RawLine =
  | { readonly no: number; readonly text: string }
  | { readonly no: number; readonly refusal: Refusal };

type LineLimits = {
  readonly lineBytesMax: number;
  readonly linesMax: number;
  readonly bytesMax: number;
};

const LF = 0x0a;

/**
 * Lines of UTF-8 text, ended by LF or CRLF; blank ones count and are passed over. A line too long or not UTF-8 is handed
 * on as its refusal and the rest goes on; past the limits of the whole one last refusal is handed on, and nothing after.
 */
export async function* splitLines(
  bytes: AsyncIterable<Uint8Array>,
  limits: LineLimits,
): AsyncGenerator<RawLine, void> {
  let no = 0;
  for await (const line of cutLines(bytes, limits)) {
    no += 1;
    if (line === 'too large' || no > limits.linesMax) {
      const { linesMax, bytesMax } = limits;
      yield { no, refusal: batchRefusal('query_batch.too_large', { linesMax, bytesMax }) };
      return;
    }
    const read = readLine(line, limits);
    if (read !== undefined) yield { no, ...read };
  }
}

/** Undefined: blank. */
function readLine(
  line: Buffer,
  { lineBytesMax }: LineLimits,
): { text: string } | { refusal: Refusal } | undefined {
  if (line.length > lineBytesMax)
    return { refusal: batchRefusal('query_batch.line_too_long', { bytesMax: lineBytesMax }) };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(line).trim();
    return text === '' ? undefined : { text };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { refusal: batchRefusal('query_batch.line_malformed', { place: 'UTF-8' }) };
  }
}

/** Of a line too long one byte more than the limit is kept, which shows that it was. */
async function* cutLines(
  bytes: AsyncIterable<Uint8Array>,
  { lineBytesMax, bytesMax }: LineLimits,
): AsyncGenerator<Buffer | 'too large', void> {
  let [seen, rest] = [0, Buffer.alloc(0)];
  for await (const chunk of bytes) {
    seen += chunk.length;
    const data = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let at = 0;
    for (let end = data.indexOf(LF); end >= 0; end = data.indexOf(LF, at)) {
      yield extended(rest, data.subarray(at, end), lineBytesMax);
      [rest, at] = [Buffer.alloc(0), end + 1];
    }
    rest = extended(rest, data.subarray(at), lineBytesMax);
    if (seen > bytesMax) {
      yield 'too large';
      return;
    }
  }
  if (rest.length > 0) yield rest;
}

function extended(rest: Buffer, more: Buffer, lineBytesMax: number): Buffer<ArrayBuffer> {
  return Buffer.concat([rest, more.subarray(0, Math.max(0, lineBytesMax + 1 - rest.length))]);
}
