import { join } from 'node:path';
import { settleConsents } from '#consent';
import { refreshPeers, runWhitelists, sweepShadowRuns } from '#evaluation';
import { findOpenFiles, runDueFiles, sweepQueryFiles } from '#information';
import { addJob, beijingDate, inTransaction, type JobHandlers, type Logger, runJobs } from '#kernel';
import {
  loadCalendar,
  loadWeights,
  processDelivery,
  recoverDeliveries,
  releaseHeld,
  remindOverdue,
  runQuality,
  settleTickets,
  sizeRegister,
  sweepInbox,
} from '#lists';
import { type Pusher, startPusher } from '#monitoring';
import { sweepIdentity, systemCaller } from '#platform';
import { logOrigin, startSequencer, sweepIdempotency } from '#security';
import { openConsent } from './consent.ts';
import { runScheduled } from './evaluation.ts';
import { buildApp } from './http/app.ts';
import { openPortraits } from './http/routes/portrait.ts';
import { openWhitelists } from './http/routes/whitelists.ts';
import type { Node } from './node.ts';
import { openQueryFiles } from './query-files.ts';
import { runReturns } from './returns.ts';
import { allRightsJobs, askForRights } from './rights-jobs.ts';
import { askForMonitoring } from './monitoring.ts';
import { monitoringJobs } from './monitoring-jobs.ts';
import { openPush } from './push.ts';

export type Serving = {
  /** Where it listens, with the port that was really taken. */
  readonly url: string;
  stop(): Promise<void>;
};

export type ServeParts = { readonly http: boolean; readonly worker: boolean };

/**
 * Runs a node's processes: HTTP, jobs, and the log's writer, which any process may be. Work that a crash left
 * unfinished is queued first. Stopping lets requests, the job at hand and the batch at hand end, in that order.
 */
export async function serve(node: Node, parts: ServeParts): Promise<Serving> {
  await recoverDeliveries(node.lists);
  if (parts.worker) await resumeQueryFiles(node);
  const sequencer = startSequencer({
    database: node.database,
    keys: node.keys,
    origin: logOrigin(node.config.publicUrl),
    logger: node.logger,
  });
  const stopping = new AbortController();
  const pusher = parts.worker ? startPusher(openPush(node)) : undefined;
  const runner = parts.worker
    ? await runJobs(node.database, handlersOf(node, { stopping: stopping.signal, pusher }), {
        concurrency: 2,
        crontab: CRONTAB,
        logger: node.logger,
      })
    : undefined;
  const inbox = parts.worker ? watchInbox(node) : undefined;
  const app = parts.http ? await buildApp(node) : undefined;
  const url = app === undefined ? '' : await app.listen({ host: node.config.host, port: node.config.port });
  return {
    url,
    stop: async () => {
      inbox?.stop();
      await app?.close();
      stopping.abort();
      await runner?.stop();
      await pusher?.stop();
      await sequencer.stop();
    },
  };
}

/** In UTC; Beijing is eight hours ahead. */
const CRONTAB = `
*/5 * * * * sweep_identity
30 17 * * * remind_overdue
0 18 1 * * review_quality
0 19 * * * size_register
0 20 * * * evaluate_all
*/10 * * * * sweep_idempotency
10 16 * * * settle_consents
0 17 * * * run_query_files
20 * * * * sweep_query_files
40 17 * * * sweep_shadow_runs
0 22 * * * run_whitelists
50 17 * * * run_returns
50 16 * * * refresh_all_watches
30 21 * * * monitor_sweep
15 * * * * follow_sources
45 16 * * * sweep_looks
5 * * * * follow_overdue_alerts
25 * * * * follow_terms
45 * * * * follow_processing
35 * * * * follow_voluntary
35 * * * * follow_objections
50 * * * * follow_window
15 16 * * * remove_expired
40 * * * * follow_repairs
10 17 * * * end_public_periods
* * * * * send_repair_notices
40 * * * * follow_complaints
50 * * * * follow_persons
0 23 * * * measure_rules
20 16 * * * record_push_receipts
40 16 * * * sweep_messages
55 16 * * * sweep_own_exports
`;

/** What jobs and events set off: the one table that binds upward effects. */
function handlersOf(
  node: Node,
  { stopping, pusher }: { readonly stopping: AbortSignal; readonly pusher: Pusher | undefined },
): JobHandlers {
  const { lists } = node;
  return {
    process_delivery: async ({ deliveryNo }) => {
      await processDelivery(lists, required(deliveryNo));
      await askForMonitoring(node);
      await askForTouched(node);
      await askForRights(node);
    },
    run_whitelists: async () => {
      const caller = systemCaller('run_whitelists');
      await runWhitelists(openWhitelists(node), { caller });
      await refreshPeers(openPortraits(node), { caller });
    },
    run_returns: () => runReturns(node),
    ...monitoringJobs(node, () => pusher?.wake(), stopping),
    ...allRightsJobs(node),
    release_held: async ({ reviewNo }) => {
      await releaseHeld(lists, required(reviewNo));
      await askForMonitoring(node);
      await askForTouched(node);
      await askForRights(node);
    },
    evaluate_all: () => runScheduled(node, 'full'),
    evaluate_touched: () => runScheduled(node, 'incremental'),
    remind_overdue: async () => {
      const { packageFolder } = node.config;
      const calendar = loadCalendar(join(packageFolder, 'models', 'calendars'));
      await remindOverdue(lists, { calendar, workingDays: loadWeights(packageFolder).ticketWorkingDays });
      await settleTickets(lists, { caller: systemCaller('remind_overdue') });
    },
    review_quality: async () => {
      const caller = systemCaller('review_quality');
      const month = beijingDate(new Date(node.clock.now().getTime() - MONTH_BACK_MS)).slice(0, 7);
      await runQuality(lists, { period: month, caller });
      const quarter = quarterEndedWith(month);
      if (quarter !== undefined) await runQuality(lists, { period: quarter, caller });
    },
    sweep_identity: async () => {
      await sweepIdentity(node.database, node.clock);
    },
    size_register: async () => {
      await sizeRegister(lists, { caller: systemCaller('size_register') });
    },
    sweep_idempotency: async () => {
      await sweepIdempotency(node.database, node.clock);
    },
    settle_consents: async () => {
      await settleConsents(node.database, openConsent(node));
    },
    run_query_files: () => runDueFiles(openQueryFiles(node), stopping),
    sweep_query_files: async () => {
      await sweepQueryFiles(node.database, node.clock);
    },
    sweep_shadow_runs: async () => {
      await sweepShadowRuns(node.database, node.clock);
    },
  };
}

/** Deliveries come in series: one run for those of the same minutes, since a job of this key waits only once. */
async function askForTouched({ database, clock }: Node): Promise<void> {
  const runAt = new Date(clock.now().getTime() + TOUCHED_WAIT_MS);
  await inTransaction(database, async (tx) => {
    await addJob(tx, 'evaluate_touched', {}, { key: 'evaluate_touched', runAt });
    await addJob(tx, 'recall_delivered', {}, { key: 'recall_delivered', runAt });
  });
}

const TOUCHED_WAIT_MS = 2 * 60_000;

/** What a crash left running, and what came due while no worker was there. */
async function resumeQueryFiles(node: Node): Promise<void> {
  if ((await findOpenFiles(node, node.clock.now())).length === 0) return;
  await inTransaction(node.database, (tx) => addJob(tx, 'run_query_files', {}, { key: 'run_query_files' }));
}

/** The monthly run is on the first or second day; two days back is the month to report on. */
const MONTH_BACK_MS = 2 * 86_400_000;

/** `2026-Q3` for September; the other months end no quarter. */
function quarterEndedWith(month: string): string | undefined {
  const [year, number] = month.split('-').map(Number);
  return number !== undefined && number % 3 === 0 ? `${year}-Q${number / 3}` : undefined;
}

function required(value: string | undefined): string {
  if (value === undefined) throw new TypeError('a job came without its payload');
  return value;
}

const INBOX_LOOK_MS = 2_000;

function watchInbox(node: Node): { stop: () => void } | undefined {
  const { inboxFolder } = node.config;
  if (inboxFolder === undefined) return undefined;
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    sweepInbox(node.lists, inboxFolder)
      .catch((error: unknown) => warn(node.logger, error))
      .finally(() => {
        isLooking = false;
      });
  }, INBOX_LOOK_MS);
  return { stop: () => clearInterval(timer) };
}

function warn(logger: Logger, error: unknown): void {
  logger.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'inbox not looked at');
}
