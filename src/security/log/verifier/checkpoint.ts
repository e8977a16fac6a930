import type { KeyObject } from 'node:crypto';
import { HASH_BYTES } from './hashes.ts';
import { judgeNote, type Note, parseNote } from './note.ts';
import { noteKey } from './note-keys.ts';

/** What a checkpoint says (C2SP tlog-checkpoint): the log's name, its size and its root. */
export type Checkpoint = { origin: string; size: number; root: Buffer };

/** The text of a note as a checkpoint; undefined unless it is one to the letter. Says nothing about signatures. */
export function readCheckpoint({ text }: Pick<Note, 'text'>): Checkpoint | undefined {
  const [origin = '', sizeText = '', rootText = '', ...more] = text.split('\n');
  const root = Buffer.from(rootText, 'base64');
  const size = Number(sizeText);
  const isStrict =
    /^(0|[1-9][0-9]{0,15})$/.test(sizeText) &&
    Number.isSafeInteger(size) &&
    root.toString('base64') === rootText;
  const hasExtensions = more.length !== 1; // this log has none: a line more is a line that nobody explains
  if (origin === '' || !isStrict || root.length !== HASH_BYTES || hasExtensions) return undefined;
  return { origin, size, root };
}

export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/**
 * Reads a signed checkpoint; undefined unless it is well formed and signed by this Ed25519 key under the log's own name.
 * Signatures of others are passed over. The caller compares `origin` with the log it means.
 */
export function verifyCheckpoint(text: string, publicKey: KeyObject): Checkpoint | undefined {
  const note = parseNote(Buffer.from(text));
  const checkpoint = note === undefined ? undefined : readCheckpoint(note);
  if (note === undefined || checkpoint === undefined) return undefined;
  const verdict = judgeNote(note, [noteKey('ed25519', checkpoint.origin, publicKey)]);
  return verdict !== undefined && verdict.signers.length > 0 ? checkpoint : undefined;
}
