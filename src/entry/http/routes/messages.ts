import type { ServerResponse } from 'node:http';
import { finished, Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { inTransaction, type Tx } from '#kernel';
import {
  type MessageReceiver,
  openStreams,
  PUSH_LIMITS,
  type PushContext,
  readMessages,
  toCloudEvent,
} from '#monitoring';
import { proveAdmission } from '#platform';
import type { Caller } from '#security';
import type { Node } from '../../node.ts';
import { openPush } from '../../push.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, ErrorBody } from '../schemas.ts';
import { Messages, MessagesQuery, StreamQuery } from './message-schemas.ts';

const tags = ['monitoring'];
const EVENT_STREAM = 'text/event-stream';

/** 预警消息（第 10 条）: what an institution was told, by cursor or as a stream. */
export function messageRoutes(app: App, node: Node): void {
  const context = openPush(node);
  pageRoute(app, context);
  streamRoute(app, context);
}

function pageRoute(app: App, context: PushContext): void {
  app.get(
    '/api/v1/monitoring/messages',
    {
      schema: {
        tags,
        summary: '按续读位置取预警消息 · messages after a cursor',
        querystring: MessagesQuery,
        response: answers(Messages),
      },
    },
    async (request) => {
      const { institution, ...page } = request.query;
      const caller = callerOf(request);
      const read = await inTransaction(context.database, async (tx) =>
        readMessages(tx, context, { ...(await receiverOf(tx, context, { caller, institution })), ...page }),
      );
      return { ...read, messages: read.messages.map((message) => toCloudEvent(message, context.source)) };
    },
  );
}

function streamRoute(app: App, context: PushContext): void {
  const streams = openStreams(context);
  const open = new Set<ServerResponse>();
  app.addHook('preClose', async () => {
    streams.close();
    // A client that does not read would keep its connection, and the node from stopping.
    setTimeout(() => open.forEach((response) => response.destroy()), CLOSE_MS).unref();
  });
  app.get(
    '/api/v1/monitoring/messages/stream',
    {
      schema: {
        tags,
        summary: '预警消息流 · messages as they come',
        description: `Server-Sent Events: \`id\` is the cursor, \`event\` the type, \`data\` the CloudEvent. A client that comes back sends \`Last-Event-ID\` (or \`after\`) and misses nothing; without either the stream begins now. A comment comes every ${PUSH_LIMITS.heartbeatMs / 1000} seconds. The stream ends after \`seconds\` (at most ${PUSH_LIMITS.streamSecondsMax}) and is opened again; at most ${PUSH_LIMITS.streamsPerParticipantMax} at once of one institution or platform.`,
        querystring: StreamQuery,
        response: {
          200: { content: { [EVENT_STREAM]: { schema: Type.Unsafe<Readable>(Type.String()) } } },
          '4xx': ErrorBody,
          '5xx': ErrorBody,
        },
      },
    },
    async (request, reply) => {
      const { institution, seconds, after } = request.query;
      const caller = callerOf(request);
      const from = lastEventOf(request) ?? after;
      const events = await streams.open({
        participantId: caller.participantId ?? caller.id,
        prove: (tx) => receiverOf(tx, context, { caller, institution }),
        ...(from !== undefined && { after: from }),
        ...(seconds !== undefined && { seconds }),
      });
      const stream = Readable.from(events, { objectMode: false, highWaterMark: 16 * 1024 });
      open.add(reply.raw);
      finished(reply.raw, () => open.delete(reply.raw));
      return await reply
        .type(`${EVENT_STREAM}; charset=utf-8`)
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(stream);
    },
  );
}

/** Shorter than the time that a clean stop may take. */
const CLOSE_MS = 1_000;

function lastEventOf({ headers }: FastifyRequest): string | undefined {
  const last = headers['last-event-id'];
  return typeof last === 'string' && last !== '' ? last : undefined;
}

async function receiverOf(
  tx: Tx,
  { clock }: PushContext,
  { caller, institution }: { caller: Caller; institution: string | undefined },
): Promise<MessageReceiver> {
  const named = institution === undefined ? {} : { institutionId: institution };
  return { caller, admission: await proveAdmission(tx, clock, caller, { operator: caller.id, ...named }) };
}
