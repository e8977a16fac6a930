import { inTransaction, type Tx } from '#kernel';
import {
  addStatement,
  applyObjection,
  askReview,
  listObjectionNotices,
  listOwnObjections,
  type ObjectionContext,
  readOwnObjection,
  type StoredObjection,
  stateOf,
  withdrawItems,
} from '#rights';
import type { Node } from '../../node.ts';
import { openObjections } from '../../objections.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import {
  Application,
  GroundsAnswer,
  NoticesOfObjections,
  ObjectionAnswer,
  ObjectionHeadAnswer,
  OfEnterpriseObjections,
  OfOwnObjection,
  OwnObjectionsAnswer,
  ReviewAsked,
  Statement,
  Withdrawal,
} from './objection-schemas.ts';
import { headOf, viewOf } from './objection-wire.ts';

const tags = ['rights'];

/** 异议理由（第 12 条）: on which grounds an enterprise objects, for anyone. */
export function publicObjectionRoutes(app: App, node: Node): void {
  const { objectionRules } = openObjections(node);
  app.get(
    '/api/v1/objection-grounds',
    {
      schema: {
        tags,
        summary: '异议理由及其处理 · grounds of objections, and what becomes of the record',
        response: answers(GroundsAnswer),
      },
    },
    async () => {
      const { version, source, grounds, review } = objectionRules;
      return { version, source, grounds, reviewWithinDays: review.withinDays };
    },
  );
}

/** 异议申诉（第 12 条）: the enterprise raises objections, follows, withdraws and completes them. */
export function objectionRoutes(app: App, node: Node): void {
  const context = openObjections(node);
  applyRoute(app, context);
  readRoutes(app, context);
  withdrawRoute(app, context);
  afterDecisionRoutes(app, context);
}

type Act = (tx: Tx) => Promise<StoredObjection>;

async function run({ database, objectionRules }: ObjectionContext, act: Act) {
  const objection = await inTransaction(database, act);
  return headOf(objectionRules, { ...objection, state: stateOf(objection.items) });
}

function applyRoute(app: App, context: ObjectionContext): void {
  app.post(
    '/api/v1/enterprises/:code/objections',
    {
      schema: {
        tags,
        summary: '提出异议 · raise an objection',
        params: OfEnterpriseObjections,
        body: Application,
        response: answers(ObjectionHeadAnswer),
      },
    },
    async (request) => {
      const { attachments = [], ...rest } = request.body;
      const asked = { caller: callerOf(request), ...request.params, application: { ...rest, attachments } };
      return await run(context, (tx) => applyObjection(tx, context, asked));
    },
  );
}

function readRoutes(app: App, context: ObjectionContext): void {
  const { database, objectionRules } = context;
  app.get(
    '/api/v1/enterprises/:code/objections',
    {
      schema: {
        tags,
        summary: '本企业的异议 · the enterprise’s own objections',
        params: OfEnterpriseObjections,
        response: answers(OwnObjectionsAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), code: request.params.code };
      const found = await inTransaction(database, (tx) => listOwnObjections(tx, context, asked));
      return { objections: found.map((one) => headOf(objectionRules, one)) };
    },
  );
  app.get(
    '/api/v1/enterprises/:code/objections/:objection',
    {
      schema: {
        tags,
        summary: '一份异议的办理过程 · one objection with terms and every step',
        params: OfOwnObjection,
        response: answers(ObjectionAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params };
      return viewOf(
        objectionRules,
        await inTransaction(database, (tx) => readOwnObjection(tx, context, asked)),
      );
    },
  );
  app.get(
    '/api/v1/enterprises/:code/objection-notices',
    {
      schema: {
        tags,
        summary: '异议办理告知 · what others did with the enterprise’s objections',
        params: OfEnterpriseObjections,
        response: answers(NoticesOfObjections),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), code: request.params.code };
      const notices = await inTransaction(database, (tx) => listObjectionNotices(tx, context, asked));
      return toWire({ notices });
    },
  );
}

function withdrawRoute(app: App, context: ObjectionContext): void {
  app.post(
    '/api/v1/enterprises/:code/objections/:objection/withdrawal',
    {
      schema: {
        tags,
        summary: '撤回异议 · withdraw what is not decided yet',
        params: OfOwnObjection,
        body: Withdrawal,
        response: answers(ObjectionHeadAnswer),
      },
    },
    async (request) => {
      const act = { caller: callerOf(request), ...request.params, ...request.body };
      return await run(context, (tx) => withdrawItems(tx, context, act));
    },
  );
}

function afterDecisionRoutes(app: App, context: ObjectionContext): void {
  app.post(
    '/api/v1/enterprises/:code/objections/:objection/review',
    {
      schema: {
        tags,
        summary: '申请复核 · ask for the one review',
        params: OfOwnObjection,
        body: ReviewAsked,
        response: answers(ObjectionHeadAnswer),
      },
    },
    async (request) => {
      const act = { caller: callerOf(request), ...request.params, ...request.body };
      return await run(context, (tx) => askReview(tx, context, act));
    },
  );
  app.post(
    '/api/v1/enterprises/:code/objections/:objection/statement',
    {
      schema: {
        tags,
        summary: '在记录旁加注声明 · a statement beside a record that stays',
        params: OfOwnObjection,
        body: Statement,
        response: answers(ObjectionHeadAnswer),
      },
    },
    async (request) => {
      const act = { caller: callerOf(request), ...request.params, ...request.body };
      return await run(context, (tx) => addStatement(tx, context, act));
    },
  );
}
