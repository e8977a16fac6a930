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

/**
 * Rich authorization requests (RFC 9396): one detail per request. Asked of an enterprise it is a full request; at the
 * token endpoint, without a browser, it names a consent that exists. A token carries the consent's id and nothing
 * that was asked for: what the consent says is looked up at every call.
 */
export function authorizationDetails(parts: DetailParts): RichAuthorizationRequestsConfiguration {
  const { consentType } = parts;
  return {
    enabled: true,
    types: {
      [consentType.type]: {
        validate: async (ctx, detail, client) => {
          requireOne(ctx);
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

function detailsOf(ctx: KoaContextWithOIDC): AuthorizationDetail[] {
  const text = ctx.oidc.params?.authorization_details;
  return typeof text === 'string' ? (JSON.parse(text) as AuthorizationDetail[]) : [];
}

function requireOne(ctx: KoaContextWithOIDC): void {
  if (detailsOf(ctx).length !== 1)
    throw new errors.InvalidAuthorizationDetails('exactly one authorization detail is taken');
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

/** A consent that ended gives no token, whatever code or refresh token is left of it. */
async function requireLive(
  type: ConsentType,
  details: AuthorizationDetail[],
): Promise<AuthorizationDetail[]> {
  const [detail] = details;
  const consentId = isObject(detail) ? detail.consent_id : undefined;
  if (details.length !== 1 || typeof consentId !== 'string' || !(await type.isLive(consentId)))
    throw new errors.InvalidGrant('the consent is not in force');
  return [{ type: type.type, consent_id: consentId }];
}
