import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import { listRuns, type QualityReport, readQuality } from '#lists';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, Instant, nullable } from '../schemas.ts';
import { visibleProvider } from './deliveries.ts';

const Score = Type.Object({
  scoreNo: Type.String({ description: 'Opens to rule, count and rows' }),
  dimension: Type.String(),
  value: Type.Number(),
  unit: Type.String({ description: 'ppm: parts per million; day: days' }),
  numerator: Type.Number(),
  denominator: Type.Number(),
});
const Line = Type.Object({
  subject: Type.String(),
  provider: nullable(Type.String()),
  rank: nullable(Type.Integer()),
  trendPpm: nullable(Type.Number()),
  scores: Type.Array(Score),
});
const TopDefect = Type.Object({
  contractId: Type.String(),
  provider: Type.String(),
  rule: Type.String(),
  dimension: Type.String(),
  checked: Type.Integer(),
  failed: Type.Integer(),
  sampleRows: Type.Array(Type.String()),
});
const Report = Type.Object({
  period: Type.String(),
  runId: Type.String(),
  computedAt: Instant,
  isSynthetic: Type.Boolean(),
  checks: Type.Number(),
  resultHash: Type.String(),
  node: Line,
  providers: Type.Array(Line),
  datasets: Type.Array(Line),
  topDefects: Type.Array(TopDefect),
});

/** Ten years of months and quarters. */
const RUNS_MAX = 160;

/** 月报季评: the frozen figures of a month or quarter; a provider sees the ranking and its own datasets. */
export function qualityRoutes(app: App, node: Node): void {
  app.get(
    '/api/v1/quality/periods',
    {
      schema: {
        tags: ['deliveries'],
        summary: '已有结果的评价期 · periods that have been computed, newest run first',
        response: answers(Type.Object({ periods: Type.Array(Type.String()) })),
      },
    },
    async (request) => {
      visibleProvider(callerOf(request));
      const runs = await inTransaction(node.database, (tx) => listRuns(tx, RUNS_MAX), 'snapshot');
      return { periods: [...new Set(runs.map(({ period }) => period))] };
    },
  );
  app.get(
    '/api/v1/quality',
    {
      schema: {
        tags: ['deliveries'],
        summary: '月报季评 · quality of a month or quarter',
        querystring: Type.Object({ period: Type.String({ pattern: '^20[0-9]{2}-(0[1-9]|1[0-2]|Q[1-4])$' }) }),
        response: answers(Report),
      },
    },
    async (request) => {
      const asked = { period: request.query.period, provider: visibleProvider(callerOf(request)) };
      return toAnswer(await inTransaction(node.database, (tx) => readQuality(tx, asked), 'snapshot'));
    },
  );
}

function toAnswer({ run, node, providers, datasets, topDefects }: QualityReport) {
  const { period, runId, computedAt, isSynthetic, checks, resultHash } = run;
  return {
    period,
    runId,
    isSynthetic,
    checks,
    resultHash,
    computedAt: computedAt.toISOString(),
    node: toLine(node),
    providers: providers.map(toLine),
    datasets: datasets.map(toLine),
    topDefects: topDefects.map((defect) => ({ ...defect, sampleRows: [...defect.sampleRows] })),
  };
}

function toLine({ subject, provider, rank, trendPpm, scores }: QualityReport['node']) {
  return { subject, provider, rank, trendPpm, scores: Object.values(scores) };
}
