import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import { acceptReview, listReviews, rejectReview, undoReview } from '#lists';
import { requireAllowed } from '#security';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { answers, EnterpriseCode, Instant, nullable, toWire } from '../schemas.ts';

const State = Type.Union([Type.Literal('open'), Type.Literal('accepted'), Type.Literal('rejected')]);
const Item = Type.Object({
  reviewNo: Type.String(),
  reason: Type.String(),
  subjectCode: Type.String(),
  subjectName: Type.String(),
  candidates: Type.Array(Type.Object({ code: nullable(Type.String()), name: nullable(Type.String()) })),
  state: State,
  heldRows: Type.Integer(),
  madeAt: Instant,
});
const strict = { additionalProperties: false } as const;
const Choice = Type.Union([
  Type.Object({ enterpriseCode: EnterpriseCode }, strict),
  Type.Object({ isNew: Type.Literal(true) }, strict),
]);
const One = Type.Object({ no: Type.String({ pattern: '^[1-9][0-9]{0,17}$' }) });
const Done = answers(Type.Object({ reviewNo: Type.String() }));

/** 待核事项: subjects that no rule may decide, and what a person says of them. */
export function registerRoutes(app: App, node: Node): void {
  const tags = ['register'];
  app.addHook('onRequest', async (request) => {
    requireAllowed(node.policies, callerOf(request), 'review_register');
  });
  app.get(
    '/api/v1/register/review',
    {
      schema: {
        tags,
        summary: '待核事项 · what a person must decide',
        querystring: Type.Object({ state: Type.Optional(State) }),
        response: answers(Type.Object({ items: Type.Array(Item) })),
      },
    },
    async (request) => {
      const asked = { state: request.query.state ?? 'open', limit: HTTP_LIMITS.linesMax } as const;
      const items = await inTransaction(node.database, (tx) => listReviews(tx, asked), 'snapshot');
      return { items: toWire(items) };
    },
  );
  app.post(
    '/api/v1/register/review/:no/accept',
    { schema: { tags, summary: '归于某企业或新立一户 · accept', params: One, body: Choice, response: Done } },
    async (request) => {
      const reviewNo = request.params.no;
      await acceptReview(node.lists, { reviewNo, choice: request.body, decidedBy: callerOf(request).id });
      return { reviewNo };
    },
  );
  app.post(
    '/api/v1/register/review/:no/reject',
    { schema: { tags, summary: '不属于任何企业 · reject', params: One, response: Done } },
    async (request) => {
      const reviewNo = request.params.no;
      await rejectReview(node.lists, { reviewNo, decidedBy: callerOf(request).id });
      return { reviewNo };
    },
  );
  app.post(
    '/api/v1/register/review/:no/undo',
    { schema: { tags, summary: '撤销处理 · take the decision back', params: One, response: Done } },
    async (request) => {
      const reviewNo = request.params.no;
      await undoReview(node.lists, { reviewNo, decidedBy: callerOf(request).id });
      return { reviewNo };
    },
  );
}
