import type { KeyStore, SigningKey } from '#kernel';
import { type Checkpoint, checkpointText, readCheckpoint } from './verifier/checkpoint.ts';
import { formatLine, judgeNote, parseNote } from './verifier/note.ts';
import { formatVkey, noteKey, type NoteKey } from './verifier/note-keys.ts';

/**
 * The log's name, as C2SP tlog-tiles wants it: the address under which it is served, without the scheme. The first
 * checkpoint fixes it for the log's life.
 */
export function logOrigin(publicUrl: string): string {
  return `${new URL(publicUrl).host}/api/v1/log`;
}

/**
 * A C2SP signed note over a C2SP checkpoint: origin, size and root, each on a line, signed by Ed25519 as every reader
 * of notes expects, and once more by SM2 for readers in whose law that is the signature.
 */
export function signCheckpoint(keys: Pick<KeyStore, 'get'>, checkpoint: Checkpoint): string {
  const text = checkpointText(checkpoint);
  const lines = [keys.get('log'), keys.get('log_gm')].map((key) => {
    const { name, id } = noteKeyOf(checkpoint.origin, key);
    return formatLine(name, id, key.sign(Buffer.from(text)));
  });
  return `${text}\n${lines.join('')}`;
}

/**
 * The checkpoint that a note of this node states. Undefined unless every line is by a key of the node, Ed25519 among
 * them: whoever changed what is stored cannot have signed it.
 */
export function readOwnCheckpoint(keys: Pick<KeyStore, 'all'>, text: string): Checkpoint | undefined {
  const note = parseNote(Buffer.from(text));
  const checkpoint = note === undefined ? undefined : readCheckpoint(note);
  if (note === undefined || checkpoint === undefined) return undefined;
  const verdict = judgeNote(note, logKeys(keys, checkpoint.origin));
  const isOwn = verdict?.unknown === 0 && verdict.signers.some(({ key }) => key.type === 'ed25519');
  return isOwn ? checkpoint : undefined;
}

/** Every key the log ever signed with, retired ones included, as C2SP verifier keys, one to a line. */
export function formatLogKeys(keys: Pick<KeyStore, 'all' | 'get'>, origin: string): string {
  for (const use of LOG_USES) keys.get(use); // made on first use, and published before it
  return logKeys(keys, origin)
    .map((key) => `${formatVkey(key)}\n`)
    .join('');
}

const LOG_USES = ['log', 'log_gm'] as const;

function logKeys(keys: Pick<KeyStore, 'all'>, origin: string): NoteKey[] {
  return LOG_USES.flatMap((use) => keys.all(use)).map((key) => noteKeyOf(origin, key));
}

function noteKeyOf(origin: string, { algorithm, publicKey }: SigningKey): NoteKey {
  return noteKey(algorithm === 'SM2' ? 'sm2' : 'ed25519', origin, publicKey);
}
