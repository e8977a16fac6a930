import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { type Database, type EnterpriseId, inTransaction, systemClock } from '#kernel';
import { type MonitoringContext, refreshAllWatches, type Rule, type RuleBook } from '#monitoring';
import { lendForMeasuring } from '#outcomes';
import { type Cleanup, cloneDatabase } from '../support/database.ts';
import { monitoringOn, RULE } from '../support/monitoring-on.ts';
import { addParticipants } from './consent-setting.ts';
import { addDelivery, addEnterprise, addRecords } from './indicators-setting.ts';
import { untilSomebodyWaits } from './monitoring-watch-setting.ts';

const CHILD = join(import.meta.dirname, '..', 'support', 'monitoring-process.ts');
const ENTERPRISES = 6;
const LENDERS = ['bank', 'other-bank'];
/** What a run over all enterprises tells. */
export const TOLD = ENTERPRISES * LENDERS.length;

export type CrashSetting = {
  readonly t: Cleanup;
  readonly database: Database;
  readonly folder: string;
  readonly context: MonitoringContext;
  readonly rules: RuleBook;
  readonly rule: Rule;
  readonly enterpriseIds: readonly EnterpriseId[];
};

/** Two banks that have lent to the same enterprises, each of which a penalty was published of; nothing was run. */
export async function openCrashSetting(t: Cleanup): Promise<CrashSetting> {
  const database = await cloneDatabase(t);
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-monitoring-crash-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { context, rules } = monitoringOn(database, { folder, clock: systemClock });
  const enterpriseIds = await inTransaction(database, async (tx) => {
    await addParticipants(tx);
    const ids: EnterpriseId[] = [];
    for (let n = 0; n < ENTERPRISES; n += 1)
      ids.push(await addEnterprise(tx, { madeAt: new Date('2020-01-01T00:00:00Z') }));
    return ids;
  });
  const [from, until] = [Number(enterpriseIds[0]), Number(enterpriseIds.at(-1)) + 1];
  for (const institutionId of LENDERS)
    await lendForMeasuring(database, { institutionId, from, until, day: dayBefore(60) });
  await refreshAllWatches(context);
  const rule = rules.rules.get(RULE) ?? assert.fail();
  const setting = { t, database, folder, context, rules, rule, enterpriseIds };
  await publishPenalties(setting, '罚1');
  return setting;
}

function dayBefore(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}

/** One more penalty of every enterprise. */
export async function publishPenalties(
  { database, context, enterpriseIds }: CrashSetting,
  no: string,
): Promise<void> {
  const contract = context.catalogue.contracts.get('n08_penalty') ?? assert.fail();
  const knownFrom = systemClock.now();
  await inTransaction(database, async (tx) => {
    const deliveryNo = await addDelivery(tx, contract, knownFrom);
    const values = {
      decision_no: no,
      penalty_kind: 'fine',
      decided_on: dayBefore(10),
      penalty_status: 'in_force',
    };
    const records = enterpriseIds.map((enterpriseId, rowNo) => ({
      enterpriseId,
      deliveryNo,
      rowNo,
      knownFrom,
      values,
    }));
    await addRecords(tx, contract, records);
  });
  await wait(50); // what the node knows it knows a moment later
}

export type Worker = {
  readonly child: ChildProcess;
  /** Resolves at the first line that is or begins so; rejects when the process ends without it. */
  readonly saw: (line: string) => Promise<void>;
  /** Ends it without a chance to clean up, and waits until the database has let go of it. */
  readonly kill: () => Promise<void>;
  readonly ended: Promise<void>;
};

/** A worker of its own; see `monitoring-process.ts`. */
export function startWorker(
  { database, folder, t }: CrashSetting,
  mode: 'run' | 'push',
  aheadMs = 0,
): Worker {
  const url = new URL(database.url);
  const name = `worker_${mode}_${(workers += 1)}`;
  url.searchParams.set('application_name', name);
  const child = spawn(process.execPath, [CHILD, mode, url.href, folder, String(aheadMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  const notify = (): void => watchers.forEach((look) => look());
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    notify();
  });
  const ended = once(child, 'close').then(notify);
  const saw = (line: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (lines.some((seen) => seen.startsWith(line))) resolve();
        else if (child.exitCode !== null || child.signalCode !== null)
          reject(new Error(`ended before ${line}`));
      };
      watchers.add(look);
      look();
    });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await untilLetGo(database, name);
  };
  t.after(kill);
  return { child, saw, kill, ended };
}

let workers = 0;

async function untilLetGo({ pool }: Database, name: string): Promise<void> {
  for (let looks = 0; looks < 1_000; looks += 1) {
    const { rows } = await pool.query('select from pg_stat_activity where application_name = $1', [name]);
    if (rows.length === 0) return;
    await wait(10);
  }
  assert.fail('the database holds on to a process that is gone');
}

export type Step = {
  readonly name: string;
  /** The line after which the lock is taken; a worker prints `ready` before it touches the database. */
  readonly after: string;
  /** Held by somebody else, so that the worker comes to this step and no further. */
  readonly lock: string;
};

/** Kills a run while it waits at a step. */
export async function killAtStep(setting: CrashSetting, step: Step): Promise<void> {
  const isFirst = step.after === 'ready';
  await whileHeld(setting, async (hold) => {
    if (isFirst) await hold(step.lock);
    const worker = startWorker(setting, 'run');
    await worker.saw(step.after);
    if (!isFirst) await hold(step.lock);
    await untilSomebodyWaits(setting.database);
    return worker;
  });
}

/** Ends the worker that `work` returns while the locks are held that it took: they go only when the process is dead. */
export async function whileHeld(
  { database }: CrashSetting,
  work: (hold: (lock: string) => Promise<void>) => Promise<Worker>,
): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query('begin');
    const worker = await work(async (lock) => void (await client.query(lock)));
    worker.child.kill('SIGKILL');
    await worker.ended;
    await client.query('rollback');
    await worker.kill();
  } finally {
    await client.end();
  }
}

/** What holds at every moment, also between a crash and the run that comes after it. */
const BROKEN: Readonly<Record<string, string>> = {
  'a signal was recorded and not told to both lenders': `
    select s.signal_id from monitoring.signals s
    where (select count(*) from monitoring.alerts a
      where a.enterprise_id = s.enterprise_id and a.rule_id = s.rule_id and a.fact = s.fact) <> ${LENDERS.length}`,
  'an alert has no message, or more than one': `
    select a.alert_id from monitoring.alerts a
    where (select count(*) from monitoring.messages m
      where m.data ->> 'alertId' = a.alert_id and m.type = 'cn.xinqiao.alert.raised') <> 1`,
  'a message speaks of an alert that there is not': `
    select m.message_id from monitoring.messages m
    where not exists (select from monitoring.alerts a where a.alert_id = m.data ->> 'alertId')`,
  'an alert has no version, disclosure or leaf': `
    select a.alert_id from monitoring.alerts a
    left join monitoring.alert_versions v on v.alert_id = a.alert_id and v.version_no = 1
    left join security.disclosures d on d.disclosure_id = v.disclosure_id
    left join security.receipts r on r.receipt_id = v.receipt_id
    where v.alert_id is null or d.disclosure_id is null or r.receipt_id is null`,
  'an institution has two open cases of one enterprise, or one with nothing in it': `
    select c.enterprise_id from monitoring.cases c group by c.enterprise_id, c.institution_id having count(*) > 1
    union all select c.enterprise_id from monitoring.cases c
    where not exists (select from monitoring.alert_versions v where v.case_id = c.case_id)`,
  'leaves and disclosures tell of more or fewer alerts than there are': `
    select told.n from (select
        (select coalesce(sum((b.body::jsonb ->> 'alerts')::integer), 0) from security.leaf_bodies b
          join security.receipts r on r.receipt_id = b.receipt_id and r.kind = 'push') as n,
        (select count(*) from security.disclosures where kind = 'alert') as disclosed,
        (select count(*) from monitoring.alerts) as alerts) told
    where told.n <> told.alerts or told.disclosed <> told.alerts`,
};

export async function assertWhole({ database }: CrashSetting, when: string): Promise<void> {
  for (const [fault, text] of Object.entries(BROKEN)) {
    const found = await inTransaction(database, (tx) => tx.rows<object>(text));
    assert.deepEqual(found, [], `${when}: ${fault}`);
  }
}

export async function count({ database }: CrashSetting, table: string, where = 'true'): Promise<number> {
  const [row] = await inTransaction(database, (tx) =>
    tx.rows<{ n: number }>(`select count(*)::integer as n from monitoring.${table} where ${where}`),
  );
  return row?.n ?? 0;
}
