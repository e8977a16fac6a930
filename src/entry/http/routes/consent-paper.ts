import { Type } from 'typebox';
import {
  CONSENT_LIMITS,
  type ConsentContext,
  confirmPaperConsent,
  enterPaperConsent,
  readConsentWords,
  readPaperConsent,
  readScan,
  requireConsent,
  requireRequest,
  storeScan,
} from '#consent';
import { inTransaction } from '#kernel';
import { proveAdmission } from '#platform';
import { type Caller, requireAllowed } from '#security';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire, ErrorBody } from '../schemas.ts';
import {
  Changed,
  ConsentId,
  ConsentView,
  DigestBody,
  Entered,
  PaperBody,
  toViews,
  useOf,
} from './consent-schemas.ts';

const tags = ['consents'];
const Id = Type.Object({ id: ConsentId });

/** 纸质授权: scanned, entered by one person of the institution, confirmed by another. */
export function paperRoutes(app: App, node: Node, context: ConsentContext): void {
  app.register(async (scope: App) => scanRoute(scope, node, context));
  enterRoute(app, node, context);
  confirmRoutes(app, node, context);
  scanOfRoute(app, node, context);
}

/** The body is the file's bytes, of any type: what it is, its bytes say. */
function scanRoute(app: App, node: Node, context: ConsentContext): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.put(
    '/api/v1/consent-scans',
    {
      bodyLimit: CONSENT_LIMITS.scanBytesMax,
      schema: {
        tags,
        summary: '上传纸质授权书扫描件 · hand in the scan of a paper consent (PDF, JPEG, PNG)',
        response: answers(Type.Object({ digest: Type.String(), type: Type.String(), bytes: Type.Integer() })),
      },
      onRequest: async (request) => {
        requireEntry(node, callerOf(request));
      },
    },
    async ({ body }) => await storeScan(context.scansFolder, Buffer.isBuffer(body) ? body : Buffer.alloc(0)),
  );
}

function requireEntry(node: Node, caller: Caller): void {
  const participant = caller.participantId ?? '';
  requireAllowed(node.policies, caller, 'enter_paper_consent', { participant });
}

function enterRoute(app: App, node: Node, context: ConsentContext): void {
  app.post(
    '/api/v1/consents/paper',
    {
      schema: {
        tags,
        summary: '录入纸质授权 · enter a consent that was given on paper',
        description:
          'It holds nothing before a second person of the institution has confirmed it, within a week.',
        body: PaperBody,
        response: answers(Entered),
      },
      preValidation: async (request) => {
        requireEntry(node, callerOf(request));
      },
    },
    async (request) => {
      const [caller, { operator: _, scanDigest, signedOn, ...body }] = [callerOf(request), request.body];
      const entered = await inTransaction(node.database, async (tx) => {
        const admission = await proveAdmission(tx, node.clock, caller, useOf(caller, request.body));
        const paper = { request: requireRequest(body), scanDigest, signedOn };
        return await enterPaperConsent(tx, context, { admission, caller, ...paper });
      });
      return toWire(entered);
    },
  );
}

function confirmRoutes(app: App, node: Node, context: ConsentContext): void {
  app.get(
    '/api/v1/consents/:id/paper',
    {
      schema: {
        tags,
        summary: '待确认的纸质授权 · what the second person holds against the paper',
        params: Id,
        response: answers(ConsentView),
      },
    },
    async (request) => {
      const [caller, consentId] = [callerOf(request), request.params.id];
      return await inTransaction(node.database, async (tx) => {
        const admission = await proveAdmission(tx, node.clock, caller, useOf(caller, {}));
        const record = await readPaperConsent(tx, context, { consentId, admission, caller });
        const [view] = await toViews(tx, node.lists.catalogue, [record]);
        return view;
      });
    },
  );
  app.post(
    '/api/v1/consents/:id/confirm',
    {
      schema: {
        tags,
        summary: '确认纸质授权 · confirm a paper consent, as the second person',
        params: Id,
        body: DigestBody,
        response: answers(Changed),
      },
    },
    async (request) => {
      const [caller, consentId] = [callerOf(request), request.params.id];
      return await inTransaction(node.database, async (tx) => {
        const admission = await proveAdmission(tx, node.clock, caller, useOf(caller, {}));
        const { digest } = request.body;
        return await confirmPaperConsent(tx, context, { consentId, digest, admission, caller });
      });
    },
  );
}

/** The scan itself: for the enterprise whose consent it is, and for the second person. */
function scanOfRoute(app: App, node: Node, context: ConsentContext): void {
  app.get(
    '/api/v1/consents/:id/scan',
    {
      schema: {
        tags,
        summary: '纸质授权书扫描件 · the scan of the paper',
        params: Id,
        response: {
          200: Type.Unsafe<Buffer>({ description: 'the file' }),
          '4xx': ErrorBody,
          '5xx': ErrorBody,
        },
      },
    },
    async (request, reply) => {
      const [caller, consent] = [callerOf(request), request.params.id];
      const { paper } = await inTransaction(node.database, async (tx) => {
        if (caller.kind === 'enterprise') return await readConsentWords(tx, context, { caller, consent });
        const admission = await proveAdmission(tx, node.clock, caller, useOf(caller, {}));
        return await readPaperConsent(tx, context, { consentId: consent, admission, caller });
      });
      const { digest } = requireConsent(paper ?? undefined);
      const { type, content } = await readScan(context.scansFolder, digest);
      const extension = { 'application/pdf': 'pdf', 'image/jpeg': 'jpg', 'image/png': 'png' }[type];
      reply.header('content-disposition', `attachment; filename="${digest.slice(0, 16)}.${extension}"`);
      return await reply.type(type).send(content);
    },
  );
}
