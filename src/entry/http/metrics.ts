import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { inTransaction } from '#kernel';
import { countDeliveriesByState, type DeliveryState } from '#lists';
import { ENDPOINT_HEALTHS, readPushFigures } from '#monitoring';
import { readLogState } from '#security';
import type { Node } from '../node.ts';
import { DELIVERY_STATE_ZH } from '../words.ts';

/** What the HTTP border counts: by route pattern, never by address. */
export type Metrics = {
  readonly registry: Registry;
  observe(request: { method: string; route: string; status: number; ms: number }): void;
};

/** Seconds; from a cached page to a delivery that is waited for. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

export function openMetrics(node: Node): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const labelNames = ['method', 'route', 'status'] as const;
  const requests = new Counter({
    name: 'xinqiao_http_requests_total',
    help: 'Requests answered',
    labelNames,
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'xinqiao_http_request_seconds',
    help: 'Time to the end of the answer',
    labelNames: ['method', 'route'],
    buckets: BUCKETS_S,
    registers: [registry],
  });
  addLogGauges(registry, node);
  addDeliveryGauge(registry, node);
  addPushGauges(registry, node);
  return {
    registry,
    observe: ({ method, route, status, ms }) => {
      requests.inc({ method, route, status });
      durations.observe({ method, route }, ms / 1_000);
    },
  };
}

/** Read from the database when asked, so that every process shows the same log. */
function addLogGauges(registry: Registry, node: Node): void {
  const read = shared(() =>
    readLogState(node.database).catch((error: unknown) => {
      node.logger.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'log not measured');
    }),
  );
  // Without a database the other figures are wanted most; these then say that they are not known.
  const waiting: Gauge = new Gauge({
    name: 'xinqiao_log_waiting',
    help: 'Leaves that are durable and not yet in the tree',
    registers: [registry],
    collect: async () => waiting.set((await read())?.waiting ?? Number.NaN),
  });
  const leaves: Gauge = new Gauge({
    name: 'xinqiao_log_leaves',
    help: 'Leaves in the tree under the latest checkpoint',
    registers: [registry],
    collect: async () => leaves.set((await read())?.size ?? Number.NaN),
  });
}

/** Every state stands there from the start, so that an alarm can be put on any. */
function addDeliveryGauge(registry: Registry, node: Node): void {
  const deliveries: Gauge<'state'> = new Gauge({
    name: 'xinqiao_deliveries',
    help: 'Deliveries by state',
    labelNames: ['state'],
    registers: [registry],
    collect: async () => {
      const counts = await inTransaction(node.database, countDeliveriesByState, 'snapshot').catch(
        () => undefined,
      );
      for (const state of Object.keys(DELIVERY_STATE_ZH) as DeliveryState[]) {
        deliveries.set({ state }, counts === undefined ? Number.NaN : (counts.get(state) ?? 0));
      }
    },
  });
}

/** How pushing to institutions does; whose endpoint it is the operator reads by `monitor endpoints`, not here. */
function addPushGauges(registry: Registry, node: Node): void {
  const read = shared(() =>
    inTransaction(node.database, (tx) => readPushFigures(tx, node), 'snapshot').catch(() => undefined),
  );
  const endpoints: Gauge<'health'> = new Gauge({
    name: 'xinqiao_push_endpoints',
    help: 'Endpoints of institutions by how they do',
    labelNames: ['health'],
    registers: [registry],
    collect: async () => {
      const figures = await read();
      for (const health of ENDPOINT_HEALTHS)
        endpoints.set({ health }, figures?.endpoints.get(health) ?? Number.NaN);
    },
  });
  const messages: Gauge<'state'> = new Gauge({
    name: 'xinqiao_push_messages',
    help: 'Messages to institutions: waiting now, given up within the last hour',
    labelNames: ['state'],
    registers: [registry],
    collect: async () => {
      const figures = await read();
      messages.set({ state: 'waiting' }, figures?.waiting ?? Number.NaN);
      messages.set({ state: 'given_up' }, figures?.givenUp ?? Number.NaN);
    },
  });
  const oldest: Gauge = new Gauge({
    name: 'xinqiao_push_oldest_waiting_seconds',
    help: 'Age of the oldest message that waits for an endpoint',
    registers: [registry],
    collect: async () => oldest.set((await read())?.oldestWaitingSeconds ?? Number.NaN),
  });
}

/** Gauges of one registry are collected at the same moment: what several of them show is read once for all. */
function shared<Figures>(read: () => Promise<Figures>): () => Promise<Figures> {
  let underWay: Promise<Figures> | undefined;
  return () => (underWay ??= read().finally(() => (underWay = undefined)));
}
