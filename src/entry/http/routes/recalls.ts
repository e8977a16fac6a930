import { beginningOfBeijingDate, beijingDate, inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import {
  acknowledgeRecalls,
  CAUSE_WORDS,
  listOverdueRecalls,
  listOwnRecalls,
  hideRecallRates,
  overseeRecallRates,
  RECALL_LIMITS,
  receiveRecall,
  receiveRecalls,
  type RightsContext,
} from '#rights';
import { decide, type StatisticsFloor } from '#security';
import type { Node } from '../../node.ts';
import { openRights } from '../../rights.ts';
import { openFloors } from '../../statistics.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import {
  Acknowledged,
  Acknowledgement,
  OfEnterprise,
  OfRecall,
  OverdueRecalls,
  OwnRecalls,
  RatesQuery,
  RecallRates,
  Recalls,
  RecallsQuery,
  ReceivedRecall,
} from './recall-schemas.ts';

const tags = ['rights'];

/** 更正召回（第 12 条）: for whoever was told, for the enterprise that it is about, and for the node. */
export function recallRoutes(app: App, node: Node): void {
  const context = openRights(node);
  overseeingRoutes(app, context, openFloors(node).of('recall_rates'));
  receivingRoutes(app, context);
  acknowledgingRoute(app, context);
  ownRoute(app, context);
}

function receivingRoutes(app: App, context: RightsContext): void {
  app.get(
    '/api/v1/recalls',
    {
      schema: {
        tags,
        summary: '发给本机构或平台的召回 · recalls to the caller’s institution or platform',
        querystring: RecallsQuery,
        response: answers(Recalls),
      },
    },
    async (request) => {
      const { limit = RECALL_LIMITS.pageMax, ...page } = request.query;
      const asked = { caller: callerOf(request), ...page, limit };
      const recalls = await inTransaction(context.database, (tx) => receiveRecalls(tx, context, asked));
      const before = recalls.length < limit ? null : (recalls.at(-1)?.recallId ?? null);
      return toWire({ recalls, before });
    },
  );
  app.get(
    '/api/v1/recalls/:id',
    {
      schema: {
        tags,
        summary: '一项召回的签名通知及存证 · the signed notice of one recall, with its proof',
        params: OfRecall,
        response: answers(ReceivedRecall),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), recallId: request.params.id };
      const { inclusion, ...recall } = await inTransaction(context.database, (tx) =>
        receiveRecall(tx, context, asked),
      );
      const { index, size } = inclusion;
      const hashes = inclusion.hashes.map((hash) => hash.toString('hex'));
      return toWire({ ...recall, inclusion: { index, size, hashes } });
    },
  );
}

function acknowledgingRoute(app: App, context: RightsContext): void {
  app.post(
    '/api/v1/recalls/acknowledgements',
    {
      schema: {
        tags,
        summary: '确认召回并说明如何处理 · acknowledge recalls and say what was done',
        body: Acknowledgement,
        response: answers(Acknowledged),
      },
    },
    async (request) => {
      const { recalls: recallIds, done, note } = request.body;
      const asked = { caller: callerOf(request), recallIds, done, note };
      const recalls = await inTransaction(context.database, (tx) => acknowledgeRecalls(tx, context, asked));
      return toWire({ recalls });
    },
  );
}

function ownRoute(app: App, context: RightsContext): void {
  const { database, policies, clock } = context;
  app.get(
    '/api/v1/enterprises/:code/recalls',
    {
      schema: {
        tags,
        summary:
          '关于本企业的召回：告知了谁、为何、如何处理 · every recall about the caller’s own enterprise',
        params: OfEnterprise,
        response: answers(OwnRecalls),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const recalls = await inTransaction(database, async (tx) => {
        const { enterpriseId: subject } = await findEnterprise(tx, request.params.code);
        const asOf = { knownAt: clock.now() };
        const permit = decide(tx, policies, { caller, purpose: 'self', subject, contracts: [], asOf });
        return await listOwnRecalls(tx, permit);
      });
      return toWire({
        recalls: recalls.map(({ cause, ...recall }) => ({
          ...recall,
          cause: { ...cause, words: CAUSE_WORDS[cause.kind] },
        })),
      });
    },
  );
}

function overseeingRoutes(app: App, context: RightsContext, floor: StatisticsFloor): void {
  const { database, clock } = context;
  app.get(
    '/api/v1/recalls/rates',
    {
      schema: {
        tags,
        summary: '各机构确认召回的比率 · how far recalls are acknowledged, by recipient',
        querystring: RatesQuery,
        response: answers(RecallRates),
      },
    },
    async (request) => {
      const since = request.query.since ?? yearBefore(beijingDate(clock.now()));
      const asked = { caller: callerOf(request), since: beginningOfBeijingDate(since) };
      const rates = await inTransaction(database, (tx) => overseeRecallRates(tx, context, asked));
      return { since, ...toWire(hideRecallRates(rates, floor)) };
    },
  );
  app.get(
    '/api/v1/recalls/overdue',
    {
      schema: {
        tags,
        summary: '逾期未确认的召回 · recalls past their day that nobody acknowledged',
        response: answers(OverdueRecalls),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request) };
      const recalls = await inTransaction(database, (tx) => listOverdueRecalls(tx, context, asked));
      return toWire({ recalls });
    },
  );
}

/** The first of the month a year before, which every year has. */
function yearBefore(day: string): string {
  return `${Number(day.slice(0, 4)) - 1}-${day.slice(5, 7)}-01`;
}
