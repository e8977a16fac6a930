import assert from 'node:assert';
import { createHmac } from 'node:crypto';
import { createReadStream, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beijingDate, type Clock, inTransaction } from '#kernel';
import { type Received, readReceipt, receive, requireContract } from '#lists';
import { lendForMeasuring } from '#outcomes';
import { refreshAllWatches, registerEndpoint, verifyEndpoint } from '#monitoring';
import { authenticate, systemCaller } from '#platform';
import type { Caller } from '#security';
import { openDemonstrationAccounts } from '../demonstration.ts';
import { runRules } from '../monitoring.ts';
import type { Node } from '../node.ts';
import { openPush } from '../push.ts';
import { bringAlertRulesIntoForce } from '../rule-life.ts';
import { serve } from '../serve.ts';
import { type BenchResult, peakMemoryMiB, percentile, round, withBenchNode } from './bench-node.ts';
import { benchCode } from './ingest-files.ts';
import { fillWatched } from './monitor-files.ts';

export type MonitorOptions = { readonly enterprises: number; readonly folder?: string | undefined };

const LENDER = 'demo-bank';
const CONTRACT = 'n08_penalty';
const EVENTS_PER_DELIVERY = 200;
const DELIVERIES = 20;
const EVERY_MS = 1_000;
const PATIENCE_MS = 60_000;

/**
 * Every enterprise has a live loan of one bank and is watched for it. A department delivers 200 penalties a second to a
 * worker that runs as a city's does; measured is the time from the publication of each to the arrival of its webhook at
 * the bank. Then a sweep of the whole watch list over every rule in force.
 */
export async function benchMonitor(options: MonitorOptions): Promise<BenchResult> {
  return await withBenchNode(options.folder, async (own, folder) => {
    const node = { ...own, config: { ...own.config, pushNetworks: ['127.0.0.1/32'] } };
    const codes = Array.from({ length: options.enterprises }, (_, n) => benchCode(n));
    const { rules, records } = await prepare(node, folder, codes);
    const target = await openTarget(node.clock);
    await connect(node, target);
    const serving = await serve(node, { http: false, worker: true });
    const received = await deliverEvents(node, folder, codes);
    const sent = received.length * EVENTS_PER_DELIVERY;
    await untilAll(() => target.arrivals.size >= sent);
    await serving.stop();
    const delays = await readDelays(node, { target, received });
    const [whole, raised] = [delays.map(({ wholeMs }) => wholeMs), delays.map(({ raiseMs }) => raiseMs)];
    const sweep = await timed(() => runRules(node, { caller: systemCaller('bench'), kind: 'sweep' }));
    target.server.close();
    assert.equal(sweep.result.enterprises, options.enterprises, 'the sweep looked at everybody');
    return {
      bench: 'monitor',
      figure: percentile(whole, 0.99),
      unit: 'ms',
      work: `${sent} penalties, ${EVENTS_PER_DELIVERY} a second, ${options.enterprises} watched loans, ${rules} rules over ${records} records: publication to webhook, p99`,
      limit: null,
      ratio: null,
      p50Ms: percentile(whole, 0.5),
      p99Ms: percentile(whole, 0.99),
      raisedP50Ms: percentile(raised, 0.5),
      raisedP99Ms: percentile(raised, 0.99),
      sweepSeconds: round(sweep.seconds),
      sweepLoansPerSecond: Math.round(options.enterprises / sweep.seconds),
      sweepOfAMillionSeconds: round((sweep.seconds * 1_000_000) / options.enterprises),
      peakMemoryMiB: peakMemoryMiB(),
      synthetic: true,
    };
  });
}

/** Fills the node, lends to everybody, and brings the rules of the package into force. Returns how many look at everybody. */
async function prepare(
  node: Node,
  folder: string,
  codes: readonly string[],
): Promise<{ readonly rules: number; readonly records: number }> {
  const records = await fillWatched(node, folder, codes);
  // The register of a new node counts from 1.
  const lent = {
    institutionId: LENDER,
    from: 1,
    until: codes.length + 1,
    day: beijingDate(node.clock.now()),
  };
  await lendForMeasuring(node.database, lent);
  await refreshAllWatches(node);
  await bringAlertRulesIntoForce(node);
  await node.database.pool.query('vacuum analyze');
  await runRules(node, { caller: systemCaller('bench'), kind: 'sweep' }); // from here on only what is new counts
  const { rows } = await node.database.pool.query<{ n: number }>(
    `select count(*)::integer as n from monitoring.rule_states s join monitoring.rules r using (rule_hash)
     where s.known_to = 'infinity' and s.state in ('active', 'shadow') and r.body ->> 'scope' = 'public'`,
  );
  return { rules: rows[0]?.n ?? 0, records };
}

type Target = {
  readonly server: Server;
  readonly url: string;
  secret: string;
  /** Alert by when it arrived. */
  readonly arrivals: Map<string, number>;
};

/** The bank's server: it answers the challenge and takes what comes. */
async function openTarget(clock: Clock): Promise<Target> {
  const arrivals = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const event = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        type: string;
        data: { challenge?: string; alertId?: string };
      };
      if (event.data.challenge !== undefined) {
        const key = Buffer.from(target.secret.replace('whsec_', ''), 'base64');
        const mac = createHmac('sha256', key).update(`challenge.${event.data.challenge}`).digest('base64');
        response.writeHead(200).end(JSON.stringify({ signature: `v1,${mac}` }));
        return;
      }
      if (event.data.alertId !== undefined) arrivals.set(event.data.alertId, clock.now().getTime());
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const target: Target = { server, url, secret: '', arrivals };
  return target;
}

async function connect(node: Node, target: Target): Promise<void> {
  const caller = await findBankAdministrator(node);
  const push = openPush(node);
  const { endpointId, secret } = await inTransaction(node.database, (tx) =>
    registerEndpoint(tx, push, { caller, url: target.url }),
  );
  target.secret = secret;
  await verifyEndpoint(push, { caller, endpointId });
}

async function findBankAdministrator(node: Node): Promise<Caller> {
  for (const account of await openDemonstrationAccounts(node)) {
    const caller = await authenticate(node.database, node.clock, account);
    if (caller.participantId === LENDER && caller.roles.includes('institution_admin')) return caller;
  }
  throw new TypeError('the demonstration has an administrator of its bank');
}

/** A delivery a second, each about other enterprises; an alert must come of every row. */
async function deliverEvents(node: Node, folder: string, codes: readonly string[]): Promise<Received[]> {
  const { provider } = requireContract(node.lists, CONTRACT);
  const day = beijingDate(node.clock.now());
  const received: Received[] = [];
  for (let delivery = 0; delivery < DELIVERIES; delivery += 1) {
    const began = performance.now();
    const path = join(folder, 'events.csv');
    const rows = Array.from({ length: EVENTS_PER_DELIVERY }, (_, n) => {
      const enterprise = (delivery * EVENTS_PER_DELIVERY + n) % codes.length;
      return `${codes[enterprise]},北京基准${enterprise}号有限公司,基罚${delivery}-${n},licence_suspension,50000,${day},基准局`;
    });
    const header = '统一社会信用代码,企业名称,行政处罚决定书文号,处罚类别,罚款金额,处罚决定日期,处罚机关';
    writeFileSync(path, `${header}\n${rows.join('\n')}\n`);
    const request = { contractId: CONTRACT, provider, kind: 'records', mapping: '' } as const;
    const made = await receive(
      node.lists,
      { ...request, fileName: 'events.csv', isSynthetic: true, receivedBy: 'bench' },
      createReadStream(path),
    );
    received.push(made);
    await wait(Math.max(0, EVERY_MS - (performance.now() - began)));
  }
  return received;
}

async function untilAll(isSo: () => boolean): Promise<void> {
  for (let waitedMs = 0; !isSo(); waitedMs += 50) {
    assert(waitedMs < PATIENCE_MS, 'every alert arrived');
    await wait(50);
  }
}

/** Until the webhook was there, and of that until the alert was raised. */
type Delay = { readonly wholeMs: number; readonly raiseMs: number };

/** From the commit that published the record behind each alert until its webhook was there, in milliseconds. */
async function readDelays(
  { database }: Node,
  { target, received }: { target: Target; received: readonly Received[] },
): Promise<Delay[]> {
  const published = new Map<string, number>();
  for (const { deliveryId, deliveryNo } of received) {
    const { finishedAt } = await inTransaction(database, (tx) => readReceipt(tx, { delivery: deliveryId }));
    assert(finishedAt !== null, 'its alerts have arrived');
    published.set(deliveryNo, finishedAt.getTime());
  }
  const { rows } = await database.pool.query<{ alert_id: string; delivery_no: string; raised: Date }>(
    `select alert_id, evidence -> 0 ->> 'deliveryNo' as delivery_no, known_from as raised
     from monitoring.alert_versions where version_no = 1`,
  );
  return rows.flatMap(({ alert_id, delivery_no, raised }) => {
    const [from, until] = [published.get(delivery_no), target.arrivals.get(alert_id)];
    if (from === undefined || until === undefined) return [];
    return [{ wholeMs: until - from, raiseMs: raised.getTime() - from }];
  });
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ seconds: number; result: Result }> {
  const began = performance.now();
  const result = await work();
  return { seconds: (performance.now() - began) / 1_000, result };
}
