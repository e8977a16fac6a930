import { type Checkpoint, readCheckpoint } from './checkpoint.ts';
import type { LogFault } from './fault.ts';
import { judgeNote, parseNote } from './note.ts';
import { type NoteKey, parseVkey } from './note-keys.ts';

/** Whom to believe. */
export type Trust = {
  readonly keys: readonly NoteKey[];
  /** That these are all keys the log ever had: then a line by another is a fault, and no changed byte passes. */
  readonly isComplete: boolean;
};

/** A checkpoint that the log has signed. */
export type Signed = {
  readonly checkpoint: Checkpoint;
  readonly path: string;
  readonly bytes: Buffer;
  /** Witnesses that have cosigned it. */
  readonly witnesses: readonly string[];
};

/** Reads keys as the log publishes them, one to a line; undefined when one is not a key. */
export function readKeys(bytes: Uint8Array): NoteKey[] | undefined {
  const text = Buffer.from(bytes).toString('utf8');
  const keys = text.trimEnd().split('\n').map(parseVkey);
  const known = keys.filter((key) => key !== undefined);
  const isExact = text === `${text.trimEnd()}\n`;
  return isExact && known.length === keys.length ? known : undefined;
}

/** The checkpoint at this path, if the log has signed it; else what is wrong with it. */
export function believe(
  bytes: Buffer | undefined,
  path: string,
  { keys, isComplete }: Trust,
): Signed | LogFault {
  if (bytes === undefined) return { what: 'checkpoint', path, reason: 'missing' };
  const note = parseNote(bytes);
  const checkpoint = note === undefined ? undefined : readCheckpoint(note);
  if (note === undefined || checkpoint === undefined) {
    return { what: 'checkpoint', path, reason: 'malformed' };
  }
  const verdict = judgeNote(note, keys);
  const at = checkpoint.size;
  if (verdict === undefined) return { what: 'checkpoint', path, reason: 'signature', at };
  const isSigned = verdict.signers.some(({ key }) => isLogKey(key) && key.name === checkpoint.origin);
  if (!isSigned) return { what: 'checkpoint', path, reason: 'unsigned', at };
  if (isComplete && verdict.unknown > 0) {
    return { what: 'checkpoint', path, reason: 'unknown_signature', at };
  }
  const witnesses = verdict.signers.filter(({ key }) => !isLogKey(key)).map(({ key }) => key.name);
  return { checkpoint, path, bytes, witnesses };
}

function isLogKey(key: NoteKey): boolean {
  return key.type !== 'cosignature';
}
