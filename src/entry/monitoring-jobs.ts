import { followOverdue, measurePrecisions, recordPushReceipts, sweepLooks, sweepMessages } from '#monitoring';
import { inTransaction, type JobHandlers } from '#kernel';
import { systemCaller } from '#platform';
import { followNow, runRulesByJob } from './monitoring.ts';
import { openMonitoring } from './monitoring-context.ts';
import type { Node } from './node.ts';
import { openPush } from './push.ts';
import { openRuleLife } from './rule-life.ts';
import { refreshByJob, refreshNightly } from './watches.ts';

/**
 * What jobs of monitoring do; when they run, the table of `serve` says. `onQueued`: messages may wait to be sent. `stopping`
 * ends what asks departments, which may take an hour.
 */
export function monitoringJobs(node: Node, onQueued: () => void, stopping: AbortSignal): JobHandlers {
  return {
    refresh_watches: (payload) => refreshByJob(node, payload),
    refresh_all_watches: () => refreshNightly(node),
    monitor_touched: () => runRulesByJob(node, { kind: 'touched', onProgress: onQueued }),
    monitor_sweep: () => runRulesByJob(node, { kind: 'sweep', onProgress: onQueued }),
    follow_sources: async () => {
      await followNow(node, { caller: systemCaller('follow_sources'), signal: stopping });
      onQueued();
    },
    sweep_looks: async () => {
      await inTransaction(node.database, (tx) => sweepLooks(tx, node));
    },
    follow_overdue_alerts: async () => {
      await followOverdue(openMonitoring(node));
    },
    measure_rules: async () => {
      await measurePrecisions(openRuleLife(node), systemCaller('measure_rules'));
    },
    record_push_receipts: async () => {
      await recordPushReceipts(openPush(node));
    },
    sweep_messages: async () => {
      await inTransaction(node.database, (tx) => sweepMessages(tx, node));
    },
  };
}
