import { inTransaction, type Tx } from '#kernel';
import {
  acceptRepair,
  annulRecord,
  decideRepair,
  endShield,
  listHandledRepairs,
  readHandledRepair,
  readPortalApplication,
  type RepairContext,
  shieldEnterprise,
  takePortalApplication,
} from '#rights';
import type { Caller } from '#security';
import type { Node } from '../../node.ts';
import { openRepairs } from '../../repairs.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import {
  Acceptance,
  Annulment,
  AnnulmentAnswer,
  EndedAnswer,
  HandledRepairsQuery,
  OfPortalNumber,
  OfRepair,
  OfShield,
  PortalApplied,
  PortalStateAnswer,
  RepairAnswer,
  RepairDecision,
  RepairsAnswer,
  ShieldAnswer,
  ShieldAsked,
} from './repair-schemas.ts';
import { repairHeadOf, repairViewOf } from './repair-wire.ts';

const tags = ['rights'];

/** 信用修复办理（第 12 条）: the node accepts, the body decides, the portal hands in; annulled decisions and shields. */
export function repairHandlingRoutes(app: App, node: Node): void {
  const context = openRepairs(node);
  readRoutes(app, context);
  actRoutes(app, context);
  portalRoutes(app, context);
  annulmentRoute(app, context);
  shieldRoutes(app, context);
}

function readRoutes(app: App, context: RepairContext): void {
  app.get(
    '/api/v1/rights/repairs',
    {
      schema: {
        tags,
        summary: '待办的信用修复申请 · applications for repair to be handled',
        querystring: HandledRepairsQuery,
        response: answers(RepairsAnswer),
      },
    },
    async (request) => {
      const { state, after } = request.query;
      const asked = {
        caller: callerOf(request),
        ...(state !== undefined && { states: [state] }),
        ...(after !== undefined && { after }),
      };
      const page = await inTransaction(context.database, (tx) => listHandledRepairs(tx, context, asked));
      return { repairs: page.repairs.map(repairHeadOf), next: page.next };
    },
  );
  app.get(
    '/api/v1/rights/repairs/:repair',
    {
      schema: {
        tags,
        summary: '一份信用修复申请 · one application, as far as it is the caller’s',
        params: OfRepair,
        response: answers(RepairAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params };
      return repairViewOf(
        await inTransaction(context.database, (tx) => readHandledRepair(tx, context, asked)),
      );
    },
  );
}

/** Acts, then reads in the same transaction what the caller may see of it. */
async function run(
  context: RepairContext,
  asked: { readonly caller: Caller; readonly repair: string },
  act: (tx: Tx) => Promise<object>,
) {
  const view = await inTransaction(context.database, async (tx) => {
    await act(tx);
    return await readHandledRepair(tx, context, asked);
  });
  return repairViewOf(view);
}

function actRoutes(app: App, context: RepairContext): void {
  app.post(
    '/api/v1/rights/repairs/:repair/acceptance',
    {
      schema: {
        tags,
        summary: '受理或不予受理 · accept, or refuse with reasons',
        params: OfRepair,
        body: Acceptance,
        response: answers(RepairAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params };
      return await run(context, asked, (tx) => acceptRepair(tx, context, { ...asked, ...request.body }));
    },
  );
  app.post(
    '/api/v1/rights/repairs/:repair/decision',
    {
      schema: {
        tags,
        summary: '作出修复决定 · decide',
        params: OfRepair,
        body: RepairDecision,
        response: answers(RepairAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params };
      return await run(context, asked, (tx) => decideRepair(tx, context, { ...asked, ...request.body }));
    },
  );
}

function portalRoutes(app: App, context: RepairContext): void {
  const parts = { tags, params: OfPortalNumber, response: answers(PortalStateAnswer) };
  app.put(
    '/api/v1/repair-portal/applications/:number',
    {
      schema: {
        ...parts,
        summary: '总窗口交来修复申请 · the outside portal hands in an application',
        body: PortalApplied,
      },
    },
    async (request) => {
      const { code, ...application } = request.body;
      const asked = { caller: callerOf(request), ...request.params, code, application };
      return toWire(await inTransaction(context.database, (tx) => takePortalApplication(tx, context, asked)));
    },
  );
  app.get(
    '/api/v1/repair-portal/applications/:number',
    { schema: { ...parts, summary: '总窗口查询办理状态 · the portal reads how it stands' } },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params };
      return toWire(await inTransaction(context.database, (tx) => readPortalApplication(tx, context, asked)));
    },
  );
}

function annulmentRoute(app: App, context: RepairContext): void {
  app.post(
    '/api/v1/rights/repair-annulments',
    {
      schema: {
        tags,
        summary: '告知决定被撤销，移除记录 · a decision was annulled: remove its records',
        body: Annulment,
        response: answers(AnnulmentAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.body };
      return await inTransaction(context.database, (tx) => annulRecord(tx, context, asked));
    },
  );
}

function shieldRoutes(app: App, context: RepairContext): void {
  app.post(
    '/api/v1/rights/repair-shields',
    {
      schema: {
        tags,
        summary: '破产重整临时保护 · shield an enterprise in reorganisation',
        body: ShieldAsked,
        response: answers(ShieldAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.body };
      return await inTransaction(context.database, (tx) => shieldEnterprise(tx, context, asked));
    },
  );
  app.post(
    '/api/v1/rights/repair-shields/:shield/end',
    {
      schema: {
        tags,
        summary: '提前结束保护 · end a shield before its day',
        params: OfShield,
        response: answers(EndedAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params };
      await inTransaction(context.database, (tx) => endShield(tx, context, asked));
      return { ended: true };
    },
  );
}
