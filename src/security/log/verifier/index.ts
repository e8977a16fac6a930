/**
 * Checks a Xinqiao log without trusting the node: receipts, proofs, checkpoints, or the whole log.
 * Nothing here imports anything but Node.js and this folder, so that it can be published, read and run alone.
 *
 * Tree: RFC 6962 section 2.1 with SHA-256. Checkpoints: C2SP tlog-checkpoint in a C2SP signed note.
 * Hashes are Buffers of 32 bytes; sizes and indexes are integers below 2^53.
 */
export { type Audit, auditLog, type AuditRequest } from './audit.ts';
export { believe, readKeys, type Signed, type Trust } from './believe.ts';
export { packBundle, unpackBundle } from './bundle.ts';
export { type Checkpoint, checkpointText, readCheckpoint, verifyCheckpoint } from './checkpoint.ts';
export type { FaultReason, LogFault } from './fault.ts';
export { hashLeaf, hashNode } from './hashes.ts';
export { cosignedText, formatLine, packCosignature, parseNote } from './note.ts';
export { formatVkey, type NoteKey, noteKey, parseVkey } from './note-keys.ts';
export { formatPath, type LogPath, parsePath, TILE_WIDTH } from './paths.ts';
export { type InclusionProof, type TreeHead, verifyConsistency, verifyInclusion } from './proofs.ts';
export { consistencyFromTiles, inclusionFromTiles, rootFromTiles } from './read-proofs.ts';
export {
  commitTo,
  leafText,
  type ReceiptEvidence,
  type ReceiptFault,
  type ReceiptStatement,
  receiptText,
  verifyReceipt,
} from './receipt.ts';
export { folderSource, type LogSource, savingTo, urlSource } from './source.ts';
