import { inTransaction, type Tx } from '#kernel';
import {
  acceptItems,
  approveExtension,
  askExtension,
  changeObjectionClock,
  decideItem,
  forwardItems,
  type ItemDecision,
  listHandledItems,
  type ObjectionContext,
  readHandledObjection,
  refuseItems,
  reviewItem,
  type StoredObjection,
  TERM_WORDS,
} from '#rights';
import type { Caller } from '#security';
import type { Node } from '../../node.ts';
import { openObjections } from '../../objections.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers } from '../schemas.ts';
import {
  AskedAnswer,
  Check,
  ClockAnswer,
  ClockChange,
  Decision,
  ExtensionAnswer,
  ExtensionApproved,
  ExtensionAsked,
  HandledAnswer,
  HandledQuery,
  ObjectionAnswer,
  OfObjection,
} from './objection-schemas.ts';
import { handledOf, viewOf } from './objection-wire.ts';

const tags = ['rights'];

/** 异议办理（第 12 条）: the node checks and forwards, the department decides, another person reviews. */
export function objectionHandlingRoutes(app: App, node: Node): void {
  const context = openObjections(node);
  listRoutes(app, context);
  checkRoute(app, context);
  decisionRoutes(app, context);
  extensionRoutes(app, context);
  clockRoute(app, context);
}

function listRoutes(app: App, context: ObjectionContext): void {
  const { database, objectionRules } = context;
  app.get(
    '/api/v1/rights/objections',
    {
      schema: {
        tags,
        summary: '待办的异议事项 · items of objections to be handled',
        querystring: HandledQuery,
        response: answers(HandledAnswer),
      },
    },
    async (request) => {
      const { state, after } = request.query;
      const page = {
        caller: callerOf(request),
        ...(state !== undefined && { states: [state] }),
        ...(after !== undefined && { after: cursorOf(after) }),
      };
      const { items, next } = await inTransaction(database, (tx) => listHandledItems(tx, context, page));
      return {
        items: items.map((item) => handledOf(objectionRules, item)),
        next: next === null ? null : `${next.objectionId}:${next.itemNo}`,
      };
    },
  );
  app.get(
    '/api/v1/rights/objections/:objection',
    {
      schema: {
        tags,
        summary: '一份异议 · one objection, as far as it is the caller’s',
        params: OfObjection,
        response: answers(ObjectionAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params };
      return viewOf(
        objectionRules,
        await inTransaction(database, (tx) => readHandledObjection(tx, context, asked)),
      );
    },
  );
}

function cursorOf(text: string): { objectionId: string; itemNo: number } {
  const [objectionId = '', itemNo = '0'] = text.split(':');
  return { objectionId, itemNo: Number(itemNo) };
}

type Act = (tx: Tx) => Promise<StoredObjection>;

/** Acts, then reads in the same transaction what the caller may see of it. */
async function run(context: ObjectionContext, asked: { caller: Caller; objection: string }, act: Act) {
  const view = await inTransaction(context.database, async (tx) => {
    await act(tx);
    return await readHandledObjection(tx, context, asked);
  });
  return viewOf(context.objectionRules, view);
}

function checkRoute(app: App, context: ObjectionContext): void {
  app.post(
    '/api/v1/rights/objections/:objection/check',
    {
      schema: {
        tags,
        summary: '受理、不予受理或转办 · accept, refuse or forward',
        params: OfObjection,
        body: Check,
        response: answers(ObjectionAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params };
      const { act, words = '', ...rest } = request.body;
      return await run(context, asked, (tx) => {
        if (act === 'refuse') return refuseItems(tx, context, { ...asked, ...rest, words });
        const doing = act === 'accept' ? acceptItems : forwardItems;
        return doing(tx, context, { ...asked, ...rest });
      });
    },
  );
}

type Deciding = (tx: Tx, context: ObjectionContext, act: ItemDecision) => Promise<StoredObjection>;

function decisionRoutes(app: App, context: ObjectionContext): void {
  const parts = { tags, params: OfObjection, body: Decision, response: answers(ObjectionAnswer) };
  const decide = async (
    doing: Deciding,
    asked: { caller: Caller; objection: string },
    body: ItemDecision['decision'] & { item: number },
  ) => {
    const { item, ...decision } = body;
    return await run(context, asked, (tx) => doing(tx, context, { ...asked, item, decision }));
  };
  app.post(
    '/api/v1/rights/objections/:objection/decision',
    { schema: { ...parts, summary: '作出处理决定 · decide on one item' } },
    async (request) =>
      await decide(decideItem, { caller: callerOf(request), ...request.params }, request.body),
  );
  app.post(
    '/api/v1/rights/objections/:objection/review-decision',
    { schema: { ...parts, summary: '作出复核决定 · decide the review of one item' } },
    async (request) =>
      await decide(reviewItem, { caller: callerOf(request), ...request.params }, request.body),
  );
}

function extensionRoutes(app: App, context: ObjectionContext): void {
  const { database } = context;
  app.post(
    '/api/v1/rights/objections/:objection/extension',
    {
      schema: {
        tags,
        summary: '申请延长处理期限 · a department asks for more time',
        params: OfObjection,
        body: ExtensionAsked,
        response: answers(AskedAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params, ...request.body };
      await inTransaction(database, (tx) => askExtension(tx, context, asked));
      return { asked: true };
    },
  );
  app.post(
    '/api/v1/rights/objections/:objection/extension/approval',
    {
      schema: {
        tags,
        summary: '批准延期 · approve more time',
        params: OfObjection,
        body: ExtensionApproved,
        response: answers(ExtensionAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params, ...request.body };
      const { dueOn } = await inTransaction(database, (tx) => approveExtension(tx, context, asked));
      return { dueOn };
    },
  );
}

function clockRoute(app: App, context: ObjectionContext): void {
  app.post(
    '/api/v1/rights/objections/:objection/clock',
    {
      schema: {
        tags,
        summary: '检验鉴定期间中止、恢复计时 · stop or resume the department’s clock for an examination',
        params: OfObjection,
        body: ClockChange,
        response: answers(ClockAnswer),
      },
    },
    async (request) => {
      const about = { caller: callerOf(request), ...request.params, ...request.body };
      const terms = await inTransaction(context.database, (tx) => changeObjectionClock(tx, context, about));
      return {
        terms: terms.map(({ term, dueOn, state }) => ({ term, words: TERM_WORDS[term], dueOn, state })),
      };
    },
  );
}
