import assert from 'node:assert';
import type { Clock, KeyStore, Tx } from '#kernel';
import { type Caller, type PolicySet, recordLeaf } from '#security';
import type { IndicatorBook } from '../indicators/indicator.ts';
import { evaluationRefusal } from '../run/evaluation-refusals.ts';
import type { CardBody } from './cards/card-body.ts';
import { cardsRefusal } from './cards/cards-refusals.ts';
import type { EvaluationModel } from './evaluation-model.ts';
import { type FiledModel, type ModelBody, openKeptModel } from './model-files.ts';
import type { ModelKind, ModelState, ModelTables } from './model-tables.ts';

/** What the life of a model needs. */
export type ModelContext = {
  readonly policies: PolicySet;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly book: IndicatorBook;
};

/** A model as it is kept; of a card `system` is its plan and `grading` its grade table. */
export type KeptModel = {
  readonly hash: string;
  readonly kind: ModelKind;
  readonly state: ModelState;
  readonly system: string;
  readonly grading: string;
  readonly proposedBy: string;
  readonly proposedAt: Date;
};

export type Acting = { readonly caller: Caller; readonly hash: string };

/** Infinity, as the driver gives it back. */
const LIVE = 'infinity' as unknown as Date;

/** A model as it will be kept. */
export type NewModel = {
  readonly hash: string;
  readonly kind: ModelKind;
  readonly system: Edition;
  readonly grading: Edition;
  readonly indicators: string;
  readonly body: ModelBody | CardBody;
};

export type Edition = { readonly id: string; readonly version: string; readonly hash: string };

/** The index system in use, bound to the indicators in force. Throws `evaluation.no_champion`, `evaluation.definitions_changed`. */
export async function openChampion(tx: Tx, context: Pick<ModelContext, 'book'>): Promise<EvaluationModel> {
  const champion = await findChampion(tx);
  if (champion === undefined) throw evaluationRefusal('evaluation.no_champion');
  return await openEvaluationModel(tx, context, champion.hash);
}

/** Models opened so far, by book and hash: shaping the rules again takes longer than scoring by them. */
const opened = new WeakMap<IndicatorBook, Map<string, EvaluationModel>>();

/** A kept index system by its hash. Throws `evaluation.model_unknown`, `cards.wrong_kind`. */
export async function openEvaluationModel(
  tx: Tx,
  { book }: Pick<ModelContext, 'book'>,
  hash: string,
): Promise<EvaluationModel> {
  const known = opened.get(book) ?? new Map<string, EvaluationModel>();
  opened.set(book, known);
  const found = known.get(hash);
  if (found !== undefined) return found;
  const { body } = await readBody(tx, hash);
  if ('card' in body) throw cardsRefusal('cards.wrong_kind', { model: hash, kind: '评分卡', kindEn: 'card' });
  const model = openKeptModel(book, { hash, body });
  known.set(hash, model);
  return model;
}

/** What a model is kept as; its kind says which of the two bodies. Throws `evaluation.model_unknown`. */
export async function readBody(tx: Tx, hash: string): Promise<{ readonly body: ModelBody | CardBody }> {
  const row = await tx
    .tables<ModelTables>()
    .selectFrom('evaluation.models')
    .select('body')
    .where('model_hash', '=', hash)
    .executeTakeFirst();
  if (row === undefined) throw evaluationRefusal('evaluation.model_unknown', { model: hash });
  return row;
}

export async function listEvaluationModels(tx: Tx): Promise<KeptModel[]> {
  return (await selectModels(tx).orderBy('m.proposed_at', 'desc').execute()).map(toKept);
}

export async function findEvaluationModel(tx: Tx, hash: string): Promise<KeptModel | undefined> {
  const row = await selectModels(tx).where('m.model_hash', '=', hash).executeTakeFirst();
  return row === undefined ? undefined : toKept(row);
}

/** There is at most one of each kind. */
export async function findChampion(tx: Tx, kind: ModelKind = 'index_system'): Promise<KeptModel | undefined> {
  const row = await selectModels(tx)
    .where('s.state', '=', 'champion')
    .where('m.kind', '=', kind)
    .executeTakeFirst();
  return row === undefined ? undefined : toKept(row);
}

function selectModels(tx: Tx) {
  return tx
    .tables<ModelTables>()
    .selectFrom('evaluation.models as m')
    .innerJoin('evaluation.model_states as s', 's.model_hash', 'm.model_hash')
    .select([
      'm.model_hash',
      'm.kind',
      's.state',
      'm.system_id',
      'm.system_version',
      'm.grading_id',
      'm.grading_version',
    ])
    .select(['m.proposed_by', 'm.proposed_at'])
    .where('s.known_to', '=', LIVE);
}

type ModelRow = Awaited<ReturnType<ReturnType<typeof selectModels>['execute']>>[number];

function toKept(row: ModelRow): KeptModel {
  return {
    hash: row.model_hash,
    kind: row.kind,
    state: row.state,
    system: `${row.system_id} ${row.system_version}`,
    grading: `${row.grading_id} ${row.grading_version}`,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
  };
}

/** Holds the model's row, so that two persons do not act on one state at once. */
export async function requireModel(tx: Tx, hash: string): Promise<KeptModel> {
  await tx.rows('select from evaluation.models where model_hash = $1 for update', [hash]);
  const found = await findEvaluationModel(tx, hash);
  if (found === undefined) throw evaluationRefusal('evaluation.model_unknown', { model: hash });
  return found;
}

/** An index system of files, as it is kept. */
export function toNewModel({ model, body }: FiledModel): NewModel {
  const { hash, system, grading, compiled } = model;
  return { hash, kind: 'index_system', system, grading, indicators: compiled.hash, body };
}

/** Keeps rules and definitions for ever, with one leaf. */
export async function keepModel(
  tx: Tx,
  context: ModelContext,
  { caller, model }: { caller: Caller; model: NewModel },
): Promise<void> {
  const { hash, kind, system, grading, indicators, body } = model;
  const receiptId = await leafOf(tx, context, caller, {
    act: 'evaluation_model_kept',
    model: hash,
    kind,
    system: system.hash,
    grading: grading.hash,
    indicators,
  });
  await tx
    .tables<ModelTables>()
    .insertInto('evaluation.models')
    .values({
      model_hash: hash,
      kind,
      system_id: system.id,
      system_version: system.version,
      grading_id: grading.id,
      grading_version: grading.version,
      body: JSON.stringify(body),
      proposed_by: caller.id,
      proposed_at: context.clock.now(),
      receipt_id: receiptId,
    })
    .execute();
}

/** Where the model stood ends and where it stands begins, with one leaf. The caller holds the model's row. */
export async function enterState(
  tx: Tx,
  context: ModelContext,
  { caller, hash, from, to }: Acting & { from: ModelState | null; to: ModelState },
): Promise<void> {
  const at = context.clock.now();
  const receiptId = await leafOf(tx, context, caller, { act: `evaluation_model_${to}`, model: hash, from });
  const tables = tx.tables<ModelTables>();
  const { kind } = await tables
    .selectFrom('evaluation.models')
    .select('kind')
    .where('model_hash', '=', hash)
    .executeTakeFirstOrThrow();
  // An instant later than the state before it also where the clock stands still.
  const [row] = await tx.rows<{ at: Date }>(
    `select greatest($2::timestamptz, max(known_from) + interval '1 millisecond') as at
     from evaluation.model_states where model_hash = $1`,
    [hash, at],
  );
  assert(row !== undefined, 'an aggregate without a group always has a row');
  await tables
    .updateTable('evaluation.model_states')
    .set({ known_to: row.at })
    .where('model_hash', '=', hash)
    .where('known_to', '=', LIVE)
    .execute();
  await tables
    .insertInto('evaluation.model_states')
    .values({
      model_hash: hash,
      kind,
      state: to,
      known_from: row.at,
      known_to: LIVE,
      entered_by: caller.id,
      receipt_id: receiptId,
    })
    .execute();
}

/** Every step is a leaf about the definition. */
export async function leafOf(
  tx: Tx,
  { keys, clock }: ModelContext,
  caller: Caller,
  body: Readonly<Record<string, unknown>>,
): Promise<string> {
  const leafBody = { ...body, caller: caller.id };
  return (await recordLeaf(tx, keys, { kind: 'definition_change', at: clock.now(), body: leafBody })).id;
}
