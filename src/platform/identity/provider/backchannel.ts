import {
  type Adapter,
  type AdapterPayload,
  type AuthorizationDetail,
  type BackchannelAuthenticationRequest,
  type CIBAEnabledConfiguration,
  errors,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { type Clock, type Database, Refusal } from '#kernel';
import { clientCaller } from '../../callers.ts';
import { isObject } from '../calls/jws.ts';
import type { ClientBook } from '../clients/client-book.ts';
import type { ConsentType } from '../consent-type.ts';
import { askedBy, detailsOf } from './authorization-details.ts';

export type BackchannelParts = {
  readonly clients: ClientBook;
  readonly consentType: ConsentType;
  readonly clock: Clock;
  /** Writes the grant of a consent that an enterprise gave here. */
  readonly saveGrant: (grant: NewGrant) => Promise<void>;
};

export type NewGrant = {
  readonly consentId: string;
  readonly clientId: string;
  readonly accountId: string;
  /** CIBA is OpenID Connect: its answer has an ID token, which names the account. */
  readonly scope?: 'openid';
};

/** How long an enterprise may take, in seconds: what it did not answer in a day is asked for anew. */
const ANSWER_S_MAX = 86_400;
/** How long a request that has ended still says so, instead of being unknown. */
const ENDED_KEPT_S = 3_600;

/** Words of the asker that the enterprise compares: no markup, no line breaks. */
const BINDING_MESSAGE = /^[\p{L}\p{N} .,:：，。#/_-]{1,40}$/u;
/** A unified code or an older one, exactly as it is registered. */
const HINT = /^[0-9A-Z]{9,20}$/;

/**
 * Consent without the bank's screen (OpenID CIBA Core 1.0, poll). The hint is the enterprise's code, and the account
 * is that code too: the client learns who agreed no closer than whom it asked. The node's own consent pages are the
 * authentication device; nothing is answered here.
 */
export function backchannelFeature(parts: BackchannelParts): CIBAEnabledConfiguration {
  return {
    enabled: true,
    deliveryModes: ['poll'],
    processLoginHint: (ctx, hint) => requireHint(ctx, hint),
    validateBindingMessage: (_ctx, message) => requireBindingMessage(message),
    validateRequestContext: (ctx) => requireKnownParameters(ctx),
    verifyUserCode: (_ctx, _account, userCode) => {
      if (userCode !== undefined) throw new errors.InvalidRequest('user_code is not used here');
    },
    triggerAuthenticationDevice: async (_ctx, request) => await ask(parts, request),
  };
}

/** The request's life in seconds: as the client asks for, a day at most. */
export function backchannelTtl(ctx: KoaContextWithOIDC): number {
  const wanted = ctx.oidc.params?.requested_expiry;
  return wanted === undefined ? ANSWER_S_MAX : Math.min(ANSWER_S_MAX, Number(wanted));
}

/** Said without looking whether there is such an enterprise. */
function requireHint(ctx: KoaContextWithOIDC, hint: string | undefined): string {
  const details = detailsOf(ctx);
  const [detail] = details;
  if (details.length !== 1 || !isObject(detail))
    throw new errors.InvalidRequest('authorization_details of type credit_information is required');
  if (hint === undefined || !HINT.test(hint))
    throw new errors.InvalidRequest('login_hint is the code of an enterprise, in half-width capitals');
  if (detail.enterprise !== undefined && detail.enterprise !== hint)
    throw new errors.InvalidRequest('login_hint and authorization_details name different enterprises');
  return hint;
}

function requireBindingMessage(message: string | undefined): void {
  if (message !== undefined && !BINDING_MESSAGE.test(message))
    throw new errors.InvalidBindingMessage('at most 40 letters, digits, spaces and simple punctuation');
}

function requireKnownParameters({ oidc: { params } }: KoaContextWithOIDC): void {
  for (const name of ['request_context', 'login_hint_token', 'id_token_hint'])
    if (params?.[name] !== undefined) throw new errors.InvalidRequest(`${name} is not used here`);
}

/** The consent is asked for; its id stands with the request, where nobody can see whether there is one. */
async function ask(
  { clients, consentType, clock }: BackchannelParts,
  request: BackchannelAuthenticationRequest,
): Promise<void> {
  const { clientId, accountId, params } = request;
  const client = await clients.read(String(clientId));
  if (client === undefined || accountId === undefined) throw new errors.InvalidClient('client is disabled');
  const [detail] = JSON.parse(String(params?.authorization_details)) as unknown[];
  const asked = await askedBy(clients, client.clientId, detail);
  const answerBy = new Date(clock.now().getTime() + request.expiration * 1_000);
  try {
    const by = { caller: clientCaller(client), enterprise: accountId, answerBy };
    const consentId = await consentType.ask(asked, by);
    if (consentId === undefined) return;
    request.rar = [{ type: consentType.type, consent_id: consentId }];
    await request.save();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const Refused = error.text.status === 403 ? errors.AccessDenied : errors.InvalidAuthorizationDetails;
    throw new Refused(error.message, { cause: error });
  }
}

/**
 * Requests as they are kept, each read together with its consent: what the enterprise answered holds at the next poll,
 * wherever and in whichever process it answered. A request without a consent stays pending to its end.
 */
export function followConsents(inner: Adapter, parts: BackchannelParts): Adapter {
  return {
    ...inner,
    upsert: async (id, payload, expiresIn) =>
      await inner.upsert(id, payload, (expiresIn ?? ANSWER_S_MAX) + ENDED_KEPT_S),
    find: async (id) => {
      const payload = await inner.find(id);
      return payload && (await withAnswer(payload, parts));
    },
  };
}

async function withAnswer(payload: AdapterPayload, parts: BackchannelParts): Promise<AdapterPayload> {
  const consentId = consentOf(payload.rar);
  if (consentId === undefined) return payload;
  const progress = await parts.consentType.progressOf(consentId);
  if (progress === 'pending') return payload;
  if (progress === 'declined')
    return { ...payload, error: 'access_denied', errorDescription: 'the enterprise declined' };
  const [clientId, accountId] = [String(payload.clientId), String(payload.accountId)];
  await parts.saveGrant({ consentId, clientId, accountId, scope: 'openid' });
  return { ...payload, grantId: consentId };
}

/** The consent that a request has led to. */
export function consentOf(rar: AuthorizationDetail[] | undefined): string | undefined {
  const consentId = rar?.[0]?.consent_id;
  return typeof consentId === 'string' ? consentId : undefined;
}

/** What the asker shows to its customer, for the enterprise to compare; undefined: nothing, or asked otherwise. */
export async function readBindingMessage(database: Database, consentId: string): Promise<string | undefined> {
  const { rows } = await database.pool.query<{ message: string | null }>({
    name: 'platform.binding_message',
    text: `select payload->'params'->>'binding_message' as message from platform.oauth_state
      where grant_id = $1 and model = 'BackchannelAuthenticationRequest'`,
    values: [consentId],
  });
  return rows[0]?.message ?? undefined;
}
