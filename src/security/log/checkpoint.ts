import type { SigningKey } from '#kernel';
import { type Checkpoint, noteKeyId } from './verify.ts';

/** The log's name (C2SP tlog-checkpoint: a schema-less URL); the first checkpoint fixes it for the log's life. */
export function logOrigin(publicUrl: string): string {
  return `${new URL(publicUrl).host}/xinqiao/log`;
}

/** A C2SP signed note over a C2SP checkpoint: origin, size and root, each on a line, and the log key's signature. */
export function signCheckpoint(key: SigningKey, { origin, size, root }: Checkpoint): string {
  const text = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const signature = Buffer.concat([noteKeyId(origin, key.publicKey), key.sign(Buffer.from(text))]);
  return `${text}\n— ${origin} ${signature.toString('base64')}\n`;
}
