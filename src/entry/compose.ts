import { join } from 'node:path';
import {
  checkSuites,
  type Config,
  type Database,
  inTransaction,
  type KeyStore,
  type Logger,
  migrate,
  migrateJobs,
  openDatabase,
  openEmbedded,
  openKeyStore,
  systemClock,
} from '#kernel';
import { openOnnxRunner } from '#evaluation';
import { openReportIssuer } from '#information';
import { readEvidenceLevels, readStatements } from '#rights';
import { bringIntoForce, type Catalogue, type ListsContext, makeTables, readCatalogueStamp } from '#lists';
import { keepPolicies, loadPolicies, type PolicySet } from '#security';
import { bringEvaluationIntoForce, loadEvaluation } from './evaluation.ts';
import { openNodeIdentity } from './identity.ts';
import type { Node } from './node.ts';
import { openNodePersonGate } from './persons.ts';
import { bringTimeLimitsIntoForce } from './rights.ts';
import { bringAlertRulesIntoForce } from './rule-life.ts';
import { openNodeSources } from './sources.ts';

export type OpenOptions = {
  readonly config: Config;
  readonly logger: Logger;
  /** Lines for a person while something takes long. */
  readonly say: (line: string) => void;
  /** Where departments are, by the names that source definitions use; only a demonstration gives any. */
  readonly sourceAddresses?: Readonly<Record<string, string>>;
  /** The database ended under us. */
  readonly onDatabaseLost?: (reason: string) => void;
};

/** How long a contract published in one process may be unknown to another. */
const CATALOGUE_LOOK_MS = 2_000;

/**
 * Opens the node on its database: starts or attaches to the embedded one, runs what migrations are missing, brings the
 * contracts into force and makes their tables. Two processes may do this at once. The only place that constructs.
 */
export async function openNode(options: OpenOptions): Promise<Node> {
  const { config, logger } = options;
  checkSuites();
  const server = await openServer(options);
  const database = openDatabase(server.url);
  try {
    const keys = openKeyStore(config.keysFolder, config.suite);
    const policies = loadPolicies(foldersOf(config, 'policies'));
    const catalogue = await prepareDatabase(database, config, keys);
    await inTransaction(database, (tx) => keepPolicies(tx, keys, { policies, at: systemClock.now() }));
    const lists = listsContext({ config, database, logger, keys, policies, catalogue });
    const report = openReportIssuer({
      lists: lists.context,
      policies,
      config,
      readEvidence: readEvidenceLevels,
      readStatements,
    });
    const base = { config, database, policies, keys, clock: systemClock, logger, lists: lists.context };
    const evaluation = loadEvaluation(config, catalogue);
    await bringEvaluationIntoForce(base, evaluation);
    await bringAlertRulesIntoForce({ ...base, evaluation });
    await bringTimeLimitsIntoForce(base);
    const sources = openNodeSources(base, options.sourceAddresses ?? {});
    const onnx = openOnnxRunner();
    const close = async (): Promise<void> => {
      lists.stopLooking();
      await onnx.close();
      await sources.stop();
      await database.close();
      await server.stop();
    };
    return {
      ...base,
      report,
      readEvidence: readEvidenceLevels,
      personGate: openNodePersonGate(base),
      evaluation,
      onnx,
      askSources: sources.ask,
      sources: sources.book,
      identity: openNodeIdentity(base),
      close,
    };
  } catch (error) {
    await database.close();
    await server.stop();
    throw error;
  }
}

type Server = { readonly url: string; stop(): Promise<void> };

async function openServer({ config, logger, say, onDatabaseLost }: OpenOptions): Promise<Server> {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl, stop: () => Promise.resolve() };
  return await openEmbedded({
    folder: config.dataFolder,
    logger,
    say,
    ...(onDatabaseLost === undefined ? {} : { onExit: onDatabaseLost }),
  });
}

/** Everything under one lock: structure, queue, contracts and their tables. */
export async function prepareDatabase(
  database: Database,
  config: Pick<Config, 'packageFolder' | 'definitionsFolder' | 'partitions'>,
  keys: KeyStore,
): Promise<Catalogue> {
  let catalogue: Catalogue | undefined;
  await migrate(database, join(config.packageFolder, 'migrations'), async (tx) => {
    const at = systemClock.now();
    catalogue = await bringIntoForce(tx, { ...listFolders(config), at, keys });
    await makeTables(tx, catalogue.contracts.values(), { partitions: config.partitions, at });
    await migrateJobs(database);
  });
  if (catalogue === undefined) throw new TypeError('migrate always calls what comes after');
  return catalogue;
}

function listFolders(config: Pick<Config, 'packageFolder' | 'definitionsFolder'>): {
  packageFolder: string;
  cityFolder: string | undefined;
} {
  const cityFolder =
    config.definitionsFolder === undefined ? undefined : join(config.definitionsFolder, 'lists');
  return { packageFolder: join(config.packageFolder, 'lists'), cityFolder };
}

function foldersOf(config: Config, name: string): string[] {
  const folders = [config.packageFolder];
  if (config.definitionsFolder !== undefined) folders.push(config.definitionsFolder);
  return folders.map((folder) => join(folder, name));
}

type ContextParts = {
  config: Config;
  database: Database;
  logger: Logger;
  keys: KeyStore;
  policies: PolicySet;
  catalogue: Catalogue;
};

/** The context sees a contract that anyone published within `CATALOGUE_LOOK_MS`. */
function listsContext(parts: ContextParts): { context: ListsContext; stopLooking: () => void } {
  let current = parts.catalogue;
  let seen: string | undefined;
  const look = async (): Promise<void> => {
    const now = await inTransaction(parts.database, readCatalogueStamp, 'snapshot');
    if (seen !== undefined && now !== seen) {
      current = await inTransaction(parts.database, (tx) =>
        bringIntoForce(tx, { ...listFolders(parts.config), at: systemClock.now(), keys: parts.keys }),
      );
    }
    seen = now;
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => {
      parts.logger.warn(
        { error: error instanceof Error ? error.name : 'unknown' },
        'catalogue not looked at',
      );
    });
  }, CATALOGUE_LOOK_MS);
  timer.unref();
  const context: ListsContext = {
    database: parts.database,
    get catalogue() {
      return current;
    },
    policies: parts.policies,
    clock: systemClock,
    logger: parts.logger,
    keys: parts.keys,
    packageFolder: parts.config.packageFolder,
    deliveriesFolder: join(parts.config.dataFolder, 'deliveries'),
  };
  return { context, stopLooking: () => clearInterval(timer) };
}
