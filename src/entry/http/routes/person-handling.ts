import { inTransaction } from '#kernel';
import {
  confirmPerson,
  decideRequest,
  deliverNotice,
  enterPerson,
  listEnteredPersons,
  listHandledRequests,
  listOwedNotices,
  type PersonsContext,
  readHandledRequest,
} from '#rights';
import type { Node } from '../../node.ts';
import { openPersons } from '../../persons.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import {
  AfterNotice,
  AfterRequest,
  DecidedAnswer,
  DecisionBody,
  DeliveredBody,
  Done,
  EnteredAnswer,
  EnteredList,
  OneNotice,
  OnePerson,
  OneRequest,
  OwedNoticesAnswer,
  RequestAnswer,
  RequestsAnswer,
  WindowBody,
} from './person-schemas.ts';

const tags = ['rights'];

/** 个人信息的办理: proof of identity and notices by clerks, requests by whoever owes the answer. */
export function personHandlingRoutes(app: App, node: Node): void {
  const context = openPersons(node);
  identityRoutes(app, context);
  owedRoutes(app, context);
  handlingRoutes(app, context);
}

function identityRoutes(app: App, context: PersonsContext): void {
  const { database } = context;
  const path = '/api/v1/rights/persons';
  app.get(
    path,
    {
      schema: {
        tags,
        summary: '待复核的身份登记 · proofs of identity to be checked',
        response: answers(EnteredList),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const persons = await inTransaction(database, (tx) => listEnteredPersons(tx, context, { caller }));
      return toWire({ persons });
    },
  );
  app.post(
    path,
    {
      schema: {
        tags,
        summary: '窗口录入身份核验 · enter a proof of identity at the window',
        body: WindowBody,
        response: answers(EnteredAnswer),
      },
    },
    async (request) => {
      const { login, documentDigest, name, number } = request.body;
      const asked = { caller: callerOf(request), login, documentDigest, identity: { name, number } };
      return await inTransaction(database, (tx) => enterPerson(tx, context, asked));
    },
  );
  app.post(
    `${path}/:person/confirmation`,
    {
      schema: { tags, summary: '复核身份 · the second check', params: OnePerson, response: answers(Done) },
    },
    async (request) => {
      const asked = { caller: callerOf(request), personId: request.params.person };
      await inTransaction(database, (tx) => confirmPerson(tx, context, asked));
      return { done: true as const };
    },
  );
}

function owedRoutes(app: App, context: PersonsContext): void {
  const { database } = context;
  const path = '/api/v1/rights/person-notices';
  app.get(
    path,
    {
      schema: {
        tags,
        summary: '待送达的告知 · notices that are owed',
        querystring: AfterNotice,
        response: answers(OwedNoticesAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), after: request.query.after };
      return toWire({ notices: await inTransaction(database, (tx) => listOwedNotices(tx, context, asked)) });
    },
  );
  app.post(
    `${path}/:notice/delivery`,
    {
      schema: {
        tags,
        summary: '告知已由窗口或者邮寄送达 · delivered at the window or by post',
        params: OneNotice,
        body: DeliveredBody,
        response: answers(Done),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), noticeId: request.params.notice, way: request.body.way };
      await inTransaction(database, (tx) => deliverNotice(tx, context, asked));
      return { done: true as const };
    },
  );
}

function handlingRoutes(app: App, context: PersonsContext): void {
  const { database } = context;
  const path = '/api/v1/rights/person-requests';
  app.get(
    path,
    {
      schema: {
        tags,
        summary: '待答复的个人信息请求 · open requests of persons',
        querystring: AfterRequest,
        response: answers(RequestsAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), after: request.query.after };
      const requests = await inTransaction(database, (tx) => listHandledRequests(tx, context, asked));
      return toWire({ requests });
    },
  );
  app.get(
    `${path}/:request`,
    {
      schema: {
        tags,
        summary: '一件待答复的请求 · one request to be answered',
        params: OneRequest,
        response: answers(RequestAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), requestId: request.params.request };
      return toWire(await inTransaction(database, (tx) => readHandledRequest(tx, context, asked)));
    },
  );
  app.post(
    `${path}/:request/decision`,
    {
      schema: {
        tags,
        summary: '书面答复 · the written answer',
        params: OneRequest,
        body: DecisionBody,
        response: answers(DecidedAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), requestId: request.params.request, ...request.body };
      const { requestId, state } = await inTransaction(database, (tx) => decideRequest(tx, context, asked));
      return { requestId, state };
    },
  );
}
