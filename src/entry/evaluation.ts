import { join } from 'node:path';
import {
  bringModelIntoForce,
  keepDefinitions,
  loadIndicators,
  listEvaluationModels,
  type ModelContext,
  type ModelState,
  openChampion,
  openEvaluationModel,
  type RunContext,
  readFiledModel,
  runCard,
  runEvaluation,
} from '#evaluation';
import { type Config, inTransaction } from '#kernel';
import type { Catalogue } from '#lists';
import { systemCaller } from '#platform';
import type { Node, NodeEvaluation } from './node.ts';

/** Loads indicators and rules, the city's over the package's. */
export function loadEvaluation(config: Config, catalogue: Catalogue): NodeEvaluation {
  const book = loadIndicators(modelFolders(config), catalogue);
  const filed = readFiledModel(
    modelFolders(config).map((folder) => join(folder, 'index-systems')),
    book,
  );
  return { book, filed };
}

/** Keeps every definition, and sees that there is a model in use. */
export async function bringEvaluationIntoForce(
  node: Pick<Node, 'database' | 'clock' | 'keys' | 'policies'>,
  { book, filed }: NodeEvaluation,
): Promise<void> {
  const caller = systemCaller('bring_model_into_force');
  await inTransaction(node.database, async (tx) => {
    await keepDefinitions(tx, book, node.clock.now());
    await bringModelIntoForce(tx, { ...node, book }, { caller, filed });
  });
}

/** The package's, then the city's. */
export function modelFolders({
  packageFolder,
  definitionsFolder,
}: Pick<Config, 'packageFolder' | 'definitionsFolder'>) {
  return [join(packageFolder, 'models'), ...(definitionsFolder === undefined ? [] : [definitionsFolder])];
}

/** What runs and scores work with on this node. */
export function openRuns(
  node: Pick<Node, 'database' | 'policies' | 'keys' | 'clock' | 'logger' | 'lists' | 'evaluation'>,
): RunContext & ModelContext {
  const { database, policies, keys, clock, logger, lists, evaluation } = node;
  return {
    database,
    policies,
    keys,
    clock,
    logger,
    get catalogue() {
      return lists.catalogue;
    },
    book: evaluation.book,
  };
}

/** States in which a card is scored beside the night's full run; nobody reads what comes of it. */
const RUNNING: ReadonlySet<ModelState> = new Set(['shadow', 'challenger', 'champion']);

/** What runs by schedule: everybody, or whoever deliveries touched; then every model in shadow beside it. */
export async function runScheduled(node: Node, kind: 'full' | 'incremental'): Promise<void> {
  const context = openRuns(node);
  const caller = systemCaller('evaluate');
  const model = await inTransaction(node.database, (tx) => openChampion(tx, context));
  await runEvaluation(context, { caller, kind, model, role: 'champion' });
  if (kind === 'incremental') return;
  const models = await inTransaction(node.database, listEvaluationModels);
  for (const { hash, state, kind: modelKind } of models) {
    if (modelKind === 'card' && RUNNING.has(state)) await runCard(context, { caller, hash });
    if (modelKind === 'card' || (state !== 'shadow' && state !== 'challenger')) continue;
    const shadow = await inTransaction(node.database, (tx) => openEvaluationModel(tx, context, hash));
    await runEvaluation(context, { caller, kind, model: shadow, role: state });
  }
}
