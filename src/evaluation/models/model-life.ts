import type { Tx } from '#kernel';
import { type Caller, requireAllowed } from '#security';
import { evaluationRefusal } from '../run/evaluation-refusals.ts';
import type { RunFigures, RunTables } from '../run/run-tables.ts';
import { judgeCard, judgeCardRun } from './cards/card-gates.ts';
import { openCardModel } from './cards/card-store.ts';
import { readLastCardRun } from './card-runs/last-run.ts';
import type { CardRunFigures } from './card-runs/card-tables.ts';
import { type Gate, judgeRules, judgeRun } from './gates.ts';
import type { FiledModel } from './model-files.ts';
import {
  type Acting,
  enterState,
  findChampion,
  findEvaluationModel,
  keepModel,
  leafOf,
  type ModelContext,
  type NewModel,
  openEvaluationModel,
  requireModel,
  toNewModel,
} from './model-store.ts';
import { MODEL_STATE_ZH, type ModelState, type ModelTables } from './model-tables.ts';

/** Keeps a model as a draft; one that is kept already stays where it stands. */
export async function proposeEvaluationModel(
  tx: Tx,
  context: ModelContext,
  { caller, filed }: { caller: Caller; filed: FiledModel },
): Promise<ModelState> {
  return await proposeModel(tx, context, { caller, model: toNewModel(filed) });
}

/** The same of a model of either kind. */
export async function proposeModel(
  tx: Tx,
  context: ModelContext,
  { caller, model }: { caller: Caller; model: NewModel },
): Promise<ModelState> {
  requireAllowed(context.policies, caller, 'propose_model');
  const { hash } = model;
  const known = await findEvaluationModel(tx, hash);
  if (known !== undefined) return known.state;
  await keepModel(tx, context, { caller, model });
  await enterState(tx, context, { caller, hash, from: null, to: 'draft' });
  return 'draft';
}

/** Asks the gates that need no run. Passed: validated. The answer is kept either way. */
export async function validateEvaluationModel(
  tx: Tx,
  context: ModelContext,
  acting: Acting,
): Promise<Gate[]> {
  requireAllowed(context.policies, acting.caller, 'propose_model');
  const { state, kind } = await requireModel(tx, acting.hash);
  requireState(state, 'draft', 'validated');
  const gates =
    kind === 'card'
      ? judgeCard(await openCardModel(tx, context, acting.hash))
      : judgeRules(await openEvaluationModel(tx, context, acting.hash));
  await keepGates(tx, context, acting, gates);
  if (gates.every(({ isPassed }) => isPassed))
    await enterState(tx, context, { ...acting, from: state, to: 'validated' });
  return gates;
}

/** From then on it runs beside the champion, and nobody reads its scores. */
export async function shadowEvaluationModel(tx: Tx, context: ModelContext, acting: Acting): Promise<void> {
  requireAllowed(context.policies, acting.caller, 'propose_model');
  const { state } = await requireModel(tx, acting.hash);
  requireState(state, 'validated', 'shadow');
  await enterState(tx, context, { ...acting, from: state, to: 'shadow' });
}

/** Asks the gates of its last full shadow run. Passed: challenger, which two persons may approve. */
export async function challengeEvaluationModel(
  tx: Tx,
  context: ModelContext,
  acting: Acting,
): Promise<Gate[]> {
  requireAllowed(context.policies, acting.caller, 'propose_model');
  const { state, kind } = await requireModel(tx, acting.hash);
  requireState(state, 'shadow', 'challenger');
  const gates =
    kind === 'card'
      ? judgeCardRun(await requireCardFigures(tx, acting.hash))
      : await judgeShadowRun(tx, context, acting.hash);
  await keepGates(tx, context, acting, gates);
  if (gates.every(({ isPassed }) => isPassed))
    await enterState(tx, context, { ...acting, from: state, to: 'challenger' });
  return gates;
}

async function judgeShadowRun(tx: Tx, context: ModelContext, hash: string): Promise<Gate[]> {
  const model = await openEvaluationModel(tx, context, hash);
  const own = await readFigures(tx, { role: 'shadow', model: hash });
  if (own === undefined) throw evaluationRefusal('evaluation.no_shadow_run');
  const champion = await readFigures(tx, { role: 'champion', grading: model.grading.hash });
  return judgeRun(model, own, champion);
}

async function requireCardFigures(tx: Tx, hash: string): Promise<CardRunFigures> {
  const last = await readLastCardRun(tx, hash);
  if (last === undefined) throw evaluationRefusal('evaluation.no_shadow_run');
  return last.figures;
}

/**
 * Approves a challenger: two persons, neither the one who proposed it. With the second it is champion from the next run on,
 * and the one of its kind before it is retired.
 */
export async function approveEvaluationModel(
  tx: Tx,
  context: ModelContext,
  { caller, hash }: Acting,
): Promise<{ readonly state: ModelState; readonly approvals: number }> {
  const { state, kind, proposedBy } = await requireModel(tx, hash);
  const given = await tx
    .tables<ModelTables>()
    .selectFrom('evaluation.model_approvals')
    .select('approved_by')
    .where('model_hash', '=', hash)
    .execute();
  const earlierPersons = [proposedBy, ...given.map(({ approved_by }) => approved_by)];
  requireAllowed(context.policies, caller, 'approve_model', { earlierPersons });
  requireState(state, 'challenger', 'champion');
  const approvals = given.length + 1;
  const at = context.clock.now();
  const receiptId = await leafOf(tx, context, caller, {
    act: 'evaluation_model_approved',
    model: hash,
    approvals,
  });
  await tx
    .tables<ModelTables>()
    .insertInto('evaluation.model_approvals')
    .values({ model_hash: hash, approved_by: caller.id, approved_at: at, receipt_id: receiptId })
    .execute();
  if (approvals < APPROVALS) return { state, approvals };
  const before = await findChampion(tx, kind);
  if (before !== undefined)
    await enterState(tx, context, { caller, hash: before.hash, from: 'champion', to: 'retired' });
  await enterState(tx, context, { caller, hash, from: state, to: 'champion' });
  return { state: 'champion', approvals };
}

const APPROVALS = 2;

/** Ends a model for good; the champion ends by its successor alone. */
export async function retireEvaluationModel(tx: Tx, context: ModelContext, acting: Acting): Promise<void> {
  requireAllowed(context.policies, acting.caller, 'retire_model');
  const { state } = await requireModel(tx, acting.hash);
  if (state === 'champion' || state === 'retired') throw wrongStep(state, 'retired');
  await enterState(tx, context, { ...acting, from: state, to: 'retired' });
}

/**
 * At start: the package's model is the first champion, published with the package like its contracts; whenever the files
 * differ from all models kept, they are a draft that people may take further.
 */
export async function bringModelIntoForce(
  tx: Tx,
  context: ModelContext,
  { caller, filed }: { caller: Caller; filed: FiledModel },
): Promise<ModelState> {
  await tx.rows('select pg_advisory_xact_lock($1)', [MODELS_LOCK]);
  const { hash } = filed.model;
  const known = await findEvaluationModel(tx, hash);
  if (known !== undefined) return known.state;
  const isFirst = (await findChampion(tx)) === undefined;
  await keepModel(tx, context, { caller, model: toNewModel(filed) });
  const to = isFirst ? 'champion' : 'draft';
  await enterState(tx, context, { caller, hash, from: null, to });
  return to;
}

/** Two processes may start at once. */
const MODELS_LOCK = 7_241_032;

function requireState(state: ModelState, wanted: ModelState, to: ModelState): void {
  if (state !== wanted) throw wrongStep(state, to);
}

function wrongStep(state: ModelState, to: ModelState) {
  return evaluationRefusal('evaluation.step_wrong', {
    state: `${MODEL_STATE_ZH[state]} ${state}`,
    step: `${MODEL_STATE_ZH[to]} ${to}`,
  });
}

async function keepGates(
  tx: Tx,
  { clock }: ModelContext,
  { caller, hash }: Acting,
  gates: readonly Gate[],
): Promise<void> {
  await tx
    .tables<ModelTables>()
    .insertInto('evaluation.model_checks')
    .values({
      model_hash: hash,
      checked_at: clock.now(),
      is_passed: gates.every(({ isPassed }) => isPassed),
      gates: JSON.stringify(gates),
      checked_by: caller.id,
    })
    .execute();
}

async function readFigures(
  tx: Tx,
  { role, model, grading }: { role: 'shadow' | 'champion'; model?: string; grading?: string },
): Promise<RunFigures | undefined> {
  const all = tx
    .tables<RunTables>()
    .selectFrom('evaluation.runs')
    .select('figures')
    .where('role', '=', role)
    .where('state', '=', 'finished')
    .where('kind', '=', 'full');
  const ofModel = model === undefined ? all : all.where('model_hash', '=', model);
  const own = grading === undefined ? ofModel : ofModel.where('grading_hash', '=', grading);
  const row = await own.orderBy('run_no', 'desc').limit(1).executeTakeFirst();
  return row?.figures ?? undefined;
}
