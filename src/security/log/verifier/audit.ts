import { believe, readKeys, type Signed, type Trust } from './believe.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { LogFault } from './fault.ts';
import { emptyRoot } from './hashes.ts';
import type { NoteKey } from './note-keys.ts';
import { TILE_WIDTH } from './paths.ts';
import type { LogSource } from './source.ts';
import { openWalk, walkBundle } from './walk.ts';

export type AuditRequest = {
  readonly source: LogSource;
  /** Keys known from elsewhere; without them those that the log names are believed, and must be all it has. */
  readonly keys?: readonly NoteKey[];
  /** Each must have cosigned one of `cosigned`, or the log's own latest checkpoint. */
  readonly witnesses?: readonly NoteKey[];
  /** Checkpoints as witnesses have returned them; each must agree with the log. */
  readonly cosigned?: readonly Buffer[];
  readonly onProgress?: (entries: number, of: number) => void;
};

export type Audit = {
  /** The log's latest checkpoint, if it could be believed. */
  readonly head?: Checkpoint;
  /** Checkpoints whose signature and root hold. */
  readonly checkpoints: number;
  readonly cosignedBy: readonly string[];
  /** Absent: everything holds. */
  readonly fault?: LogFault;
};

/**
 * Checks a whole log: every entry against its tile, every tile against the entries, every checkpoint against its
 * signatures and the tree of its size. Names the first thing that does not hold. Constant memory.
 */
export async function auditLog(request: AuditRequest): Promise<Audit> {
  const begun = await begin(request);
  if ('what' in begun) return { checkpoints: 0, cosignedBy: [], fault: begun };
  const { head, trust, cosigned, cosignedBy } = begun;
  const walk = openWalk({ source: request.source, trust, head, cosigned });
  const { size } = head.checkpoint;
  const ended = (fault: LogFault | undefined): Audit => ({
    head: head.checkpoint,
    checkpoints: walk.checkpoints,
    cosignedBy,
    ...(fault === undefined ? {} : { fault }),
  });
  for (let bundle = 0; bundle * TILE_WIDTH < size; bundle += 1) {
    const fault = await walkBundle(walk, bundle);
    if (fault !== undefined) return ended(fault);
    request.onProgress?.(walk.entries.size, size);
  }
  return ended(walk.split);
}

type Begun = {
  readonly head: Signed;
  readonly trust: Trust;
  readonly cosigned: ReadonlyMap<number, Signed>;
  readonly cosignedBy: readonly string[];
};

/** What is to be known before the first entry is read: keys, head, witnesses. */
async function begin(request: AuditRequest): Promise<Begun | LogFault> {
  const { source, witnesses = [] } = request;
  const published = await source.read('keys');
  if (published === undefined) return { what: 'keys', path: 'keys', reason: 'missing' };
  const keys = request.keys ?? readKeys(published);
  if (keys === undefined) return { what: 'keys', path: 'keys', reason: 'malformed' };
  const trust = { keys: [...keys, ...witnesses], isComplete: request.keys === undefined };
  const head = believe(await source.read('checkpoint'), 'checkpoint', trust);
  if ('what' in head) return head;
  const { size, root } = head.checkpoint;
  if (size === 0 && !root.equals(emptyRoot())) {
    return { what: 'checkpoint', path: 'checkpoint', reason: 'root', at: 0 };
  }
  const others = believeCosigned(request, head, trust);
  if ('what' in others) return others;
  const cosignedBy = [head, ...others].flatMap((signed) => signed.witnesses);
  const absent = witnesses.find(({ name }) => !cosignedBy.includes(name));
  if (absent !== undefined) return { what: 'witness', path: absent.name, reason: 'not_cosigned' };
  return { head, trust, cosigned: bySize(others), cosignedBy: [...new Set(cosignedBy)] };
}

/** A larger tree that a witness has seen is a log that has lost entries since. */
function believeCosigned(request: AuditRequest, head: Signed, trust: Trust): Signed[] | LogFault {
  const path = 'cosigned';
  const believed: Signed[] = [];
  for (const bytes of request.cosigned ?? []) {
    // A witness that nobody asked about may have signed too.
    const signed = believe(bytes, path, { ...trust, isComplete: false });
    if ('what' in signed) return signed;
    const { origin, size } = signed.checkpoint;
    if (origin !== head.checkpoint.origin) return { what: 'checkpoint', path, reason: 'other_log', at: size };
    if (size > head.checkpoint.size) return { what: 'checkpoint', path, reason: 'rolled_back', at: size };
    const twin = believed.find(({ checkpoint }) => checkpoint.size === size);
    if (twin !== undefined && !twin.checkpoint.root.equals(signed.checkpoint.root)) {
      return { what: 'checkpoint', path, reason: 'split', at: size };
    }
    believed.push(signed);
  }
  return believed;
}

function bySize(signed: readonly Signed[]): Map<number, Signed> {
  return new Map(signed.map((one) => [one.checkpoint.size, one]));
}
