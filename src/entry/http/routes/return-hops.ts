import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import { acknowledgeReturn, correctReturn, handInReturn, listHops, type ReturnsContext } from '#returns';
import { requireAllowed } from '#security';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, nullable, toWire } from '../schemas.ts';
import { ParticipantId } from './ask-schemas.ts';
import { HopsAnswer, Month, Totals } from './return-schemas.ts';

const tags = ['returns'];
const strict = { additionalProperties: false } as const;

/** The way of a return from institution to platform to node to department. */
export function hopRoutes(app: App, context: ReturnsContext): void {
  listingRoute(app, context);
  handInRoute(app, context);
  answerRoute(app, context);
}

function listingRoute(app: App, context: ReturnsContext): void {
  const { database, policies } = context;
  app.get(
    '/api/v1/returns/hops',
    {
      schema: {
        tags,
        summary: '反馈各环节的时限和签收 · each step of the returns, with due date and acknowledgement',
        querystring: Type.Object({ month: Month }, strict),
        response: answers(HopsAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      requireAllowed(policies, caller, 'read_returns');
      const asked = { caller, month: request.query.month };
      return toWire({
        hops: await inTransaction(database, (tx) => listHops(tx, context, asked), 'snapshot'),
      });
    },
  );
}

function handInRoute(app: App, context: ReturnsContext): void {
  app.post(
    '/api/v1/returns/hops',
    {
      schema: {
        tags,
        summary: '报送或更正当月合计 · hand in the totals of a month, or correct them',
        body: Type.Object(
          {
            month: Month,
            institution: ParticipantId,
            platform: Type.Optional(ParticipantId),
            totals: Type.Optional(Totals),
            correctionReason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
          },
          { ...strict, examples: [{ month: '2026-10', institution: 'bank', platform: 'platform' }] },
        ),
        response: answers(Type.Object({ hopId: Type.String(), corrects: nullable(Type.String()) })),
      },
    },
    async (request) => {
      const { correctionReason: reason, ...sent } = request.body;
      const asked = { ...sent, caller: callerOf(request) };
      return await inTransaction(context.database, async (tx) =>
        reason === undefined
          ? { ...(await handInReturn(tx, context, asked)), corrects: null }
          : await correctReturn(tx, context, { ...asked, reason }),
      );
    },
  );
}

function answerRoute(app: App, context: ReturnsContext): void {
  app.post(
    '/api/v1/returns/hops/:id/answer',
    {
      schema: {
        tags,
        summary: '签收或退回 · acknowledge a return or send it back',
        params: Type.Object({ id: Type.String({ pattern: '^rth_[0-9a-z]{26}$' }) }),
        body: Type.Object(
          {
            decision: Type.Enum(['acknowledge', 'reject']),
            reason: Type.Optional(Type.String({ maxLength: 500 })),
          },
          { ...strict, examples: [{ decision: 'acknowledge' }] },
        ),
        response: answers(Type.Object({ hopId: Type.String(), decision: Type.String() })),
      },
    },
    async (request) => {
      const hopId = request.params.id;
      const { decision, reason } = request.body;
      const asked = { caller: callerOf(request), hopId, decision, reason };
      await inTransaction(context.database, (tx) => acknowledgeReturn(tx, context, asked));
      return { hopId, decision };
    },
  );
}
