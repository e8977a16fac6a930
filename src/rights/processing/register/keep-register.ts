import { canonicalHash, canonicalJson, type Tx } from '#kernel';
import type { Catalogue } from '#lists';
import { recordLeaf } from '#security';
import type { ProcessingContext } from '../processing-context.ts';
import { PROCESSING_LIMITS } from '../processing-limits.ts';
import { processingRefusal } from '../processing-refusals.ts';
import { generateRegister, type Register } from './generate-register.ts';

export type KeptRegister = {
  readonly registerNo: number;
  /** SHA-256 over the canonical JSON, hex. */
  readonly digest: string;
  readonly knownFrom: Date;
  readonly receiptId: string;
  readonly register: Register;
};

export type RegisterVersion = Omit<KeptRegister, 'register'> & { readonly definitionVersion: string };

/** Whoever keeps the next version holds it; readers do not wait. */
const REGISTER_LOCK = 7_241_591;

type Generated = { readonly register: Register; readonly digest: string };
const generated = new WeakMap<Catalogue, Generated>();

/** What contracts and definition come to now; made once for a catalogue. */
function currentRegister({ catalogue, processing }: ProcessingContext): Generated {
  const known = generated.get(catalogue);
  if (known !== undefined && known.register.version === processing.version) return known;
  const register = generateRegister(processing, catalogue.contracts);
  const made = { register, digest: canonicalHash(register) };
  generated.set(catalogue, made);
  return made;
}

/**
 * The register in force. Where contracts or definition say something else than the last version on record, that is kept as the
 * next one with a leaf, whoever sees it first. Throws `processing.definition_not_valid`.
 */
export async function keepRegister(tx: Tx, context: ProcessingContext): Promise<KeptRegister> {
  const { register, digest } = currentRegister(context);
  const before = await findLast(tx);
  if (before?.digest === digest) return { ...before, register };
  await tx.rows('select pg_advisory_xact_lock($1)', [REGISTER_LOCK]);
  const last = await findLast(tx);
  if (last?.digest === digest) return { ...last, register };
  const [registerNo, at] = [(last?.registerNo ?? 0) + 1, context.clock.now()];
  const body = {
    definition: 'processing_register',
    version: registerNo,
    digest,
    replaces: last?.digest ?? null,
  };
  const { id: receiptId } = await recordLeaf(tx, context.keys, { kind: 'definition_change', at, body });
  await tx.rows(
    `insert into rights.processing_registers (register_no, digest, definition_version, content, known_from, receipt_id)
     values ($1, $2, $3, $4, $5, $6)`,
    [registerNo, digest, register.version, canonicalJson(register), at, receiptId],
  );
  return { registerNo, digest, knownFrom: at, receiptId, register };
}

/** One version as it stood. Throws `processing.version_unknown`. */
export async function readKeptRegister(tx: Tx, registerNo: number): Promise<KeptRegister> {
  const [row] = await tx.rows<RegisterVersion & { content: string }>(
    `select ${COLUMNS}, content from rights.processing_registers where register_no = $1`,
    [registerNo],
  );
  if (row === undefined) throw processingRefusal('processing.version_unknown', { version: registerNo });
  const { content, definitionVersion: _of, ...version } = row;
  return { ...version, register: JSON.parse(content) as Register };
}

/** Versions on record, newest first, below `before`. */
export async function listRegisters(tx: Tx, before?: number): Promise<RegisterVersion[]> {
  return await tx.rows<RegisterVersion>(
    `select ${COLUMNS} from rights.processing_registers where $1::integer is null or register_no < $1
     order by register_no desc limit $2`,
    [before ?? null, PROCESSING_LIMITS.pageMax],
  );
}

async function findLast(tx: Tx): Promise<Omit<KeptRegister, 'register'> | undefined> {
  const [row] = await tx.rows<RegisterVersion>(
    `select ${COLUMNS} from rights.processing_registers order by register_no desc limit 1`,
  );
  if (row === undefined) return undefined;
  const { definitionVersion: _of, ...version } = row;
  return version;
}

const COLUMNS = `register_no as "registerNo", digest, definition_version as "definitionVersion",
  known_from as "knownFrom", receipt_id as "receiptId"`;
