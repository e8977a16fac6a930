import { inTransaction } from '#kernel';
import {
  askRequest,
  enterProvedOutside,
  findPersonOf,
  giveConsent,
  listOwnConsents,
  listOwnNotices,
  listOwnRequests,
  listPersonAccesses,
  type PersonsContext,
  readOwnData,
  readOwnRequest,
  seeOwnNotices,
  withdrawRequest,
} from '#rights';
import type { Node } from '../../node.ts';
import { openPersons } from '../../persons.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import {
  AccessesAnswer,
  AfterRequest,
  AskedAnswer,
  ConsentAnswer,
  ConsentBody,
  ConsentFormsAnswer,
  ConsentsAnswer,
  Done,
  EnteredAnswer,
  IdentityBody,
  OneRequest,
  OwnDataAnswer,
  OwnNoticesAnswer,
  RequestAnswer,
  RequestBody,
  RequestsAnswer,
  SeenAnswer,
  SeenBody,
  StandingAnswer,
} from './person-schemas.ts';

const tags = ['rights'];
const BASE = '/api/v1/persons';

/** 单独同意书: what is read, and what stops without it, for anyone. */
export function publicPersonRoutes(app: App, node: Node): void {
  const { persons } = openPersons(node);
  app.get(
    `${BASE}/consent-forms`,
    {
      schema: {
        tags,
        summary: '单独同意书 · forms of separate consent',
        response: answers(ConsentFormsAnswer),
      },
    },
    () => Promise.resolve(toWire({ forms: persons.consents })),
  );
}

/** 个人信息: what a natural person asks about themselves (Personal Information Protection Law). */
export function personRoutes(app: App, node: Node): void {
  const context = openPersons(node);
  standingRoutes(app, context);
  dataRoutes(app, context);
  noticeRoutes(app, context);
  consentRoutes(app, context);
  requestRoutes(app, context);
}

function standingRoutes(app: App, context: PersonsContext): void {
  const { database } = context;
  app.get(
    `${BASE}/me`,
    {
      schema: {
        tags,
        summary: '本人身份核验状态 · whether the identity is proved',
        response: answers(StandingAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const found = await inTransaction(database, (tx) => findPersonOf(tx, caller.id));
      return { state: found?.state ?? ('unknown' as const), personId: found?.personId ?? null };
    },
  );
  app.post(
    `${BASE}/me/proof`,
    {
      schema: {
        tags,
        summary: '以统一身份认证核验 · prove by the city’s identity provider',
        body: IdentityBody,
        response: answers(EnteredAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), identity: request.body };
      return await inTransaction(database, (tx) => enterProvedOutside(tx, context, asked));
    },
  );
}

function dataRoutes(app: App, context: PersonsContext): void {
  const { database } = context;
  app.get(
    `${BASE}/me/data`,
    {
      schema: {
        tags,
        summary: '查阅和复制个人信息 · everything about the person',
        response: answers(OwnDataAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      return toWire(await inTransaction(database, (tx) => readOwnData(tx, context, { caller })));
    },
  );
  app.get(
    `${BASE}/me/accesses`,
    {
      schema: {
        tags,
        summary: '谁得到过关于本人的信息 · who received it',
        response: answers(AccessesAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const accesses = await inTransaction(database, (tx) => listPersonAccesses(tx, context, { caller }));
      return toWire({ accesses });
    },
  );
}

function noticeRoutes(app: App, context: PersonsContext): void {
  const { database, persons } = context;
  app.get(
    `${BASE}/me/notices`,
    {
      schema: {
        tags,
        summary: '个人信息处理告知 · notices of processing',
        response: answers(OwnNoticesAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const notices = await inTransaction(database, (tx) => listOwnNotices(tx, context, { caller }));
      return toWire({ words: persons.notice, notices });
    },
  );
  app.post(
    `${BASE}/me/notices/seen`,
    {
      schema: {
        tags,
        summary: '告知已阅 · notices were read',
        body: SeenBody,
        response: answers(SeenAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), notices: request.body.notices };
      return { delivered: await inTransaction(database, (tx) => seeOwnNotices(tx, context, asked)) };
    },
  );
}

function consentRoutes(app: App, context: PersonsContext): void {
  const { database } = context;
  const path = `${BASE}/me/consents`;
  app.get(
    path,
    {
      schema: { tags, summary: '本人的单独同意 · own separate consents', response: answers(ConsentsAnswer) },
    },
    async (request) => {
      const caller = callerOf(request);
      const consents = await inTransaction(database, (tx) => listOwnConsents(tx, context, { caller }));
      return toWire({ consents });
    },
  );
  app.post(
    path,
    {
      schema: {
        tags,
        summary: '作出单独同意 · give a separate consent',
        body: ConsentBody,
        response: answers(ConsentAnswer),
      },
    },
    async (request) => {
      const given = { caller: callerOf(request), ...request.body };
      return toWire(await inTransaction(database, (tx) => giveConsent(tx, context, given)));
    },
  );
}

function requestRoutes(app: App, context: PersonsContext): void {
  const { database } = context;
  const path = `${BASE}/me/requests`;
  app.get(
    path,
    {
      schema: {
        tags,
        summary: '本人的请求 · own requests',
        querystring: AfterRequest,
        response: answers(RequestsAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), after: request.query.after };
      const requests = await inTransaction(database, (tx) => listOwnRequests(tx, context, asked));
      return toWire({ requests });
    },
  );
  app.post(
    path,
    {
      schema: {
        tags,
        summary: '请求更正、删除、撤回同意、说明 · ask for correction, deletion, withdrawal or explanation',
        body: RequestBody,
        response: answers(AskedAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), asked: request.body };
      return await inTransaction(database, (tx) => askRequest(tx, context, asked));
    },
  );
  app.get(
    `${path}/:request`,
    {
      schema: {
        tags,
        summary: '一件请求的办理过程 · one request with terms and every step',
        params: OneRequest,
        response: answers(RequestAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), requestId: request.params.request };
      return toWire(await inTransaction(database, (tx) => readOwnRequest(tx, context, asked)));
    },
  );
  app.post(
    `${path}/:request/withdrawal`,
    {
      schema: { tags, summary: '撤回请求 · withdraw a request', params: OneRequest, response: answers(Done) },
    },
    async (request) => {
      const asked = { caller: callerOf(request), requestId: request.params.request };
      await inTransaction(database, (tx) => withdrawRequest(tx, context, asked));
      return { done: true as const };
    },
  );
}
