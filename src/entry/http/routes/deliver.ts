import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import { type Contract, receive, requireContract, requireGiver } from '#lists';
import { proveAdmission } from '#platform';
import { type Admission, type Caller, requireAllowed } from '#security';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { httpRefusal } from '../http-refusals.ts';
import { answers, ContractId } from '../schemas.ts';
import { readReceiptWire } from './deliveries.ts';
import { DeliveryReceipt } from './delivery-schemas.ts';

const Query = Type.Object({
  kind: Type.Union([Type.Literal('records'), Type.Literal('withdrawal')], { default: 'records' }),
  /** No path and nothing that ends a line: it is shown to people and stands in lists. */
  fileName: Type.String({
    pattern: '^[^\\u0000-\\u001f\\u007f\\u2028\\u2029/\\\\]{1,200}$',
    default: 'delivery',
  }),
  provider: Type.Optional(Type.String({ minLength: 2, maxLength: 60 })),
  synthetic: Type.Boolean({ default: false, description: 'The file was made by xinqiao synth' }),
});
const Headers = Type.Object({
  'x-xinqiao-mapping': Type.Optional(Type.String({ description: 'Mapping file (YAML), base64' })),
});

/** A department, or an institution that gives back, hands in a file: the body is the file's bytes, of any type, streamed to disk. */
export function deliverRoutes(app: App, node: Node): void {
  const stopping = new AbortController();
  app.addHook('preClose', async () => stopping.abort());
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.put(
    '/api/v1/deliveries/:contract',
    {
      schema: {
        tags: ['deliveries'],
        summary: '交付一个文件 · deliver one file',
        description: '200: the result. 202: still being processed after 30 s; ask for the receipt by its id.',
        params: Type.Object({ contract: ContractId }),
        querystring: Query,
        headers: Headers,
        response: { ...answers(DeliveryReceipt), 202: DeliveryReceipt },
      },
      onRequest: async (request) => {
        const { contract } = request.params;
        const { provider, id, givenBackBy } = requireContract(node.lists, contract);
        if (givenBackBy === undefined)
          requireAllowed(node.policies, callerOf(request), 'deliver', { provider, contract: id });
        else requireAllowed(node.policies, callerOf(request), 'give_back');
      },
    },
    async (request, reply) => {
      const contract = requireContract(node.lists, request.params.contract);
      const giver = await proveGiver(node, contract, callerOf(request));
      const { kind, fileName, synthetic } = request.query;
      const received = await receive(
        node.lists,
        {
          contractId: request.params.contract,
          provider: request.query.provider ?? contract.provider,
          ...(giver === undefined ? {} : { giver }),
          kind,
          fileName,
          mapping: decodeMapping(request.headers['x-xinqiao-mapping']),
          isSynthetic: synthetic,
          receivedBy: callerOf(request).id,
        },
        bytesOf(request.body),
      );
      const receipt = await waitForResult(node, received.deliveryId, stopping.signal);
      return await reply.code(isFinished(receipt.state) ? 200 : 202).send(receipt);
    },
  );
}

/** Undefined for what departments deliver. */
async function proveGiver(
  node: Node,
  { givenBackBy }: Contract,
  caller: Caller,
): Promise<Admission | undefined> {
  if (givenBackBy === undefined) return undefined;
  const admission = await inTransaction(node.database, (tx) =>
    proveAdmission(tx, node.clock, caller, { operator: caller.id }),
  );
  return requireGiver(node.policies, { caller, admission });
}

function bytesOf(body: unknown): AsyncIterable<Uint8Array> {
  return body instanceof Readable ? body : Readable.from([]);
}

function decodeMapping(header: string | undefined): string {
  if (header === undefined) return '';
  const bytes = Buffer.from(header, 'base64');
  const text = bytes.toString('utf8');
  const isExact = bytes.toString('base64') === header && Buffer.from(text).equals(bytes);
  if (!isExact || bytes.length > HTTP_LIMITS.mappingBytesMax) {
    throw httpRefusal('request.mapping_malformed', { bytesMax: HTTP_LIMITS.mappingBytesMax });
  }
  return text;
}

/** Looks until a worker, of this process or another, has finished; gives the state so far when time or the node ends. */
async function waitForResult(node: Node, delivery: string, stopping: AbortSignal) {
  const looks = HTTP_LIMITS.deliveryWaitMs / HTTP_LIMITS.deliveryPollMs;
  for (let look = 0; ; look += 1) {
    const receipt = await readReceiptWire(node, { delivery, provider: undefined });
    if (isFinished(receipt.state) || look >= looks || stopping.aborted) return receipt;
    await delay(HTTP_LIMITS.deliveryPollMs, undefined, { signal: stopping }).catch(() => {});
  }
}

function isFinished(state: string): boolean {
  return state !== 'received' && state !== 'publishing';
}
