import { readFile } from 'node:fs/promises';
import { Type } from 'typebox';
import {
  ACT_WORDS,
  checkEntry,
  enterForPerson,
  type EntryLine,
  keepScan,
  listEntries,
  type Matter,
  printEntry,
  readEntry,
  readScanOf,
  rejectEntry,
  WINDOW_LIMITS,
  type WindowContext,
} from '#rights';
import { requireAllowed } from '#security';
import type { Node } from '../../node.ts';
import { openWindow } from '../../window.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { httpRefusal } from '../http-refusals.ts';
import { answers, ErrorBody, toWire } from '../schemas.ts';
import { withSpooled } from '../spool.ts';
import {
  CheckBody,
  DecidedAnswer,
  EnteredAnswer,
  EntriesAnswer,
  EntriesQuery,
  EntryAnswer,
  EntryBody,
  OfEntry,
  RejectBody,
  ScanAnswer,
  ScanQuery,
  WhichScan,
  type WireMatter,
} from './window-schemas.ts';

const tags = ['rights'];
const file = {
  200: { content: { 'application/octet-stream': { schema: Type.Any() } } },
  '4xx': ErrorBody,
  '5xx': ErrorBody,
} as const;

/** 窗口办理（第 12 条）: a clerk enters for a person who is present, another checks. */
export function windowRoutes(app: App, node: Node): void {
  const context = openWindow(node);
  app.register(async (scope: App) => scanRoute(scope, context));
  enterRoute(app, context);
  readRoutes(app, context);
  decideRoutes(app, context);
  fileRoutes(app, context);
}

/** The body is the file's bytes, of any type: what it is, its bytes say. */
function scanRoute(app: App, context: WindowContext): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.put(
    '/api/v1/window/scans',
    {
      schema: {
        tags,
        summary: '上传到场人签署件的扫描件，PDF 或 PNG · hand in the scan of what a person signed',
        consumes: ['application/octet-stream'],
        querystring: ScanQuery,
        response: answers(ScanAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      requireAllowed(context.policies, caller, 'enter_at_window'); // before a byte of it is taken in
      const bytesMax = WINDOW_LIMITS.scanBytesMax;
      const limit = { bytesMax, tooLarge: () => httpRefusal('request.too_large', { bytesMax }) };
      const code = request.query.enterprise;
      return await withSpooled(request.body, limit, async (path) => {
        const bytes = await readFile(path);
        return await keepScan(context, { caller, code, bytes });
      });
    },
  );
}

function enterRoute(app: App, context: WindowContext): void {
  app.post(
    '/api/v1/window/entries',
    {
      schema: {
        tags,
        summary: '为到场人录入一件事项 · enter a matter for a person who is present',
        body: EntryBody,
        response: answers(EnteredAnswer),
      },
    },
    async (request) => {
      const { enterprise: code, scan, mandate = null, matter, ...rest } = request.body;
      const asked = { caller: callerOf(request), code, scanDigest: scan, mandateDigest: mandate, ...rest };
      return toWire(await enterForPerson(context, { ...asked, ...matterOf(matter) }));
    },
  );
}

/** Attachments may be left out on the wire. */
function matterOf(matter: WireMatter): Matter {
  if (matter.act !== 'objection') return matter;
  const { attachments = [], ...rest } = matter.asked.application;
  return { act: matter.act, asked: { application: { ...rest, attachments } } };
}

function readRoutes(app: App, context: WindowContext): void {
  app.get(
    '/api/v1/window/entries',
    {
      schema: {
        tags,
        summary: '窗口录入清单，不含企业、人和内容 · entries of the window, without whom they concern',
        querystring: EntriesQuery,
        response: answers(EntriesAnswer),
      },
    },
    async (request) => {
      const { open: isOpen = false, before, limit = WINDOW_LIMITS.pageMax } = request.query;
      const entries = await listEntries(context, { caller: callerOf(request), isOpen, before, limit });
      const next = entries.length < limit ? null : (entries.at(-1)?.entryId ?? null);
      return toWire({ entries: entries.map(showLine), before: next });
    },
  );
  app.get(
    '/api/v1/window/entries/:id',
    {
      schema: {
        tags,
        summary: '待复核的一件录入 · what the second person holds against the scan',
        params: OfEntry,
        response: answers(EntryAnswer),
      },
    },
    async (request) =>
      toWire(showLine(await readEntry(context, { caller: callerOf(request), entryId: request.params.id }))),
  );
}

function showLine<Line extends EntryLine>(entry: Line) {
  return { ...entry, words: ACT_WORDS[entry.act] };
}

function decideRoutes(app: App, context: WindowContext): void {
  app.post(
    '/api/v1/window/entries/:id/check',
    {
      schema: {
        tags,
        summary: '复核通过 · confirm an entry, as the second person',
        params: OfEntry,
        body: CheckBody,
        response: answers(DecidedAnswer),
      },
    },
    async (request) => {
      const of = { caller: callerOf(request), entryId: request.params.id };
      return await checkEntry(context, { ...of, digest: request.body.digest });
    },
  );
  app.post(
    '/api/v1/window/entries/:id/reject',
    {
      schema: {
        tags,
        summary: '复核退回，已生效的撤销 · reject an entry; what had effect is undone',
        params: OfEntry,
        body: RejectBody,
        response: answers(DecidedAnswer),
      },
    },
    async (request) => {
      const of = { caller: callerOf(request), entryId: request.params.id };
      return await rejectEntry(context, { ...of, reason: request.body.reason });
    },
  );
}

/** Files to save or to print, never shown in our name by a browser. */
function fileRoutes(app: App, context: WindowContext): void {
  app.get(
    '/api/v1/window/entries/:id/scan',
    {
      schema: {
        tags,
        summary: '待复核录入的扫描件 · a scan of an open entry',
        params: OfEntry,
        querystring: WhichScan,
        response: file,
      },
    },
    async (request, reply) => {
      const { which = 'signed' } = request.query;
      const asked = { caller: callerOf(request), entryId: request.params.id, which };
      const { bytes, extension } = await readScanOf(context, asked);
      reply.headers(headersOf(`${asked.entryId}.${extension}`));
      return await reply.type('application/octet-stream').send(bytes);
    },
  );
  app.post(
    '/api/v1/window/entries/:id/print',
    {
      schema: {
        tags,
        summary: '打印自助查询，当面交付，一次为限 · print everything for the person, once',
        params: OfEntry,
        response: file,
      },
    },
    async (request, reply) => {
      const asked = { caller: callerOf(request), entryId: request.params.id };
      const { bytes, contentType } = await printEntry(context, asked);
      const extension = contentType === 'application/pdf' ? 'pdf' : 'zip';
      reply.headers(headersOf(`${asked.entryId}.${extension}`));
      return await reply.type('application/octet-stream').send(bytes);
    },
  );
}

function headersOf(name: string) {
  return {
    'content-disposition': `attachment; filename="${name}"`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'no-store',
  };
}
