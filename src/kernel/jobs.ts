import { Logger as WorkerLogger, makeWorkerUtils, run, type TaskList } from 'graphile-worker';
import type { Database, Tx } from './database.ts';
import type { Logger } from './logger.ts';

/** What a job is called with: plain JSON. Each job is idempotent; it may run again after a crash. */
export type JobHandlers = Readonly<
  Record<string, (payload: Readonly<Record<string, string>>) => Promise<void>>
>;

export type JobRunner = { stop(): Promise<void> };

/** Creates or upgrades the queue's own schema; called under the structure lock. */
export async function migrateJobs(database: Database): Promise<void> {
  const utils = await makeWorkerUtils({ pgPool: database.pool, logger: quiet });
  await utils.migrate();
  await utils.release();
}

/**
 * Queues a job in the caller's transaction: it exists exactly if the transaction commits. One job per key waits; jobs of
 * one queue run one after the other.
 */
export async function addJob(
  tx: Tx,
  name: string,
  payload: Readonly<Record<string, string>>,
  options: { key?: string; runAt?: Date; queue?: string } = {},
): Promise<void> {
  await tx.rows(
    'select graphile_worker.add_job($1, $2::json, run_at => $3, job_key => $4, queue_name => $5)',
    [name, JSON.stringify(payload), options.runAt ?? null, options.key ?? null, options.queue ?? null],
  );
}

/**
 * Runs jobs until stopped; `crontab` lines are `minute hour day month weekday name`, in UTC.
 * A failing job is retried with backoff by the queue and logged by name only.
 */
export async function runJobs(
  database: Database,
  handlers: JobHandlers,
  options: { concurrency: number; crontab?: string; logger: Logger },
): Promise<JobRunner> {
  const taskList: TaskList = Object.fromEntries(
    Object.entries(handlers).map(([name, handle]) => [
      name,
      (payload: unknown) => handle((payload ?? {}) as Readonly<Record<string, string>>),
    ]),
  );
  const runner = await run({
    pgPool: database.pool,
    taskList,
    concurrency: options.concurrency,
    crontab: options.crontab ?? '',
    noHandleSignals: true,
    pollInterval: 1_000,
    logger: quiet,
  });
  runner.events.on('job:error', ({ job, error }) => {
    options.logger.error(
      {
        job: job.task_identifier,
        attempt: job.attempts,
        error: error instanceof Error ? error.name : 'unknown',
      },
      'job failed',
    );
  });
  return { stop: () => runner.stop() };
}

const quiet = new WorkerLogger(() => () => {});
