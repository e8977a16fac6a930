import {
  type AuthorizationDetail,
  errors,
  type KoaContextWithOIDC,
  type RichAuthorizationRequestsConfiguration,
} from 'oidc-provider';
import { Refusal } from '#kernel';
import { isObject } from '../calls/jws.ts';
import type { ClientBook } from '../clients/client-book.ts';
import type { ConsentAsked, ConsentType } from '../consent-type.ts';

export type DetailParts = { readonly clients: ClientBook; readonly consentType: ConsentType };

/** Consents that one token may name: as many as fit into a header with room to spare; a batch's next ones take another. */
const TOKEN_CONSENTS_MAX = 64;

/**
 * Rich authorization requests (RFC 9396). Asked of an enterprise it is one detail, a full request; at the token
 * endpoint, without a browser, each detail names a consent that exists, several of them for a batch. A token carries the consent's id and nothing
 * that was asked for: what the consent says is looked up at every call.
 */
export function authorizationDetails(parts: DetailParts): RichAuthorizationRequestsConfiguration {
  const { consentType } = parts;
  return {
    enabled: true,
    types: {
      [consentType.type]: {
        validate: async (ctx, detail, client) => {
          requireCount(ctx);
          requirePlace(ctx, detail);
          await validate(parts, client.clientId, detail);
        },
      },
    },
    authorizationDetailsForGrantSource: (ctx) => ctx.oidc.entities.Grant?.rar,
    authorizationDetailsForAccessToken: async (ctx, _token, source, grantType) => {
      const details =
        grantType === 'client_credentials' ? detailsOf(ctx) : (source?.rar ?? ctx.oidc.entities.Grant?.rar);
      return await requireLive(consentType, details ?? []);
    },
    authorizationDetailsForIntrospection: (_ctx, token) => ('rar' in token ? token.rar : undefined),
  };
}

/** The details as sent; the server has checked that they are a list. */
export function detailsOf(ctx: KoaContextWithOIDC): AuthorizationDetail[] {
  const text = ctx.oidc.params?.authorization_details;
  return typeof text === 'string' ? (JSON.parse(text) as AuthorizationDetail[]) : [];
}

function requireCount(ctx: KoaContextWithOIDC): void {
  const isToken = ctx.oidc.route === 'token';
  const count = detailsOf(ctx).length;
  if (count >= 1 && count <= (isToken ? TOKEN_CONSENTS_MAX : 1)) return;
  throw new errors.InvalidAuthorizationDetails(
    isToken
      ? `at most ${TOKEN_CONSENTS_MAX} authorization details are taken`
      : 'exactly one authorization detail is taken',
  );
}

/** A code or refresh token stands for what was granted; nothing can be asked anew with it. */
function requirePlace(ctx: KoaContextWithOIDC, detail: AuthorizationDetail): void {
  const grantType = ctx.oidc.params?.grant_type;
  if (ctx.oidc.route !== 'token') {
    if ('consent_id' in detail)
      throw new errors.InvalidAuthorizationDetails('a consent that exists is named at the token endpoint');
    return;
  }
  if (grantType !== 'client_credentials' || !('consent_id' in detail))
    throw new errors.InvalidAuthorizationDetails(
      'the token endpoint takes {type, consent_id} by client_credentials',
    );
}

async function validate(parts: DetailParts, clientId: string, detail: unknown): Promise<void> {
  try {
    await parts.consentType.validate(await askedBy(parts.clients, clientId, detail));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new errors.InvalidAuthorizationDetails(error.message, { cause: error });
  }
}

/** What a client asks for, with whose client it is. */
export async function askedBy(clients: ClientBook, clientId: string, detail: unknown): Promise<ConsentAsked> {
  const client = await clients.read(clientId);
  if (client === undefined) throw new errors.InvalidClient('client is disabled');
  const { participantId, participantKind } = client;
  return { detail, clientId, participantId, participantKind };
}

/** A consent that ended gives no token, whatever code or refresh token is left of it. Named twice it counts once. */
async function requireLive(
  type: ConsentType,
  details: AuthorizationDetail[],
): Promise<AuthorizationDetail[]> {
  const named = new Set(details.map((detail) => (isObject(detail) ? detail.consent_id : undefined)));
  if (named.size === 0) throw notInForce();
  for (const consentId of named) {
    if (typeof consentId !== 'string' || !(await type.isLive(consentId))) throw notInForce();
  }
  return [...named].map((consentId) => ({ type: type.type, consent_id: consentId }));
}

function notInForce(): Error {
  return new errors.InvalidGrant('the consent is not in force');
}
