import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { inTransaction, LIMITS, type Refusal } from '#kernel';
import { listDeliveries, readQuarantine, readReceipt } from '#lists';
import { type Caller, type Receipt, requireAllowed } from '#security';
import type { Node } from '../../node.ts';
import { quarantineCsv } from '../../quarantine-csv.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { httpRefusal } from '../http-refusals.ts';
import { answers, ContractId, ErrorBody, toWire } from '../schemas.ts';
import { DeliveryReceipt, DeliverySummary } from './delivery-schemas.ts';

const Query = Type.Object({
  contract: Type.Optional(ContractId),
  limit: Type.Integer({ minimum: 1, maximum: HTTP_LIMITS.linesMax, default: 50 }),
});
/** Streamed; the description says what the bytes are. */
const CsvText = Type.Unsafe<Readable>({ type: 'string' });
const One = Type.Object({ id: Type.String({ pattern: '^dlv_[0-9a-z]{26}$' }) });

/** What came in and what became of it; a provider or an institution sees its own, the node all, nobody else any. */
export function deliveryRoutes(app: App, node: Node): void {
  const tags = ['deliveries'];
  app.get(
    '/api/v1/deliveries',
    {
      schema: {
        tags,
        summary: '最近交付 · the latest deliveries',
        querystring: Query,
        response: answers(Type.Object({ deliveries: Type.Array(DeliverySummary) })),
      },
    },
    async (request) => {
      const asked = { ...request.query, provider: visibleDeliverer(callerOf(request)) };
      const rows = await inTransaction(node.database, (tx) => listDeliveries(tx, asked), 'snapshot');
      return { deliveries: toWire(rows) };
    },
  );
  app.get(
    '/api/v1/deliveries/:id',
    { schema: { tags, summary: '交付回执 · the receipt', params: One, response: answers(DeliveryReceipt) } },
    async (request) => {
      const asked = { delivery: request.params.id, provider: visibleDeliverer(callerOf(request)) };
      return await readReceiptWire(node, asked);
    },
  );
  app.get(
    '/api/v1/deliveries/:id/quarantine.csv',
    {
      schema: {
        tags,
        summary: '隔离行下载，UTF-8 带 BOM · quarantined rows with their reasons',
        params: One,
        response: {
          200: { content: { 'text/csv': { schema: CsvText } } },
          '4xx': ErrorBody,
          '5xx': ErrorBody,
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const provider = visibleDeliverer(callerOf(request));
      const receipt = await readReceiptWire(node, { delivery: id, provider });
      const { provider: owner, contract } = receipt;
      if (callerOf(request).kind === 'institution')
        requireAllowed(node.policies, callerOf(request), 'give_back');
      else requireAllowed(node.policies, callerOf(request), 'deliver', { provider: owner, contract });
      reply.header('content-disposition', `attachment; filename="${id}-quarantine.csv"`);
      return await reply
        .type('text/csv; charset=utf-8')
        .send(quarantineStream(node, { delivery: id, provider }));
    },
  );
}

/** The provider whose deliveries the caller may see; undefined: all. Throws `request.deliveries_not_shown`. */
export function visibleProvider({ kind, organisation }: Caller): string | undefined {
  if (kind === 'operator' || kind === 'system') return undefined;
  if (kind === 'provider' && organisation !== null) return organisation;
  throw httpRefusal('request.deliveries_not_shown');
}

/** As `visibleProvider`; an institution sees what it gave back itself. */
function visibleDeliverer(caller: Caller): string | undefined {
  const { kind, participantId } = caller;
  return kind === 'institution' && participantId !== null ? participantId : visibleProvider(caller);
}

type RefusalWire = ReturnType<Refusal['toJSON']>;
type Asked = { delivery: string; provider: string | undefined };

export async function readReceiptWire(node: Node, asked: Asked) {
  const receipt = await inTransaction(node.database, (tx) => readReceipt(tx, asked), 'snapshot');
  // Written by lists from a Refusal and a Receipt; the response schema holds both to their form.
  const { refusal, receipt: leaf } = receipt as { refusal: RefusalWire | null; receipt: Receipt | null };
  return { ...toWire(receipt), refusal, receipt: leaf };
}

function quarantineStream(node: Node, asked: Asked): Readable {
  const readPage = (afterRow: number) =>
    inTransaction(
      node.database,
      (tx) => readQuarantine(tx, { ...asked, afterRow, limit: LIMITS.quarantinePageRows }),
      'snapshot',
    );
  return Readable.from(quarantineCsv(readPage), { objectMode: false });
}
