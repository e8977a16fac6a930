import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import {
  closeOpening,
  listConflicts,
  listOpenings,
  openTo,
  settleConflict,
  type VoluntaryContext,
} from '#rights';
import type { Node } from '../../node.ts';
import { openVoluntary } from '../../voluntary.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import {
  ConflictId,
  ConflictsAnswer,
  FilingId,
  OpeningBody,
  OpeningId,
  OpeningsAnswer,
  SettleBody,
} from './voluntary-schemas.ts';

const tags = ['rights'];

/** 自愿清单: to whom the enterprise has opened it, and where what they file differs. */
export function voluntaryPartyRoutes(app: App, node: Node): void {
  const context = openVoluntary(node);
  conflictRoutes(app, context);
  openingRoutes(app, context);
}

function conflictRoutes(app: App, context: VoluntaryContext): void {
  app.get(
    '/api/v1/voluntary/conflicts',
    {
      schema: {
        tags,
        summary: '不同入口填报不一致、待企业确认的 · open conflicts between entrances',
        response: answers(ConflictsAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      return toWire({
        conflicts: await inTransaction(context.database, (tx) => listConflicts(tx, context, caller)),
      });
    },
  );
  app.post(
    '/api/v1/voluntary/conflicts/:id/settle',
    {
      schema: {
        tags,
        summary: '企业选定其一 · the enterprise chooses',
        params: Type.Object({ id: ConflictId }),
        body: SettleBody,
        response: answers(Type.Object({ filingId: FilingId })),
      },
    },
    async (request) => {
      const { chosen } = request.body;
      return await settleConflict(context, {
        caller: callerOf(request),
        conflictId: request.params.id,
        chosen,
      });
    },
  );
}

function openingRoutes(app: App, context: VoluntaryContext): void {
  app.get(
    '/api/v1/voluntary/openings',
    {
      schema: {
        tags,
        summary: '向谁开放了填报或核验 · who may file or confirm',
        response: answers(OpeningsAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      return toWire({
        openings: await inTransaction(context.database, (tx) => listOpenings(tx, context, caller)),
      });
    },
  );
  app.post(
    '/api/v1/voluntary/openings',
    {
      schema: {
        tags,
        summary: '允许平台代填或第三方核验 · let somebody file or confirm',
        body: OpeningBody,
        response: answers(Type.Object({ openingId: OpeningId })),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.body };
      return await inTransaction(context.database, (tx) => openTo(tx, context, asked));
    },
  );
  app.post(
    '/api/v1/voluntary/openings/:id/end',
    {
      schema: {
        tags,
        summary: '结束开放 · end an opening',
        params: Type.Object({ id: OpeningId }),
        response: answers(Type.Object({ openingId: OpeningId })),
      },
    },
    async (request) => {
      const openingId = request.params.id;
      await inTransaction(context.database, (tx) =>
        closeOpening(tx, context, { caller: callerOf(request), openingId }),
      );
      return { openingId };
    },
  );
}
