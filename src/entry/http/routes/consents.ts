import { Type } from 'typebox';
import {
  type Answer,
  type ChangedConsent,
  type ConsentContext,
  type ConsentRecord,
  editionOf,
  findConsent,
  grantConsent,
  listConsents,
  pauseConsent,
  readConsentWords,
  rejectConsent,
  requestConsent,
  requireConsent,
  requireRequest,
  resumeConsent,
  revokeConsent,
} from '#consent';
import { qrSvg } from '#information';
import { inTransaction, type Tx } from '#kernel';
import { findEnterprise } from '#lists';
import { proveAdmission } from '#platform';
import { type Caller, decide, requireAllowed } from '#security';
import { openConsent } from '../../consent.ts';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, EnterpriseCode, toWire } from '../schemas.ts';
import { paperRoutes } from './consent-paper.ts';
import {
  AskBody,
  Changed,
  ConsentId,
  ConsentView,
  DigestBody,
  Pending,
  StateView,
  toViews,
  useOf,
} from './consent-schemas.ts';

const tags = ['consents'];
const Id = Type.Object({ id: ConsentId });

/** 授权（第 8 条、第 12 条）: asking for it, answering it, and what an enterprise has given. */
export function consentRoutes(app: App, node: Node): void {
  const context = openConsent(node);
  askRoutes(app, node, context);
  answerRoutes(app, node, context);
  ownRoutes(app, node, context);
  paperRoutes(app, node, context);
}

/** 合理使用上限: published, so for anyone. */
export function fairUseRoutes(app: App, node: Node): void {
  const { fairUse } = openConsent(node);
  app.get(
    '/api/v1/fair-use',
    {
      schema: {
        tags,
        summary: '合理使用上限 · the fair-use bounds in force',
        response: answers(
          Type.Object({ hash: Type.String(), groups: Type.Unknown(), institutions: Type.Unknown() }),
        ),
      },
    },
    async () => ({ hash: fairUse.hash, ...editionOf(fairUse) }),
  );
}

function askRoutes(app: App, node: Node, context: ConsentContext): void {
  app.post(
    '/api/v1/consents',
    {
      schema: {
        tags,
        summary: '向企业申请授权 · ask an enterprise for its consent',
        description:
          'Decoupled: hand the link or the QR code to the enterprise, which answers on its own phone within 24 hours; poll GET /api/v1/consents/{id} for the state.',
        body: AskBody,
        response: answers(Pending),
      },
      preValidation: async (request) => {
        requireAllowed(node.policies, callerOf(request), 'request_consent');
      },
    },
    async (request) => {
      const [caller, { institution: _, operator: __, ...body }] = [callerOf(request), request.body];
      const pending = await inTransaction(node.database, async (tx) => {
        const admission = await proveAdmission(tx, node.clock, caller, useOf(caller, request.body));
        return await requestConsent(tx, context, { admission, caller, request: requireRequest(body) });
      });
      return { ...toWire(pending), qr: qrSvg(pending.link) };
    },
  );
  app.get(
    '/api/v1/consents/:id',
    {
      schema: {
        tags,
        summary: '授权的状态 · where a consent stands, for whoever asked and for the enterprise',
        params: Id,
        response: answers(StateView),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), consentId: request.params.id };
      const record = await inTransaction(node.database, (tx) => readAsParty(tx, node, asked));
      const { consentId, state, version, answerBy, validTo } = record;
      return toWire({ consentId, state, version, answerBy, validTo });
    },
  );
}

/** For its parties alone: to anyone else there is no such consent. */
async function readAsParty(
  tx: Tx,
  node: Node,
  { caller, consentId }: { caller: Caller; consentId: string },
): Promise<ConsentRecord> {
  const record = await findConsent(tx, node.clock, consentId);
  return requireConsent(
    record !== undefined && (await isParty(tx, node, caller, record)) ? record : undefined,
  );
}

async function isParty(tx: Tx, node: Node, caller: Caller, record: ConsentRecord): Promise<boolean> {
  if (caller.kind === 'enterprise') return caller.enterpriseId === record.enterpriseId;
  if (caller.kind === 'platform') {
    const platforms = [record.requestedThrough, ...record.platforms];
    return platforms.some((id) => id !== null && id === caller.participantId);
  }
  if (caller.kind !== 'institution') return false;
  const { institutionId } = await proveAdmission(tx, node.clock, caller, { operator: caller.id });
  return institutionId === record.institutionId;
}

type AnswerAct = (tx: Tx, context: ConsentContext, answer: Answer) => Promise<ChangedConsent>;

const ACTS: readonly (readonly [name: string, summary: string, act: AnswerAct])[] = [
  ['reject', '不同意 · decline', rejectConsent],
  ['pause', '暂停 · give nothing for now', pauseConsent],
  ['resume', '恢复 · give again', resumeConsent],
  ['revoke', '撤销 · end it for good', revokeConsent],
];

function answerRoutes(app: App, node: Node, context: ConsentContext): void {
  app.post(
    '/api/v1/consents/:id/grant',
    {
      schema: {
        tags,
        summary: '同意 · agree to what was read',
        params: Id,
        body: DigestBody,
        response: answers(Changed),
      },
    },
    async (request) => {
      const answer = { caller: callerOf(request), consent: request.params.id, digest: request.body.digest };
      return await inTransaction(node.database, (tx) => grantConsent(tx, context, answer));
    },
  );
  for (const [name, summary, act] of ACTS) {
    app.post(
      `/api/v1/consents/:id/${name}`,
      { schema: { tags, summary, params: Id, response: answers(Changed) } },
      async (request) => {
        const answer = { caller: callerOf(request), consent: request.params.id };
        return await inTransaction(node.database, (tx) => act(tx, context, answer));
      },
    );
  }
}

function ownRoutes(app: App, node: Node, context: ConsentContext): void {
  app.get(
    '/api/v1/consents/:id/words',
    {
      schema: {
        tags,
        summary: '企业读到的内容 · what the enterprise reads; by id or by the code of the link',
        params: Id,
        response: answers(ConsentView),
      },
    },
    async (request) => {
      const answer = { caller: callerOf(request), consent: request.params.id };
      return await inTransaction(node.database, async (tx) => {
        const [view] = await toViews(tx, node.lists.catalogue, [await readConsentWords(tx, context, answer)]);
        return view;
      });
    },
  );
  app.get(
    '/api/v1/enterprises/:code/consents',
    {
      schema: {
        tags,
        summary: '企业的全部授权 · every consent of an enterprise, newest first',
        params: Type.Object({ code: EnterpriseCode }),
        response: answers(Type.Object({ consents: Type.Array(ConsentView) })),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), code: request.params.code };
      return { consents: await inTransaction(node.database, (tx) => listOf(tx, node, asked)) };
    },
  );
}

/** The enterprise asks for itself, anyone else for the node's duty; the policy says who may. */
async function listOf(
  tx: Tx,
  node: Node,
  { caller, code }: { caller: Caller; code: string },
): Promise<ConsentView[]> {
  const { enterpriseId } = await findEnterprise(tx, code);
  const permit = decide(tx, node.policies, {
    caller,
    purpose: caller.kind === 'enterprise' ? 'self' : 'operate',
    subject: enterpriseId,
    contracts: [],
    asOf: { knownAt: node.clock.now() },
  });
  return await toViews(tx, node.lists.catalogue, await listConsents(tx, node.clock, { permit }));
}
