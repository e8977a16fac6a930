import { join } from 'node:path';
import { addJob, inTransaction, Refusal } from '#kernel';
import {
  type FinishedMonitoring,
  type FollowedSources,
  followSources,
  loadFollowing,
  type MonitoringRequest,
  runMonitoring,
  readRulesInForce,
} from '#monitoring';
import { type Caller } from '#security';
import { systemCaller } from '#platform';
import { openMonitoring } from './monitoring-context.ts';
import type { Node } from './node.ts';
import { openRuleLife } from './rule-life.ts';

/** Runs the rules in force, whoever asked for it. */
export async function runRules(
  node: Node,
  { caller, kind, onProgress }: { caller: Caller } & Pick<MonitoringRequest, 'kind' | 'onProgress'>,
): Promise<FinishedMonitoring> {
  const inForce = await inTransaction(node.database, (tx) => readRulesInForce(tx, openRuleLife(node)));
  return await runMonitoring(openMonitoring(node), {
    caller,
    kind,
    ...inForce,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}

/**
 * Asks the departments that are due about the watch list; undefined where none can be asked. Terms are those of the files at
 * this moment.
 */
export async function followNow(
  node: Node,
  { caller, signal }: { caller: Caller; signal?: AbortSignal },
): Promise<FollowedSources | undefined> {
  const { sources, config } = node;
  if (sources === undefined) return undefined;
  const { packageFolder, definitionsFolder } = config;
  const city = definitionsFolder === undefined ? [] : [definitionsFolder];
  const following = loadFollowing([join(packageFolder, 'models'), ...city]);
  const inForce = await inTransaction(node.database, (tx) => readRulesInForce(tx, openRuleLife(node)));
  return await followSources(
    { ...openMonitoring(node), sources, following },
    { caller, ...inForce, ...(signal !== undefined && { signal }) },
  );
}

/** By schedule, or after deliveries; while another run is under way it waits for its turn without holding a worker. */
export async function runRulesByJob(
  node: Node,
  { kind, onProgress }: Pick<MonitoringRequest, 'kind'> & { readonly onProgress: () => void },
): Promise<void> {
  try {
    await runRules(node, { caller: systemCaller('monitoring'), kind, onProgress });
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'monitoring.run_under_way') throw error;
    const name = kind === 'sweep' ? 'monitor_sweep' : 'monitor_touched';
    const runAt = new Date(node.clock.now().getTime() + TURN_WAIT_MS);
    await inTransaction(node.database, (tx) =>
      addJob(tx, name, {}, { key: name, queue: 'monitoring', runAt }),
    );
  }
}

const TURN_WAIT_MS = 1_000;

/** Deliveries come in series: a job of this key waits only once, and looks at whatever was published by then. */
export async function askForMonitoring({ database }: Pick<Node, 'database'>): Promise<void> {
  await inTransaction(database, (tx) =>
    addJob(tx, 'monitor_touched', {}, { key: 'monitor_touched', queue: 'monitoring' }),
  );
}
