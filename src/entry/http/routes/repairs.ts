import { inTransaction, type Tx } from '#kernel';
import {
  applyRepair,
  listOwnRepairs,
  listRepairNotices,
  pledgeHashOf,
  readOwnRepair,
  type RepairContext,
  withdrawRepair,
} from '#rights';
import type { Caller } from '#security';
import type { Node } from '../../node.ts';
import { openRepairs } from '../../repairs.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers } from '../schemas.ts';
import {
  NoticesQuery,
  OfEnterpriseRepairs,
  OfOwnRepair,
  OwnQuery,
  RepairAnswer,
  RepairApplied,
  RepairNoticesAnswer,
  RepairRulesAnswer,
  RepairsAnswer,
} from './repair-schemas.ts';
import { repairHeadOf, repairNoticeOf, repairViewOf } from './repair-wire.ts';

const tags = ['rights'];

/** 信用修复规则（第 12 条）: public periods by class and day of decision, and the pledge, for anyone. */
export function publicRepairRoutes(app: App, node: Node): void {
  const context = openRepairs(node);
  const { version, source, regimes, contracts, pledge } = context.repairRules;
  app.get(
    '/api/v1/repair-rules',
    {
      schema: {
        tags,
        summary: '信用修复规则和承诺书 · public periods, and the words of the pledge',
        response: answers(RepairRulesAnswer),
      },
    },
    async () => ({
      version,
      source,
      regimes,
      contracts: Object.keys(contracts),
      pledge,
      pledgeHash: pledgeHashOf(context),
    }),
  );
}

/** 信用修复（第 12 条）: the enterprise reads what can be repaired from when on, applies, follows and withdraws. */
export function repairRoutes(app: App, node: Node): void {
  const context = openRepairs(node);
  noticeRoute(app, context);
  readRoutes(app, context);
  actRoutes(app, context);
}

function noticeRoute(app: App, context: RepairContext): void {
  app.get(
    '/api/v1/enterprises/:code/repair-notices',
    {
      schema: {
        tags,
        summary: '两书同达：每条记录的修复规则和最早日期 · rule, class and earliest day of each record',
        params: OfEnterpriseRepairs,
        querystring: NoticesQuery,
        response: answers(RepairNoticesAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params, ...request.query };
      const page = await inTransaction(context.database, (tx) => listRepairNotices(tx, context, asked));
      return { notices: page.notices.map(repairNoticeOf), next: page.next };
    },
  );
}

function readRoutes(app: App, context: RepairContext): void {
  app.get(
    '/api/v1/enterprises/:code/repairs',
    {
      schema: {
        tags,
        summary: '本企业的信用修复申请 · the enterprise’s own applications',
        params: OfEnterpriseRepairs,
        querystring: OwnQuery,
        response: answers(RepairsAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params, ...request.query };
      const page = await inTransaction(context.database, (tx) => listOwnRepairs(tx, context, asked));
      return { repairs: page.repairs.map(repairHeadOf), next: page.next };
    },
  );
  app.get(
    '/api/v1/enterprises/:code/repairs/:repair',
    {
      schema: {
        tags,
        summary: '一份修复申请的办理过程 · one application with terms and every step',
        params: OfOwnRepair,
        response: answers(RepairAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params };
      return repairViewOf(await inTransaction(context.database, (tx) => readOwnRepair(tx, context, asked)));
    },
  );
}

type OwnAct = (tx: Tx) => Promise<{ readonly repairId: string }>;

/** Acts, then reads in the same transaction how it stands. */
async function run(
  context: RepairContext,
  own: { readonly caller: Caller; readonly code: string },
  act: OwnAct,
) {
  const view = await inTransaction(context.database, async (tx) => {
    const { repairId: repair } = await act(tx);
    return await readOwnRepair(tx, context, { ...own, repair });
  });
  return repairViewOf(view);
}

function actRoutes(app: App, context: RepairContext): void {
  app.post(
    '/api/v1/enterprises/:code/repairs',
    {
      schema: {
        tags,
        summary: '申请信用修复 · apply for a repair',
        params: OfEnterpriseRepairs,
        body: RepairApplied,
        response: answers(RepairAnswer),
      },
    },
    async (request) => {
      const own = { caller: callerOf(request), ...request.params };
      return await run(context, own, (tx) => applyRepair(tx, context, { ...own, application: request.body }));
    },
  );
  app.post(
    '/api/v1/enterprises/:code/repairs/:repair/withdrawal',
    {
      schema: {
        tags,
        summary: '撤回未决定的申请 · withdraw what is not decided yet',
        params: OfOwnRepair,
        response: answers(RepairAnswer),
      },
    },
    async (request) => {
      const own = { caller: callerOf(request), ...request.params };
      return await run(context, own, (tx) => withdrawRepair(tx, context, own));
    },
  );
}
