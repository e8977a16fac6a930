import { inTransaction } from '#kernel';
import {
  decideAssessment,
  drillFigure,
  fillAssessment,
  listAssessments,
  listMissingAssessments,
  PROCESSING_LIMITS,
  type ProcessingContext,
  readAssessment,
  readPublicFigures,
  readPublicRegister,
  readRegisterVersions,
  readWholeFigures,
  readWholeRegister,
} from '#rights';
import type { Node } from '../../node.ts';
import { openProcessing } from '../../processing.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import {
  AssessmentAnswer,
  AssessmentLine,
  Assessments,
  AssessmentsQuery,
  Decision,
  FigureQuery,
  FigureRows,
  NewAssessment,
  OfAssessment,
  OfFigure,
  PublicRegisterAnswer,
  RegisterQuery,
  RegisterVersions,
  TemplateAnswer,
  VersionsQuery,
  WholeRegisterAnswer,
  YearAnswer,
  YearQuery,
} from './processing-schemas.ts';

const tags = ['rights'];

/** 处理活动记录的公开部分（《个人信息保护法》第十七条）: what the node does with personal information, for anyone. */
export function publicProcessingRoutes(app: App, node: Node): void {
  const context = openProcessing(node);
  app.get(
    '/api/v1/processing',
    {
      schema: {
        tags,
        summary: '个人信息处理活动，公开部分 · what the node does with personal information',
        response: answers(PublicRegisterAnswer),
      },
    },
    async () => toWire(await inTransaction(context.database, (tx) => readPublicRegister(tx, context))),
  );
  app.get(
    '/api/v1/processing/figures',
    {
      schema: {
        tags,
        summary: '个人信息保护年度数字 · yearly figures on personal information, under the floor',
        querystring: YearQuery,
        response: answers(YearAnswer),
      },
    },
    async (request) =>
      toWire(
        await inTransaction(
          context.database,
          (tx) => readPublicFigures(tx, context, request.query.year),
          'snapshot',
        ),
      ),
  );
}

/** The whole register, assessments and figures, for the node's people. */
export function processingRoutes(app: App, node: Node): void {
  const context = openProcessing(node);
  registerRoutes(app, context);
  figureRoutes(app, context);
  assessmentRoutes(app, context);
  assessingRoutes(app, context);
}

function registerRoutes(app: App, context: ProcessingContext): void {
  app.get(
    '/api/v1/rights/processing',
    {
      schema: {
        tags,
        summary: '处理活动记录全文 · the whole register of processing',
        querystring: RegisterQuery,
        response: answers(WholeRegisterAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), version: request.query.version };
      return toWire(await inTransaction(context.database, (tx) => readWholeRegister(tx, context, asked)));
    },
  );
  app.get(
    '/api/v1/rights/processing/versions',
    {
      schema: {
        tags,
        summary: '处理活动记录各版 · versions of the register of processing',
        querystring: VersionsQuery,
        response: answers(RegisterVersions),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), before: request.query.before };
      const versions = await inTransaction(context.database, (tx) =>
        readRegisterVersions(tx, context, asked),
      );
      return toWire({ versions });
    },
  );
}

function figureRoutes(app: App, context: ProcessingContext): void {
  app.get(
    '/api/v1/rights/processing/figures',
    {
      schema: {
        tags,
        summary: '合规审计年度数字 · yearly figures of the compliance audit',
        querystring: YearQuery,
        response: answers(YearAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), year: request.query.year };
      return toWire(
        await inTransaction(context.database, (tx) => readWholeFigures(tx, context, asked), 'snapshot'),
      );
    },
  );
  app.get(
    '/api/v1/rights/processing/figures/:figure',
    {
      schema: {
        tags,
        summary: '年度数字的明细 · the rows behind a figure',
        params: OfFigure,
        querystring: FigureQuery,
        response: answers(FigureRows),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params, ...request.query };
      const rows = await inTransaction(context.database, (tx) => drillFigure(tx, context, asked), 'snapshot');
      const isLast = rows.length < PROCESSING_LIMITS.pageMax;
      return toWire({ rows, next: isLast ? null : (rows.at(-1)?.matter ?? null) });
    },
  );
}

function assessmentRoutes(app: App, context: ProcessingContext): void {
  app.get(
    '/api/v1/impact-assessments',
    {
      schema: {
        tags,
        summary: '个人信息保护影响评估，所缺的在前 · impact assessments, and where one is missing',
        querystring: AssessmentsQuery,
        response: answers(Assessments),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const found = await inTransaction(context.database, async (tx) => ({
        missing: await listMissingAssessments(tx, context, { caller }),
        assessments: await listAssessments(tx, context, { caller, ...request.query }),
      }));
      const isLast = found.assessments.length < PROCESSING_LIMITS.pageMax;
      return toWire({ ...found, before: isLast ? null : (found.assessments.at(-1)?.assessmentId ?? null) });
    },
  );
  app.get(
    '/api/v1/impact-assessments/:id',
    {
      schema: {
        tags,
        summary: '一份影响评估 · one impact assessment',
        params: OfAssessment,
        response: answers(AssessmentAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), assessment: request.params.id };
      return toWire(
        await inTransaction(context.database, (tx) => readAssessment(tx, context, asked), 'snapshot'),
      );
    },
  );
  app.get(
    '/api/v1/impact-assessment-template',
    {
      schema: {
        tags,
        summary: '影响评估模板 · questions of the impact assessment',
        response: answers(TemplateAnswer),
      },
    },
    async () => context.assessment,
  );
}

function assessingRoutes(app: App, context: ProcessingContext): void {
  app.post(
    '/api/v1/impact-assessments',
    {
      schema: {
        tags,
        summary: '填写影响评估 · fill in an impact assessment',
        body: NewAssessment,
        response: answers(AssessmentLine),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.body };
      return await inTransaction(context.database, (tx) => fillAssessment(tx, context, asked));
    },
  );
  app.post(
    '/api/v1/impact-assessments/:id/decision',
    {
      schema: {
        tags,
        summary: '由另一人批准或退回影响评估 · another person approves or returns an impact assessment',
        params: OfAssessment,
        body: Decision,
        response: answers(AssessmentLine),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), assessment: request.params.id, ...request.body };
      return await inTransaction(context.database, (tx) => decideAssessment(tx, context, asked));
    },
  );
}
