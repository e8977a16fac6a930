import { hash, type KeyObject } from 'node:crypto';
import { ed25519Key, rawPublicKey, sm2Key } from './signatures.ts';

/** What a key signs as: the log itself, the log once more by SM2, a witness. */
export type NoteKeyType = 'ed25519' | 'sm2' | 'cosignature';

export type NoteKey = {
  /** Who signs, as on the signature line; a log's is its origin. */
  readonly name: string;
  /** First four bytes of SHA-256(name ‖ newline ‖ type ‖ public key). */
  readonly id: Buffer;
  readonly type: NoteKeyType;
  readonly publicKey: KeyObject;
};

/**
 * C2SP signed-note: 0x01 is Ed25519, 0x04 a timestamped cosignature (C2SP tlog-cosignature). SM2 has no byte there;
 * 0xff is for such types and is followed by a name of our own. Readers that do not know it pass over the line.
 */
const TYPE_BYTES: Readonly<Record<NoteKeyType, Buffer>> = {
  ed25519: Buffer.of(0x01),
  cosignature: Buffer.of(0x04),
  sm2: Buffer.concat([Buffer.of(0xff), Buffer.from('xinqiao/sm2-sm3/1')]),
};
const KEY_BYTES: Readonly<Record<NoteKeyType, number>> = { ed25519: 32, cosignature: 32, sm2: 65 };

export function noteKey(type: NoteKeyType, name: string, publicKey: KeyObject): NoteKey {
  const encoded = Buffer.concat([TYPE_BYTES[type], rawPublicKey(publicKey)]);
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), encoded]), 'buffer').subarray(0, 4);
  return { name, id, type, publicKey };
}

/** C2SP signed-note, verifier keys: `<name>+<id>+<base64 of type and public key>`. */
export function formatVkey({ name, id, type, publicKey }: NoteKey): string {
  const encoded = Buffer.concat([TYPE_BYTES[type], rawPublicKey(publicKey)]);
  return `${name}+${id.toString('hex')}+${encoded.toString('base64')}`;
}

/** Undefined for anything that `formatVkey` would not have written: one changed character is found out. */
export function parseVkey(text: string): NoteKey | undefined {
  const [, name = '', encodedText = ''] = /^([^\s+]+)\+[0-9a-f]{8}\+([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const encoded = Buffer.from(encodedText, 'base64');
  const type = TYPES.find((one) => isOfType(one, encoded));
  if (name === '' || type === undefined) return undefined;
  const publicKey = readPublicKey(type, encoded.subarray(TYPE_BYTES[type].length));
  if (publicKey === undefined) return undefined;
  const key = noteKey(type, name, publicKey);
  return formatVkey(key) === text ? key : undefined;
}

const TYPES: readonly NoteKeyType[] = ['ed25519', 'sm2', 'cosignature'];

function isOfType(type: NoteKeyType, encoded: Buffer): boolean {
  const head = TYPE_BYTES[type];
  return encoded.length === head.length + KEY_BYTES[type] && encoded.subarray(0, head.length).equals(head);
}

function readPublicKey(type: NoteKeyType, raw: Buffer): KeyObject | undefined {
  try {
    return type === 'sm2' ? sm2Key(raw) : ed25519Key(raw);
  } catch {
    return undefined; // not a point of its curve
  }
}
