import { Type } from 'typebox';
import { beijingDate, inTransaction } from '#kernel';
import {
  listOverdue,
  listTermNotices,
  type OverdueTerm,
  readProfileInForce,
  requireTermViewer,
  type RightsContext,
  seeTermNotices,
  TERM_KINDS,
  TERM_WORDS,
  TIME_LIMIT_LIMITS,
} from '#rights';
import type { Node } from '../../node.ts';
import { openRights } from '../../rights.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import { NoticesAnswer, OverdueAnswer, ProfileAnswer } from './time-limit-schemas.ts';

const tags = ['rights'];
const strict = { additionalProperties: false } as const;

/** 期限方案（第 12 条）: within which time this node does what, with citations, for anyone. */
export function publicTimeLimitRoutes(app: App, node: Node): void {
  const context = openRights(node);
  app.get(
    '/api/v1/time-limits',
    {
      schema: {
        tags,
        summary: '现行期限方案及依据 · the time-limit profile in force, with citations',
        response: answers(ProfileAnswer),
      },
    },
    async () => {
      const profile = await inTransaction(
        context.database,
        (tx) => readProfileInForce(tx, context),
        'snapshot',
      );
      const { terms, ...rest } = profile;
      const limits = TERM_KINDS.flatMap((term) => {
        const limit = terms[term];
        return limit === undefined ? [] : [{ term, words: TERM_WORDS[term], ...limit }];
      });
      return { ...rest, limits };
    },
  );
}

/** Overdue terms and notices, for the node and for whoever holds them. */
export function timeLimitRoutes(app: App, node: Node): void {
  const context = openRights(node);
  overdueRoute(app, context);
  noticeRoutes(app, context);
}

function overdueRoute(app: App, context: RightsContext): void {
  app.get(
    '/api/v1/rights/terms/overdue',
    {
      schema: {
        tags,
        summary: '逾期未办的期限 · terms past their day',
        querystring: Type.Object(
          { after: Type.Optional(Type.String({ pattern: '^20\\d\\d-\\d\\d-\\d\\d_trm_[0-9a-z]{26}$' })) },
          strict,
        ),
        response: answers(OverdueAnswer),
      },
    },
    async (request) => {
      const { responsible } = requireTermViewer(context, callerOf(request));
      const today = beijingDate(context.clock.now());
      const after = cursorOf(request.query.after);
      const { terms, next } = await inTransaction(
        context.database,
        (tx) => listOverdue(tx, { today, responsible, after }),
        'snapshot',
      );
      return toWire({
        today,
        terms: terms.map(showOverdue),
        next: next === null ? null : `${next.dueOn}_${next.termId}`,
      });
    },
  );
}

function cursorOf(text: string | undefined): { dueOn: string; termId: string } | undefined {
  return text === undefined ? undefined : { dueOn: text.slice(0, 10), termId: text.slice(11) };
}

/** Without the enterprise: who holds the term finds it in the matter. */
function showOverdue({ matter: { kind, id }, ...term }: OverdueTerm) {
  return { ...term, matter: { kind, id }, words: TERM_WORDS[term.term] };
}

function noticeRoutes(app: App, context: RightsContext): void {
  app.get(
    '/api/v1/rights/terms/notices',
    {
      schema: {
        tags,
        summary: '期限提醒和督办，未阅的 · reminders and escalations that nobody has seen',
        response: answers(NoticesAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const notices = await inTransaction(context.database, (tx) => listTermNotices(tx, context, caller));
      return toWire({ notices: notices.map((notice) => ({ ...notice, words: TERM_WORDS[notice.term] })) });
    },
  );
  app.post(
    '/api/v1/rights/terms/notices/seen',
    {
      schema: {
        tags,
        summary: '已阅期限提醒 · say that notices were seen',
        body: Type.Object(
          {
            notices: Type.Array(Type.String({ pattern: '^tnt_[0-9a-z]{26}$' }), {
              minItems: 1,
              maxItems: TIME_LIMIT_LIMITS.noticesShownMax,
            }),
          },
          { ...strict, examples: [{ notices: ['tnt_01hzy3v9k2m4n6p8q0r1s2t3v4'] }] },
        ),
        response: answers(Type.Object({ seen: Type.Integer() })),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), noticeIds: request.body.notices };
      return await inTransaction(context.database, (tx) => seeTermNotices(tx, context, asked));
    },
  );
}
