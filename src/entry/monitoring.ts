import { addJob, inTransaction, Refusal } from '#kernel';
import {
  type FinishedMonitoring,
  type MonitoringRequest,
  runMonitoring,
  readRulesInForce,
} from '#monitoring';
import { type Caller } from '#security';
import { systemCaller } from '#platform';
import { openMonitoring } from './monitoring-context.ts';
import type { Node } from './node.ts';
import { openRuleLife, readRuleFiles } from './rule-life.ts';

/** Runs the rules in force, whoever asked for it. */
export async function runRules(
  node: Node,
  { caller, kind, onProgress }: { caller: Caller } & Pick<MonitoringRequest, 'kind' | 'onProgress'>,
): Promise<FinishedMonitoring> {
  const { active, shadow } = await inTransaction(node.database, (tx) =>
    readRulesInForce(tx, openRuleLife(node)),
  );
  return await runMonitoring(openMonitoring(node), {
    caller,
    kind,
    rules: readRuleFiles(node),
    active,
    shadow,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}

/** By schedule, or after deliveries; while another run is under way it waits for its turn without holding a worker. */
export async function runRulesByJob(node: Node, kind: MonitoringRequest['kind']): Promise<void> {
  try {
    await runRules(node, { caller: systemCaller('monitoring'), kind });
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
