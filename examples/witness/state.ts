import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** What a witness must never forget: its key, and the last checkpoint it has put its name to. */
export type State = {
  readonly key: KeyObject;
  /** The cosigned note; undefined before the first. */
  readSeen(): Buffer | undefined;
  /** Returns when the note would survive a loss of power. */
  writeSeen(note: Buffer): void;
  /** Keeps a checkpoint that was refused: with the one seen it proves what the log did. */
  keepEvidence(note: Buffer): string;
};

/** Opens the folder; makes it and the key when they are absent. */
export function openState(folder: string): State {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [keyFile, seenFile] = [join(folder, 'key.pem'), join(folder, 'seen')];
  if (!existsSync(keyFile)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeDurably(folder, 'key.pem', Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' })));
  }
  return {
    key: createPrivateKey(readFileSync(keyFile)),
    readSeen: () => (existsSync(seenFile) ? readFileSync(seenFile) : undefined),
    writeSeen: (note) => writeDurably(folder, 'seen', note),
    keepEvidence(note) {
      writeDurably(folder, 'refused', note);
      return join(folder, 'refused');
    },
  };
}

/** Whole under another name first, so that a crash leaves the old or the new one; then the name itself. */
function writeDurably(folder: string, name: string, bytes: Buffer): void {
  const draft = join(folder, `.${name}`);
  const file = openSync(draft, 'w', 0o600);
  try {
    writeSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, join(folder, name));
  if (process.platform === 'win32') return; // has no such call and needs none
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
