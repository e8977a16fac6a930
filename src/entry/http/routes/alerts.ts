import { inTransaction, type Tx } from '#kernel';
import { findEnterprise } from '#lists';
import {
  acknowledgeRecall,
  ALERT_LIMITS,
  answerAlert,
  handleAlert,
  type MonitoringContext,
  readOwnAlerts,
  receiveAlert,
  receiveAlerts,
} from '#monitoring';
import { proveAdmission } from '#platform';
import { type Caller, decide } from '#security';
import { openMonitoring } from '../../monitoring-context.ts';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import {
  Acknowledged,
  Answer,
  Answered,
  Handled,
  Inbox,
  InboxQuery,
  Of,
  OfAlert,
  OfEnterprise,
  OfOwnAlert,
  OfRecall,
  OwnAlerts,
  ReceivedAlert,
  Step,
} from './alert-schemas.ts';
import { ownOf, receivedInFull, receivedOf, stateOf } from './alert-wire.ts';

const tags = ['monitoring'];

/** 预警（第 10 条）: the inbox and its handling for an institution, what is said of it for an enterprise. */
export function alertRoutes(app: App, node: Node): void {
  const context = openMonitoring(node);
  inboxRoutes(app, context);
  handlingRoutes(app, context);
  ownRoutes(app, context);
}

type AskedBy = { readonly institution?: string; readonly operator?: string };

async function receiverOf(
  tx: Tx,
  { clock }: MonitoringContext,
  caller: Caller,
  { institution, operator }: AskedBy,
) {
  const named = institution === undefined ? {} : { institutionId: institution };
  const admission = await proveAdmission(tx, clock, caller, { operator: operator ?? caller.id, ...named });
  return { caller, admission };
}

function inboxRoutes(app: App, context: MonitoringContext): void {
  app.get(
    '/api/v1/monitoring/alerts',
    {
      schema: {
        tags,
        summary: '本机构的预警收件处 · the institution’s alert inbox',
        description: 'Newest first. What is looked at for the first time is pushed by that.',
        querystring: InboxQuery,
        response: answers(Inbox),
      },
    },
    async (request) => {
      const { institution, operator, state, level, limit = ALERT_LIMITS.pageMax, ...page } = request.query;
      const by = {
        ...(institution !== undefined && { institution }),
        ...(operator !== undefined && { operator }),
      };
      const filter = {
        ...(state !== undefined && { states: [state] }),
        ...(level !== undefined && { levels: [level] }),
      };
      const alerts = await inTransaction(context.database, async (tx) => {
        const receiver = await receiverOf(tx, context, callerOf(request), by);
        return await receiveAlerts(tx, context, { ...receiver, ...page, ...filter, limit });
      });
      const before = alerts.length < limit ? null : (alerts.at(-1)?.alert.alertId ?? null);
      return { alerts: alerts.map(receivedOf), before };
    },
  );
  app.get(
    '/api/v1/monitoring/alerts/:id',
    {
      schema: {
        tags,
        summary: '一条预警及其经过 · one alert and how it stood',
        params: OfAlert,
        querystring: Of,
        response: answers(ReceivedAlert),
      },
    },
    async (request) =>
      await inTransaction(context.database, async (tx) => {
        const receiver = await receiverOf(tx, context, callerOf(request), request.query);
        return receivedInFull(await receiveAlert(tx, context, { ...receiver, alertId: request.params.id }));
      }),
  );
}

function handlingRoutes(app: App, context: MonitoringContext): void {
  app.post(
    '/api/v1/monitoring/alerts/:id/handling',
    {
      schema: {
        tags,
        summary: '签收、核查、暂缓、判断、处置 · acknowledge, start, snooze, judge, resolve',
        params: OfAlert,
        querystring: Of,
        body: Step,
        response: answers(Handled),
      },
    },
    async (request) => {
      const { body } = request;
      const step = body.step === 'resolve' ? { ...body, protectedFen: body.protectedFen ?? null } : body;
      const { alert, isCaseClosed, receiptId } = await inTransaction(context.database, async (tx) => {
        const receiver = await receiverOf(tx, context, callerOf(request), request.query);
        return await handleAlert(tx, context, { ...receiver, alertId: request.params.id, step });
      });
      const { alertId, caseId, state, dueOn } = alert;
      return { alertId, caseId, state: stateOf(state), dueOn, isCaseClosed, receiptId };
    },
  );
  app.post(
    '/api/v1/monitoring/recalls/:id/acknowledged',
    {
      schema: {
        tags,
        summary: '确认已不再使用被召回的预警 · confirm that a recalled alert is no longer used',
        params: OfRecall,
        querystring: Of,
        response: answers(Acknowledged),
      },
    },
    async (request) =>
      await inTransaction(context.database, async (tx) => {
        const receiver = await receiverOf(tx, context, callerOf(request), request.query);
        return toWire(await acknowledgeRecall(tx, context, { ...receiver, recallId: request.params.id }));
      }),
  );
}

function ownRoutes(app: App, context: MonitoringContext): void {
  const { database, policies, clock } = context;
  app.get(
    '/api/v1/enterprises/:code/alerts',
    {
      schema: {
        tags,
        summary:
          '关于本企业的预警：说了什么、告知了谁、如何处置 · every alert about the caller’s own enterprise',
        params: OfEnterprise,
        response: answers(OwnAlerts),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const alerts = await inTransaction(database, async (tx) => {
        const { enterpriseId: subject } = await findEnterprise(tx, request.params.code);
        const asOf = { knownAt: clock.now() };
        const permit = decide(tx, policies, { caller, purpose: 'self', subject, contracts: [], asOf });
        return await readOwnAlerts(tx, permit);
      });
      return { alerts: alerts.map(ownOf) };
    },
  );
  app.post(
    '/api/v1/enterprises/:code/alerts/:id/answer',
    {
      schema: {
        tags,
        summary: '本企业答复一条预警 · the enterprise answers an alert about it',
        params: OfOwnAlert,
        body: Answer,
        response: answers(Answered),
      },
    },
    async (request) => {
      const { code, id: alertId } = request.params;
      return await inTransaction(database, async (tx) => {
        const { enterpriseId } = await findEnterprise(tx, code);
        const { answer } = request.body;
        return await answerAlert(tx, context, { caller: callerOf(request), enterpriseId, alertId, answer });
      });
    },
  );
}
