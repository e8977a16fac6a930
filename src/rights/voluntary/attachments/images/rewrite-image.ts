import assert from 'node:assert';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ATTACHMENT_LIMITS } from '../../voluntary-limits.ts';
import { attachmentRefusal } from '../attachment-refusals.ts';
import { requireBounded } from './bounded-image.ts';
import type { ImageKind, ImageReply, ImageTask } from './image-shape.ts';

/**
 * A picture taken apart to its pixels and written anew, upright, by a thread of its own that ends with it: what it said of
 * itself (EXIF, colour profile, text, thumbnails), what stood behind its end and what only a broken reader would have seen is
 * gone. Throws `attachments.image_wrong`, `attachments.image_too_large`.
 */
export async function rewriteImage(kind: ImageKind, bytes: Buffer): Promise<Buffer> {
  requireBounded(kind, bytes);
  const reply = await inThread({ kind, bytes });
  if (reply.kind === 'wrong') throw attachmentRefusal('attachments.image_wrong');
  if (reply.bytes.length > ATTACHMENT_LIMITS.expandedBytesMax)
    throw attachmentRefusal('attachments.image_too_large');
  return Buffer.from(reply.bytes.buffer, reply.bytes.byteOffset, reply.bytes.byteLength);
}

/** A picture that keeps its decoder busy for longer than any honest one does not get to its end. */
async function inThread(task: ImageTask): Promise<ImageReply> {
  const worker = new Worker(new URL('./image-worker.ts', import.meta.url), {
    workerData: task,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
    stdout: true, // decoders print what they do not like of a file
    stderr: true,
  });
  try {
    const late = { signal: AbortSignal.timeout(ATTACHMENT_LIMITS.imageMs) };
    const answered = once(worker, 'message', late); // rejects on the thread's error
    const ended = once(worker, 'exit', late).then(() => assert.fail('the thread ended without an answer'));
    const [reply] = (await Promise.race([answered, ended])) as [ImageReply];
    return reply;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError')
      throw attachmentRefusal('attachments.image_wrong');
    throw error;
  } finally {
    await worker.terminate();
  }
}
