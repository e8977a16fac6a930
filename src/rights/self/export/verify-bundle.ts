import { buffer } from 'node:stream/consumers';
import { fromBufferPromise } from 'yauzl';
import type { TrustedKey } from '#information';
import { Refusal } from '#kernel';
import { type ReceiptStatement, verifyReceipt } from '#security';
import { selfRefusal } from '../self-refusals.ts';
import { listFile, type Manifest, verifyManifest } from './manifest.ts';
import type { ZipFile } from './zip.ts';

/** Public keys of the node that issued the bundle, known from elsewhere. */
export type BundleTrust = {
  readonly report: readonly TrustedKey[];
  readonly receipt: readonly TrustedKey[];
  readonly log: readonly TrustedKey[];
};

export type VerifiedBundle = {
  readonly manifest: Manifest;
  readonly kid: string;
  readonly files: number;
  readonly receipts: number;
  /** Of them those whose leaf was in the tree when the bundle was made. */
  readonly inTree: number;
};

/** A bundle that expands beyond it is a bomb; ours stay a hundred times below. */
const EXPANDED_BYTES_MAX = 1024 ** 3;
const FILES_MAX = 1_000;

/**
 * Checks a bundle offline: the manifest is signed, every file is there and is what it says, and every receipt holds with
 * what it opens and its place in the log. Throws `everything.bundle_…`, `everything.proof_wrong`.
 */
export async function verifyBundle(bytes: Buffer, trust: BundleTrust): Promise<VerifiedBundle> {
  const files = await readFiles(bytes);
  const { manifest, kid } = verifyManifest(requireFile(files, 'manifest.json'), trust.report);
  requireListed(files, manifest);
  const counts = verifyProofs(
    JSON.parse(requireFile(files, 'proofs.json').toString('utf8')) as Proofs,
    trust,
  );
  return { manifest, kid, files: files.length, ...counts };
}

/** Exactly the listed files, byte for byte. */
function requireListed(files: readonly ZipFile[], { files: listed }: Manifest): void {
  if (files.length !== listed.length + 1)
    throw selfRefusal('everything.bundle_changed', { file: 'manifest.json' });
  for (const one of listed) {
    const { sha256 } = listFile({ name: one.name, bytes: requireFile(files, one.name) });
    if (sha256 !== one.sha256) throw selfRefusal('everything.bundle_changed', { file: one.name });
  }
}

function requireFile(files: readonly ZipFile[], name: string): Buffer {
  const found = files.find((file) => file.name === name);
  if (found === undefined) throw selfRefusal('everything.bundle_malformed', { part: name });
  return found.bytes;
}

/** As `composeFiles` writes it; its bytes are under the manifest's signature by now. */
type Proofs = {
  readonly checkpoint: string | null;
  readonly receipts: readonly {
    readonly receipt: ReceiptStatement;
    readonly opened: { readonly body: string; readonly salt: string } | null;
    readonly included: {
      readonly index: number;
      readonly size: number;
      readonly hashes: readonly string[];
    } | null;
  }[];
};

function verifyProofs(
  { checkpoint, receipts }: Proofs,
  trust: BundleTrust,
): { receipts: number; inTree: number } {
  for (const { receipt, opened, included } of receipts) {
    const key = trust.receipt.find(({ kid }) => kid === receipt.kid)?.publicKey;
    if (key === undefined) throw selfRefusal('everything.proof_wrong', { id: receipt.id, fault: 'key' });
    const evidence = {
      receipt,
      opened: opened ?? undefined,
      included:
        included === null || checkpoint === null ? undefined : { proof: toProof(included), checkpoint },
    };
    const faults = trust.log.map(({ publicKey }) =>
      verifyReceipt(evidence, { receipt: key, log: publicKey }),
    );
    const fault = faultOf(faults, evidence.included === undefined);
    if (fault !== undefined) throw selfRefusal('everything.proof_wrong', { id: receipt.id, fault });
  }
  return { receipts: receipts.length, inTree: receipts.filter(({ included }) => included !== null).length };
}

/** Nothing is wrong when it holds under one of the log's keys. */
function faultOf(faults: readonly (string | undefined)[], isOutside: boolean): string | undefined {
  if (faults.length === 0) return isOutside ? undefined : 'log key';
  return faults.includes(undefined) ? undefined : faults[0];
}

function toProof({ index, size, hashes }: { index: number; size: number; hashes: readonly string[] }) {
  return { index, size, hashes: hashes.map((hash) => Buffer.from(hash, 'base64')) };
}

/** Declared sizes bound what is expanded: an entry that is longer than it says ends its stream with an error. */
async function readFiles(bytes: Buffer): Promise<ZipFile[]> {
  const archive = await fromBufferPromise(bytes, { validateEntrySizes: true }).catch(malformed);
  const files: ZipFile[] = [];
  let room = EXPANDED_BYTES_MAX;
  try {
    for await (const entry of archive.eachEntry()) {
      room -= entry.uncompressedSize;
      if (room < 0 || files.length >= FILES_MAX)
        throw selfRefusal('everything.bundle_malformed', { part: 'size' });
      const stream = await archive.openReadStreamPromise(entry);
      files.push({ name: entry.fileName, bytes: await buffer(stream) });
    }
  } catch (error) {
    return malformed(error);
  }
  return files;
}

function malformed(error: unknown): never {
  if (error instanceof Refusal) throw error;
  throw selfRefusal('everything.bundle_malformed', { part: 'zip' });
}
