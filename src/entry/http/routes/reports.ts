import { Type } from 'typebox';
import { issueReport, type IssuedReport, REPORT_CSP, toHtml, toJson, toPdf } from '#information';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { Day, EnterpriseCode, ErrorBody } from '../schemas.ts';

const Query = Type.Object({
  format: Type.Union([Type.Literal('json'), Type.Literal('html'), Type.Literal('pdf')], { default: 'json' }),
  purpose: Type.Union([Type.Literal('public_report'), Type.Literal('self')], { default: 'public_report' }),
  asOf: Type.Optional(Day),
});

/** The standard report. Each call issues a report of its own: decided, disclosed, in the log, signed. */
export function reportRoutes(app: App, node: Node): void {
  app.get(
    '/api/v1/enterprises/:code/report',
    {
      schema: {
        tags: ['enterprises'],
        summary: '标准信用报告 · the standard report',
        params: Type.Object({ code: EnterpriseCode }),
        querystring: Query,
        response: {
          200: {
            description: 'The signed report in the form asked for; its bytes are what the signature covers.',
            content: {
              'application/json': { schema: Type.Unknown() },
              'text/html': { schema: Type.String() },
              'application/pdf': { schema: Type.String({ format: 'binary' }) },
            },
          },
          '4xx': ErrorBody,
          '5xx': ErrorBody,
        },
      },
    },
    async (request, reply) => {
      const { format, purpose, asOf } = request.query;
      const report = await issueReport(node.report, {
        caller: callerOf(request),
        code: request.params.code,
        purpose,
        asOf,
      });
      reply.headers({
        ...FORMS[format].headers,
        'cache-control': 'no-store',
        'content-disposition': `inline; filename="${report.payload.cover.number}.${format}"`,
      });
      return await reply.send(await FORMS[format].render(node, report));
    },
  );
}

type FormOf = {
  headers: Readonly<Record<string, string>>;
  render: (node: Node, report: IssuedReport) => Promise<Buffer>;
};

const FORMS: Readonly<Record<'json' | 'html' | 'pdf', FormOf>> = {
  json: {
    headers: { 'content-type': 'application/json; charset=utf-8' },
    render: async (_node, report) => Buffer.from(toJson(report)),
  },
  html: {
    // Its own policy is stricter than the node's, and only the node's pages may frame it.
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `${REPORT_CSP}; frame-ancestors 'self'; sandbox`,
    },
    render: async (node, report) => Buffer.from(toHtml(node.report, report)),
  },
  pdf: {
    headers: { 'content-type': 'application/pdf' },
    render: (node, report) => toPdf(node.report, report),
  },
};
