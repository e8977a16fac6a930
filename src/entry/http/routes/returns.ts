import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import {
  listUnused,
  listUnusedOf,
  readFigureRows,
  readMonth,
  readSheet,
  readUnusedRatios,
  type ReturnsContext,
  sheetCsv,
  type Viewer,
} from '#returns';
import { type Caller, decide, INSTITUTION_TYPES, requireAllowed } from '#security';
import { openReturns } from '../../returns.ts';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { answers, EnterpriseCode, ErrorBody, toWire } from '../schemas.ts';
import { ParticipantId } from './ask-schemas.ts';
import { hopRoutes } from './return-hops.ts';
import {
  Month,
  MonthAnswer,
  OwnUnusedAnswer,
  RowsAnswer,
  SheetAnswer,
  UnusedAnswer,
} from './return-schemas.ts';

const tags = ['returns'];
const strict = { additionalProperties: false } as const;
const OfMonth = Type.Object({ month: Month });
const VersionNo = Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 }));

/** 使用反馈（第 11 条）: figures of a month, the sheet of a department, unused queries, and the way returns travel. */
export function returnRoutes(app: App, node: Node): void {
  const context = openReturns(node);
  monthRoutes(app, context);
  sheetRoutes(app, context);
  unusedRoutes(app, context);
  hopRoutes(app, context);
}

function monthRoutes(app: App, context: ReturnsContext): void {
  app.get(
    '/api/v1/returns/months/:month',
    {
      schema: {
        tags,
        summary: '月度统计及口径 · statistics of a month with their formulas',
        params: OfMonth,
        querystring: Type.Object({ version: VersionNo }, strict),
        response: answers(MonthAnswer),
      },
    },
    async (request) => {
      const asked = { ...request.params, ...request.query, viewer: viewerOf(context, callerOf(request)) };
      const { subject: _subject, ...month } = await inTransaction(
        context.database,
        (tx) => readMonth(tx, asked),
        'snapshot',
      );
      const formulas = context.rules.statistics.statistics.map(({ compute: _compute, ...rest }) => rest);
      return toWire({ ...month, formulas });
    },
  );
  rowsRoute(app, context);
}

/** After every disclosure id: whoever names no disclosure goes on with the next number. */
const PAST_IDS = 'z';

function rowsRoute(app: App, context: ReturnsContext): void {
  app.get(
    '/api/v1/returns/months/:month/rows',
    {
      schema: {
        tags,
        summary: '数字背后的逐笔 · the rows behind a figure',
        description:
          'Of the city, a district, a type, an institution, or what came through one channel. All pages add up to the figure. The next page follows the last row’s institution, no and disclosureId.',
        params: OfMonth,
        querystring: Type.Object(
          {
            statistic: Type.String({ pattern: '^[a-z][a-z0-9_]{2,39}$' }),
            district: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
            institutionType: Type.Optional(Type.Enum([...INSTITUTION_TYPES, 'unknown'])),
            institution: Type.Optional(ParticipantId),
            channel: Type.Optional(ParticipantId),
            version: VersionNo,
            afterInstitution: Type.Optional(ParticipantId),
            afterNo: Type.Optional(Type.String({ minLength: 1, maxLength: 120 })),
            afterDisclosure: Type.Optional(Type.String({ pattern: '^dsc_[0-9a-z]{26}$' })),
          },
          strict,
        ),
        response: answers(RowsAnswer),
      },
    },
    async (request) => {
      const { statistic, version, afterInstitution, afterNo, afterDisclosure, ...scope } = request.query;
      const { month } = request.params;
      const grant = requireAllowed(
        context.policies,
        callerOf(request),
        'drill_returns',
        matterOf(callerOf(request), scope.institution),
      );
      const after =
        afterInstitution === undefined
          ? undefined
          : { institution: afterInstitution, no: afterNo ?? '', disclosureId: afterDisclosure ?? PAST_IDS };
      return await inTransaction(
        context.database,
        async (tx) => {
          const { knownAt } = await readMonth(tx, { month, version, viewer: { sees: 'published' } });
          const page = { statistic, month, knownAt, scope, after, limit: HTTP_LIMITS.linesMax };
          return toWire({ knownAt, rows: await readFigureRows(tx, context, { grant, page }) });
        },
        'snapshot',
      );
    },
  );
}

/** The node's people see all, regulators each institution as published; an institution itself, others none of them. */
function viewerOf({ policies }: ReturnsContext, caller: Caller): Viewer {
  requireAllowed(policies, caller, 'read_returns');
  if (caller.kind === 'operator') return { sees: 'all' };
  if (caller.kind === 'regulator') return { sees: 'published' };
  return { sees: 'own', institution: caller.kind === 'institution' ? (caller.participantId ?? '') : '' };
}

/** An institution asks for itself unless it names another, which is refused. */
function matterOf(caller: Caller, institution: string | undefined): { participant?: string } {
  const participant = institution ?? (caller.kind === 'institution' ? caller.participantId : null);
  return participant === null ? {} : { participant };
}

const OfProvider = Type.Object({ provider: Type.String({ minLength: 2, maxLength: 100 }) });
const CsvText = Type.String();

function sheetRoutes(app: App, context: ReturnsContext): void {
  const querystring = Type.Object({ month: Month, version: VersionNo }, strict);
  app.get(
    '/api/v1/returns/departments/:provider/sheet',
    {
      schema: {
        tags,
        summary: '数据提供单位反馈单 · what the data of a department achieved',
        params: OfProvider,
        querystring,
        response: answers(SheetAnswer),
      },
    },
    async (request) => {
      const asked = { ...request.params, ...request.query, caller: callerOf(request) };
      const { subject: _subject, ...sheet } = await inTransaction(
        context.database,
        (tx) => readSheet(tx, context, asked),
        'snapshot',
      );
      const { alerts, datasets } = sheet.sheet;
      const shown = alerts === null ? null : { ...alerts, datasets: [...alerts.datasets] };
      return toWire({ ...sheet, sheet: { ...sheet.sheet, datasets: [...datasets], alerts: shown } });
    },
  );
  app.get(
    '/api/v1/returns/departments/:provider/sheet.csv',
    {
      schema: {
        tags,
        summary: '反馈单下载，UTF-8 带 BOM · the sheet as CSV',
        params: OfProvider,
        querystring,
        response: {
          200: { content: { 'text/csv': { schema: CsvText } } },
          '4xx': ErrorBody,
          '5xx': ErrorBody,
        },
      },
    },
    async (request, reply) => {
      const asked = { ...request.params, ...request.query, caller: callerOf(request) };
      const { sheet } = await inTransaction(
        context.database,
        (tx) => readSheet(tx, context, asked),
        'snapshot',
      );
      reply.header('content-disposition', `attachment; filename="sheet-${asked.month}.csv"`);
      return await reply.type('text/csv; charset=utf-8').send(sheetCsv(sheet));
    },
  );
}

function unusedRoutes(app: App, context: ReturnsContext): void {
  const { database, policies, clock, rules } = context;
  const { afterDays } = rules.unused;
  app.get(
    '/api/v1/returns/unused',
    {
      schema: {
        tags,
        summary:
          '查而未用：各机构比例，及有权者可见的明细 · unused queries: ratios, and the list for whom it concerns',
        querystring: Type.Object(
          {
            month: Month,
            institution: Type.Optional(ParticipantId),
            list: Type.Optional(Type.Boolean()),
            after: Type.Optional(Type.String({ pattern: '^dsc_[0-9a-z]{26}$' })),
          },
          strict,
        ),
        response: answers(UnusedAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { month, institution, list = false, after } = request.query;
      requireAllowed(policies, caller, 'read_returns');
      const grant = list
        ? requireAllowed(policies, caller, 'read_unused', matterOf(caller, institution))
        : undefined;
      return await inTransaction(
        database,
        async (tx) => {
          const { suppression } = rules.statistics;
          const ratios = await readUnusedRatios(tx, suppression, { month, knownAt: clock.now() });
          const page = { month, after, limit: HTTP_LIMITS.linesMax };
          const queries = grant === undefined ? null : await listUnused(tx, grant, page);
          return toWire({ afterDays, ratios, queries });
        },
        'snapshot',
      );
    },
  );
  app.get(
    '/api/v1/enterprises/:code/unused-queries',
    {
      schema: {
        tags,
        summary:
          '查了本企业而没有下文的查询 · queries about the caller’s own enterprise that came to nothing',
        params: Type.Object({ code: EnterpriseCode }),
        response: answers(OwnUnusedAnswer),
      },
    },
    async (request) =>
      await inTransaction(
        database,
        async (tx) => {
          const caller = callerOf(request);
          const { enterpriseId: subject } = await findEnterprise(tx, request.params.code);
          const purpose = caller.kind === 'enterprise' ? 'self' : 'operate';
          const asOf = { knownAt: clock.now() };
          const permit = decide(tx, policies, { caller, purpose, subject, contracts: [], asOf });
          return toWire({ afterDays, queries: await listUnusedOf(tx, permit) });
        },
        'snapshot',
      ),
  );
}
