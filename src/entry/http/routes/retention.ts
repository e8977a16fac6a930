import { inTransaction, type Tx } from '#kernel';
import { findEnterprise, type RecordPlace } from '#lists';
import {
  approveHold,
  approveLift,
  countAllExpired,
  HOLD_WORDS,
  listExpired,
  listHolds,
  listRemovals,
  proposeHold,
  proposeLift,
  readRemoval,
  RETENTION_LIMITS,
  type RetentionContext,
  type ShownHold,
} from '#rights';
import { type Caller, requireAllowed } from '#security';
import type { Node } from '../../node.ts';
import { openRetention } from '../../retention.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import {
  Expired,
  ExpiredQuery,
  Hold,
  HoldBody,
  Holds,
  HoldsQuery,
  LiftBody,
  OfHold,
  Removals,
  RemovalsQuery,
} from './retention-schemas.ts';

const tags = ['rights'];

/** 保存期限（第 12 条）: what is past its years, what was removed with which proof, and legal holds; for the node's people alone. */
export function retentionRoutes(app: App, node: Node): void {
  const context = openRetention(node);
  expiredRoute(app, context);
  removalsRoute(app, context);
  holdRoutes(app, context);
  holdStepRoutes(app, context);
}

function expiredRoute(app: App, context: RetentionContext): void {
  app.get(
    '/api/v1/rights/retention/expired',
    {
      schema: {
        tags,
        summary: '保存期满待删除的记录（试算） · records past their years: a dry run',
        querystring: ExpiredQuery,
        response: answers(Expired),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { version, hash, years, start, source } = context.retention;
      const rules = { version, hash, years, start, source };
      const { contract, after, limit = RETENTION_LIMITS.pageMax } = request.query;
      return await inTransaction(context.database, async (tx) => {
        if (contract === undefined)
          return { rules, counts: await countsOf(tx, context, caller), records: [], next: null };
        const asked = { caller, contract, after: placeIn(after), limit };
        const { records, next } = await listExpired(tx, context, asked);
        return toWire({ rules, records, next: next === null ? null : cursorOf(next) });
      });
    },
  );
}

async function countsOf(tx: Tx, context: RetentionContext, caller: Caller) {
  const counts = await countAllExpired(tx, context, { caller });
  return counts.map(({ contract, expired }) => {
    const note = context.retention.contracts[contract]?.note ?? { zh: '', en: '' };
    return { contract, expired, note };
  });
}

/** A place is of the node's own numbers: the cursor says nothing to whoever holds it, and is good for going on alone. */
function cursorOf({ enterpriseId, deliveryNo, rowNo }: RecordPlace): string {
  return Buffer.from([enterpriseId, deliveryNo, rowNo].join('.')).toString('base64url');
}

/** What is no cursor is the beginning. */
function placeIn(cursor: string | undefined): RecordPlace | undefined {
  const text = Buffer.from(cursor ?? '', 'base64url').toString('utf8');
  const [, enterpriseId, deliveryNo, rowNo] = /^(\d{1,18})\.(\d{1,18})\.(\d{1,9})$/.exec(text) ?? [];
  if (enterpriseId === undefined || deliveryNo === undefined) return undefined;
  return { enterpriseId, deliveryNo, rowNo: Number(rowNo) };
}

function removalsRoute(app: App, context: RetentionContext): void {
  app.get(
    '/api/v1/rights/retention/removals',
    {
      schema: {
        tags,
        summary: '期满删除的批次；一条记录的删除证明 · removed batches; the proof of one removed record',
        querystring: RemovalsQuery,
        response: answers(Removals),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { record: recordId, before } = request.query;
      return await inTransaction(context.database, async (tx) => {
        if (recordId !== undefined) {
          const removal = await readRemoval(tx, context, { caller, recordId });
          return toWire({ batches: [], removal, before: null });
        }
        const batches = await listRemovals(tx, context, { caller, before });
        const isFull = batches.length >= RETENTION_LIMITS.listedMax;
        return toWire({
          batches,
          removal: null,
          before: isFull ? (batches.at(-1)?.removalId ?? null) : null,
        });
      });
    },
  );
}

function holdRoutes(app: App, context: RetentionContext): void {
  app.get(
    '/api/v1/rights/retention/holds',
    {
      schema: {
        tags,
        summary: '留存：暂不删除的范围和依据 · legal holds, newest first',
        querystring: HoldsQuery,
        response: answers(Holds),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), before: request.query.before };
      const holds = await inTransaction(context.database, (tx) => listHolds(tx, context, asked));
      const isFull = holds.length >= RETENTION_LIMITS.listedMax;
      return { holds: holds.map(show), before: isFull ? (holds.at(-1)?.holdId ?? null) : null };
    },
  );
  app.post(
    '/api/v1/rights/retention/holds',
    {
      schema: {
        tags,
        summary: '提出留存，须另一人确认 · put a legal hold, which another person confirms',
        body: HoldBody,
        response: answers(Hold),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { enterprise, contract = null, record: recordId = null, reason, until = null } = request.body;
      return await inTransaction(context.database, async (tx) => {
        // Who may not put a hold does not learn which codes there are.
        requireAllowed(context.policies, caller, 'propose_hold');
        const enterpriseId =
          enterprise === undefined ? null : (await findEnterprise(tx, enterprise)).enterpriseId;
        return show(
          await proposeHold(tx, context, { caller, enterpriseId, contract, recordId, reason, until }),
        );
      });
    },
  );
}

function holdStepRoutes(app: App, context: RetentionContext): void {
  const { database } = context;
  const params = OfHold;
  const response = answers(Hold);
  app.post(
    '/api/v1/rights/retention/holds/:id/approval',
    {
      schema: {
        tags,
        summary: '由另一人确认留存 · another person confirms a hold',
        params,
        response,
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), holdId: request.params.id };
      return show(await inTransaction(database, (tx) => approveHold(tx, context, asked)));
    },
  );
  app.post(
    '/api/v1/rights/retention/holds/:id/lift',
    {
      schema: {
        tags,
        summary: '提出解除留存，须另一人确认 · propose to lift a hold',
        params,
        body: LiftBody,
        response,
      },
    },
    async (request) => {
      const asked = {
        caller: callerOf(request),
        holdId: request.params.id,
        reason: request.body.reason,
      };
      return show(await inTransaction(database, (tx) => proposeLift(tx, context, asked)));
    },
  );
  app.post(
    '/api/v1/rights/retention/holds/:id/lift/approval',
    {
      schema: {
        tags,
        summary: '由另一人确认解除 · another person lifts a hold',
        params,
        response,
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), holdId: request.params.id };
      return show(await inTransaction(database, (tx) => approveLift(tx, context, asked)));
    },
  );
}

/** Without the enterprise: its number stays inside, and whoever put the hold knows its code. */
function show({ enterpriseId, contract, recordId: record, ...hold }: ShownHold) {
  const scope = { isOfEnterprise: enterpriseId !== null, contract, record };
  return toWire({ ...hold, scope, words: HOLD_WORDS[hold.state] });
}
