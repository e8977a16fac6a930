import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { beginningOfBeijingDate, beijingDate, newId, sealField, type Tx } from '#kernel';
import { type Caller, type IdempotentAnswer, onceInTransaction } from '#security';
import { BATCH_LIMITS, FILES_RUN_AT } from './batch-limits.ts';
import { batchRefusal } from './batch-refusals.ts';
import { type QueryFileContext, type ReadLine, sealPage, secretPlace } from './file-pages.ts';
import type { QueryFileState, QueryFileTables } from './query-file-tables.ts';
import { readQueryFile } from './read-query-file.ts';

/** What the participant is told of its file. Instants are RFC 3339. */
export type QueryFile = {
  readonly fileId: string;
  readonly digest: string;
  readonly state: QueryFileState;
  readonly lines: number;
  readonly answered: number;
  readonly refused: number;
  readonly receivedAt: string;
  /** When it runs at the earliest. */
  readonly dueAt: string;
  readonly doneAt: string | null;
  /** From then on it is unknown. */
  readonly removeAt: string | null;
};

/**
 * Programs alone hand in and fetch files, under a token that names no consent: each line's consent is judged when it
 * runs, and a token made for a few consents must not reach a file that is wider.
 * `named`: the consents of the token; undefined: no token was used. Returns the participant.
 */
export function requireFileClient(caller: Caller, named: readonly string[] | undefined): string {
  const isParty = caller.kind === 'institution' || caller.kind === 'platform';
  if (named === undefined || !isParty || caller.participantId === null)
    throw batchRefusal('query_file.programs_only');
  if (named.length > 0) throw batchRefusal('query_file.token_of_consents');
  return caller.participantId;
}

/**
 * Takes in the request file at `path` and puts it down, sealed, for the next night. The same key with the same bytes is
 * the same file for a day. Returns the JSON text of a `QueryFile`. Throws as `readQueryFile` and `reserveKey` do, and
 * `query_file.too_many_waiting`.
 */
export async function receiveQueryFile(
  context: QueryFileContext,
  given: { caller: Caller; participantId: string; idempotencyKey: string; path: string },
): Promise<IdempotentAnswer> {
  const { caller, participantId, idempotencyKey, path } = given;
  const { clock, database } = context;
  const digest = await digestOf(path);
  const lines = await readQueryFile(path);
  const call = {
    participant: participantId,
    operation: 'queryFile',
    key: idempotencyKey,
    requestDigest: digest,
    clock,
  };
  return await onceInTransaction(database, call, async (tx) => {
    await requireRoom(tx, participantId);
    const file = newFile(context, { digest, lines: lines.length });
    await writeFile(tx, context, { file, lines, participantId, callerId: caller.id });
    return JSON.stringify(file);
  });
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function requireRoom(tx: Tx, participantId: string): Promise<void> {
  const { filesWaitingMax: filesMax } = BATCH_LIMITS;
  const { waiting } = await tx
    .tables<QueryFileTables>()
    .selectFrom('information.query_files')
    .select(({ fn }) => fn.countAll<string>().as('waiting'))
    .where('participant_id', '=', participantId)
    .where('state', '<>', 'done')
    .executeTakeFirstOrThrow();
  if (Number(waiting) >= filesMax) throw batchRefusal('query_file.too_many_waiting', { filesMax });
}

function newFile(
  { clock }: QueryFileContext,
  { digest, lines }: { digest: string; lines: number },
): QueryFile {
  const now = clock.now();
  return {
    fileId: newId('qfl', now),
    digest,
    state: 'received',
    lines,
    answered: 0,
    refused: 0,
    receivedAt: now.toISOString(),
    dueAt: nextRun(now).toISOString(),
    doneAt: null,
    removeAt: null,
  };
}

const DAY_MS = 86_400_000;

/** The next time that files run, strictly after `now`. */
function nextRun(now: Date): Date {
  const [hours = 0, minutes = 0] = FILES_RUN_AT.split(':').map(Number);
  const today = beginningOfBeijingDate(beijingDate(now)).getTime() + (hours * 60 + minutes) * 60_000;
  return new Date(today > now.getTime() ? today : today + DAY_MS);
}

type NewFile = { file: QueryFile; lines: readonly ReadLine[]; participantId: string; callerId: string };

async function writeFile(
  tx: Tx,
  { cipher }: QueryFileContext,
  { file, lines, participantId, callerId }: NewFile,
): Promise<void> {
  const { fileId, digest } = file;
  const secret = randomBytes(32).toString('base64url');
  const tables = tx.tables<QueryFileTables>();
  await tables
    .insertInto('information.query_files')
    .values({
      file_id: fileId,
      participant_id: participantId,
      caller_id: callerId,
      digest,
      lines: lines.length,
      sealed_secret: await sealField(tx, cipher, secretPlace(fileId), secret),
      received_at: new Date(file.receivedAt),
      due_at: new Date(file.dueAt),
    })
    .execute();
  const { pageLines } = BATCH_LIMITS;
  for (let at = 0; at < lines.length; at += pageLines) {
    const page = { fileId, pageNo: at / pageLines + 1, column: 'sealed_lines' } as const;
    const sealed = await sealPage(tx, cipher, page, lines.slice(at, at + pageLines));
    await tables
      .insertInto('information.query_file_pages')
      .values({ file_id: fileId, page_no: page.pageNo, sealed_lines: sealed })
      .execute();
  }
}
