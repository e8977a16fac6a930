import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '#kernel';
import { bookProofNow, challengeOf } from '#platform';
import { recordRefusal } from '#security';
import type { Node } from '../node.ts';
import type { App } from './app-types.ts';
import { httpRefusal } from './http-refusals.ts';

type Answered = { readonly status: number; readonly body: object };

/**
 * The one mapping from errors to answers. A refusal speaks for itself; a refused right of someone signed in leaves a
 * leaf before the answer goes out (13.7); anything else is `request.failed`, with the cause in the log by its name only.
 */
export function answerErrors(app: App, node: Node): void {
  app.setErrorHandler(async (error: FastifyError | Refusal, request, reply) => {
    await bookUnbooked(node, request);
    const challenge = error instanceof Refusal ? challengeOf(error) : undefined;
    if (challenge !== undefined) reply.header('www-authenticate', challenge);
    await send(reply, await answerFor(node, error, request));
  });
  app.setNotFoundHandler(async (request, reply) => {
    const refusal = httpRefusal('request.not_found');
    await send(reply, { status: 404, body: bodyOf(refusal, request) });
  });
}

/**
 * A route that books proofs with its work may have failed before that: also then a proof serves once. What keeps it from
 * being booked now, that it was already or a database that is away, is not what the asker is to hear.
 */
async function bookUnbooked({ database }: Node, { proofUse }: FastifyRequest): Promise<void> {
  if (proofUse) await bookProofNow(database, proofUse).catch(() => {});
}

async function answerFor(
  node: Node,
  error: FastifyError | Refusal,
  request: FastifyRequest,
): Promise<Answered> {
  const refusal = toRefusal(error);
  try {
    if (refusal === undefined) throw error;
    if (refusal.text.status === 403) await leaveLeaf(node, refusal, request);
    return { status: refusal.text.status, body: bodyOf(refusal, request) };
  } catch (failure) {
    node.logger.error(
      {
        request: request.id,
        route: routeOf(request),
        error: failure instanceof Error ? failure.name : 'unknown',
        at: placeOf(failure),
      },
      'request failed',
    );
    return { status: 500, body: bodyOf(httpRefusal('request.failed'), request) };
  }
}

async function leaveLeaf(node: Node, refusal: Refusal, request: FastifyRequest): Promise<void> {
  if (request.caller === null) return;
  const operation = `${request.method} ${routeOf(request)}`;
  await recordRefusal(node, refusal, { caller: request.caller, operation });
}

async function send(reply: FastifyReply, { status, body }: Answered): Promise<void> {
  if (status === 401 && !reply.hasHeader('www-authenticate')) {
    reply.header('www-authenticate', 'Session realm="xinqiao"');
  }
  // A body that nobody read is not waited for.
  if (!reply.request.raw.complete) reply.header('connection', 'close');
  await reply.code(status).type('application/json; charset=utf-8').send(body);
}

function bodyOf(refusal: Refusal, request: FastifyRequest): object {
  return { error: refusal.toJSON(), requestId: request.id };
}

/** Undefined: not the asker's doing. */
function toRefusal(error: FastifyError | Refusal): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error.validation !== undefined) return invalid(error);
  const known = FRAMEWORK_REFUSALS[error.code];
  if (known !== undefined) return httpRefusal(known);
  const isAskers = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return isAskers ? httpRefusal('request.invalid', { place: 'request', reason: error.code }) : undefined;
}

const FRAMEWORK_REFUSALS: Readonly<Record<string, 'request.too_large' | 'request.media_type'>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request.too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'request.media_type',
};

/** Names the place and the rule, never the value: it may be a password or a person's number. */
function invalid({ validation, validationContext }: FastifyError): Refusal {
  const [first] = validation ?? [];
  const place = `${validationContext ?? 'request'}${first?.instancePath ?? ''}`;
  return httpRefusal('request.invalid', { place, reason: first?.message ?? 'invalid' });
}

/** Where in our code it happened; messages stay out of the log, they may carry data. */
function placeOf(failure: unknown): string {
  const stack = failure instanceof Error ? (failure.stack ?? '') : '';
  return /\/(src\/[^\s)]+)/.exec(stack)?.[1] ?? 'outside src';
}

/** The route's pattern; never the address itself, which carries codes of enterprises. */
export function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown';
}
