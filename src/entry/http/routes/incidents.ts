import { inTransaction } from '#kernel';
import {
  acknowledgeNotice,
  listIncidents,
  openIncident,
  PROCESSING_LIMITS,
  type ProcessingContext,
  readIncident,
  scopeIncident,
  takeStep,
  tellAffected,
} from '#rights';
import type { Node } from '../../node.ts';
import { openProcessing } from '../../processing.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import {
  Acknowledged,
  IncidentAnswer,
  Incidents,
  IncidentsQuery,
  NewIncident,
  Notice,
  OfIncident,
  OfOwnIncident,
  Opened,
  Scope,
  Scoped,
  Step,
  StepsQuery,
  Told,
} from './incident-schemas.ts';

const tags = ['rights'];

/** 个人信息安全事件（《个人信息保护法》第五十七条）: handled by the node's security administrators, told to whom it concerns. */
export function incidentRoutes(app: App, node: Node): void {
  const context = openProcessing(node);
  readingRoutes(app, context);
  openingRoute(app, context);
  steppingRoutes(app, context);
  acknowledgingRoute(app, context);
}

function readingRoutes(app: App, context: ProcessingContext): void {
  app.get(
    '/api/v1/incidents',
    {
      schema: {
        tags,
        summary: '个人信息安全事件 · incidents',
        querystring: IncidentsQuery,
        response: answers(Incidents),
      },
    },
    async (request) => {
      const { open: isOpen, before } = request.query;
      const asked = { caller: callerOf(request), isOpen, before };
      const incidents = await inTransaction(
        context.database,
        (tx) => listIncidents(tx, context, asked),
        'snapshot',
      );
      const isLast = incidents.length < PROCESSING_LIMITS.pageMax;
      return toWire({ incidents, before: isLast ? null : (incidents.at(-1)?.incidentId ?? null) });
    },
  );
  app.get(
    '/api/v1/incidents/:id',
    {
      schema: {
        tags,
        summary: '一起事件及其经过 · one incident with its timeline',
        params: OfIncident,
        querystring: StepsQuery,
        response: answers(IncidentAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), incident: request.params.id, from: request.query.from };
      const found = await inTransaction(
        context.database,
        (tx) => readIncident(tx, context, asked),
        'snapshot',
      );
      const steps = found.steps.map((step) => ({ ...step, at: step.at.toISOString() }));
      return { ...toWire({ ...found, steps: [] }), steps };
    },
  );
}

function openingRoute(app: App, context: ProcessingContext): void {
  app.post(
    '/api/v1/incidents',
    {
      schema: { tags, summary: '登记事件 · open an incident', body: NewIncident, response: answers(Opened) },
    },
    async (request) => {
      const { kind, noticedAt, what } = request.body;
      const asked = { caller: callerOf(request), kind, noticedAt: new Date(noticedAt), what };
      return await inTransaction(context.database, (tx) => openIncident(tx, context, asked));
    },
  );
}

function steppingRoutes(app: App, context: ProcessingContext): void {
  app.post(
    '/api/v1/incidents/:id/scope',
    {
      schema: {
        tags,
        summary: '查明影响范围，只给数字 · find whom it concerns; numbers alone',
        params: OfIncident,
        body: Scope,
        response: answers(Scoped),
      },
    },
    async (request) => {
      const { from, to, ...rest } = request.body;
      const scope = { ...rest, from: new Date(from), to: new Date(to) };
      const asked = { caller: callerOf(request), incident: request.params.id, scope };
      return await inTransaction(context.database, (tx) => scopeIncident(tx, context, asked));
    },
  );
  app.post(
    '/api/v1/incidents/:id/notices',
    {
      schema: {
        tags,
        summary: '通知受影响的企业 · tell the enterprises that it concerns',
        params: OfIncident,
        body: Notice,
        response: answers(Told),
      },
    },
    async (request) =>
      await tellAffected(context, {
        caller: callerOf(request),
        incident: request.params.id,
        notice: request.body,
      }),
  );
  app.post(
    '/api/v1/incidents/:id/steps',
    {
      schema: {
        tags,
        summary: '记录措施、报告、不通知的决定和结案 · measures, reports, not to notify, closing',
        params: OfIncident,
        body: Step,
        response: answers(IncidentAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const incident = request.params.id;
      const found = await inTransaction(context.database, async (tx) => {
        await takeStep(tx, context, { caller, incident, ...request.body });
        return await readIncident(tx, context, { caller, incident });
      });
      const steps = found.steps.map((step) => ({ ...step, at: step.at.toISOString() }));
      return { ...toWire({ ...found, steps: [] }), steps };
    },
  );
}

function acknowledgingRoute(app: App, context: ProcessingContext): void {
  app.post(
    '/api/v1/enterprises/:code/incidents/:id/acknowledged',
    {
      schema: {
        tags,
        summary: '企业确认收到事件通知 · the enterprise has read the notice of an incident',
        params: OfOwnIncident,
        response: answers(Acknowledged),
      },
    },
    async (request) => {
      const { code, id: incident } = request.params;
      const asked = { caller: callerOf(request), code, incident };
      return toWire(await inTransaction(context.database, (tx) => acknowledgeNotice(tx, context, asked)));
    },
  );
}
