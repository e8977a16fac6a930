import { join } from 'node:path';
import { Type } from 'typebox';
import {
  type Declined,
  type DeclinedContext,
  declineRecord,
  type DeclineRequest,
  listPositiveRecords,
  loadPositiveRecords,
  takeBackDeclined,
} from '#evaluation';
import { inTransaction, type Tx } from '#kernel';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, ContractId, EnterpriseCode, Instant, nullable, toWire } from '../schemas.ts';
import { LeafReceipt } from './delivery-schemas.ts';

const tags = ['enterprises'];
const RecordId = Type.String({
  pattern: '^[0-9a-z_-]{1,40}:[0-9]{1,9}$',
  description: '交付编号:行号 · delivery and row',
  examples: ['dlv_01hzy3v9k2m4n6p8q0r1s2t3v4:12'],
});
const Code = Type.Object({ code: EnterpriseCode });
const One = Type.Object({ code: EnterpriseCode, record: RecordId });

const PositiveRecord = Type.Object({
  record: RecordId,
  contract: ContractId,
  name: Type.String(),
  reason: Type.Object({ zh: Type.String(), en: Type.String() }),
  title: Type.String({ description: '足以认出这条记录的字段 · the values that tell it from its like' }),
  at: nullable(Type.String({ description: '发生时间 · when it happened' })),
  isPositive: Type.Boolean({
    description:
      '否：载有撤销等情形，不能谢绝 · false: it states a revocation or the like and cannot be declined',
  }),
  declinedSince: nullable(Instant),
});
const PositiveList = Type.Object({
  disclosureId: Type.String(),
  receiptId: Type.String(),
  knownAt: Instant,
  basis: Type.String(),
  records: Type.Array(PositiveRecord),
  isComplete: Type.Boolean(),
});
const Answer = Type.Object({
  record: RecordId,
  declinedSince: nullable(Instant),
  receipt: LeafReceipt,
});

/** 正面信息（第 12 条）: an enterprise sees its own, and says of each whether others may use it. */
export function positiveRecordRoutes(app: App, node: Node): void {
  const context = openDeclined(node);
  app.get(
    '/api/v1/enterprises/:code/positive-records',
    {
      schema: {
        tags,
        summary: '本企业的正面信息 · the positive records of the caller’s own enterprise',
        params: Code,
        response: answers(PositiveList),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), code: request.params.code };
      return toWire(await listPositiveRecords(node.database, context, asked));
    },
  );
  actRoutes(app, node, context);
}

type Act = (tx: Tx, context: DeclinedContext, asked: DeclineRequest) => Promise<Declined>;

function actRoutes(app: App, node: Node, context: DeclinedContext): void {
  const url = '/api/v1/enterprises/:code/positive-records/:record/declined';
  const run = async (act: Act, asked: DeclineRequest) => {
    const { receipt, ...done } = await inTransaction(node.database, (tx) => act(tx, context, asked));
    return { ...toWire(done), receipt };
  };
  const schema = { tags, params: One, response: answers(Answer) };
  app.post(
    url,
    {
      schema: { ...schema, summary: '谢绝他人使用一条正面信息 · decline that others use a positive record' },
    },
    async (request) => await run(declineRecord, { caller: callerOf(request), ...request.params }),
  );
  app.delete(
    url,
    { schema: { ...schema, summary: '恢复他人使用 · take the declining back' } },
    async (request) => await run(takeBackDeclined, { caller: callerOf(request), ...request.params }),
  );
}

/** The package's definition, or the city's; checked here, at the start. */
export function openDeclined({ policies, keys, clock, lists, config }: Node): DeclinedContext {
  const city = config.definitionsFolder === undefined ? [] : [config.definitionsFolder];
  const folders = [join(config.packageFolder, 'models'), ...city];
  return {
    policies,
    keys,
    clock,
    positive: loadPositiveRecords(folders, lists.catalogue),
    get catalogue() {
      return lists.catalogue;
    },
  };
}
