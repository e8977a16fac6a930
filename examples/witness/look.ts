import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import {
  believe,
  type Checkpoint,
  checkpointText,
  consistencyFromTiles,
  cosignedText,
  formatLine,
  type LogSource,
  type NoteKey,
  noteKey,
  packCosignature,
  rootFromTiles,
  type Signed,
  verifyConsistency,
} from '../../src/security/log/verifier/index.ts';
import type { State } from './state.ts';

/** One log as this witness follows it. */
export type Watch = {
  readonly source: LogSource;
  /** Keys of the log, known from elsewhere; their name is the log's origin. */
  readonly keys: readonly NoteKey[];
  readonly state: State;
  /** The witness's own name, as on its signature line. */
  readonly name: string;
};

/**
 * Why a checkpoint is not signed. `split_view`: the log has signed two histories, and the two notes prove it; with
 * `tiles_wrong` it has published tiles that are not those of its checkpoint, so that nothing can be proved.
 */
export type Refused = 'not_by_this_log' | 'rolled_back' | 'split_view' | 'tiles_missing' | 'tiles_wrong';
export type Seen = { readonly note: Buffer; readonly size: number };
export type Look = { readonly seen: Seen } | { readonly refused: Refused; readonly evidence?: string };

/**
 * Looks at the log once. A checkpoint that goes on from the last one seen is remembered durably and cosigned
 * (C2SP tlog-cosignature); any other is refused, and what was seen before stays what this witness vouches for.
 * `now` is in seconds since 1970.
 */
export async function look(watch: Watch, now: number): Promise<Look> {
  const bytes = await watch.source.read('checkpoint');
  const fresh = believeOwn(watch, bytes);
  if (bytes === undefined || fresh === undefined) return { refused: 'not_by_this_log' };
  const refused = await compare(watch, fresh);
  if (refused !== undefined) {
    return refused === 'split_view' ? { refused, evidence: watch.state.keepEvidence(bytes) } : { refused };
  }
  const note = Buffer.concat([bytes, Buffer.from(cosign(watch, fresh, now))]);
  watch.state.writeSeen(note); // before anybody can hold our signature
  return { seen: { note, size: fresh.checkpoint.size } };
}

/** The verifier key to give to those who ask for this witness. */
export function witnessKey(name: string, key: KeyObject): NoteKey {
  return noteKey('cosignature', name, createPublicKey(key));
}

function believeOwn({ keys }: Watch, bytes: Buffer | undefined): Signed | undefined {
  const signed = believe(bytes, 'checkpoint', { keys, isComplete: false });
  return 'what' in signed ? undefined : signed;
}

/** Undefined when the tree of `fresh` is the one seen before, grown or as it was. */
async function compare(watch: Watch, fresh: Signed): Promise<Refused | undefined> {
  const bytes = watch.state.readSeen();
  if (bytes === undefined) return undefined; // the first one seen is where this witness begins
  const last = believeOwn(watch, bytes)?.checkpoint;
  if (last === undefined)
    throw new TypeError('what was seen before is not by this log; see to the state folder');
  const next = fresh.checkpoint;
  if (next.origin !== last.origin) return 'not_by_this_log';
  if (next.size < last.size) return 'rolled_back';
  if (next.size === last.size) return next.root.equals(last.root) ? undefined : 'split_view';
  if (last.size === 0) return undefined;
  return await compareTrees(watch.source, last, next);
}

/** The tiles must first be those of the new checkpoint; only then do they speak for it. */
async function compareTrees(
  source: LogSource,
  last: Checkpoint,
  next: Checkpoint,
): Promise<Refused | undefined> {
  const read = [
    rootFromTiles(source, next.size),
    consistencyFromTiles(source, last.size, next.size),
  ] as const;
  const [root, proof] = await Promise.all(read).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_LOG_TILE_MISSING') return [];
    throw error;
  });
  if (root === undefined || proof === undefined) return 'tiles_missing';
  if (!root.equals(next.root)) return 'tiles_wrong';
  return verifyConsistency(last, next, proof) ? undefined : 'split_view';
}

function cosign({ state, name }: Watch, { checkpoint }: Signed, now: number): string {
  const signature = sign(null, cosignedText(checkpointText(checkpoint), now), state.key);
  return formatLine(name, witnessKey(name, state.key).id, packCosignature(now, signature));
}
