import { type AsymmetricSigningAlgorithm, type Configuration, errors } from 'oidc-provider';
import type { KeyStore } from '#kernel';
import { authorizationDetails } from './authorization-details.ts';
import { type BackchannelParts, backchannelFeature, backchannelTtl } from './backchannel.ts';
import { type StateParts, stateAdapter } from './state-adapter.ts';

export type ProviderParts = StateParts &
  BackchannelParts & {
    readonly keys: KeyStore;
    readonly issuer: string;
    /** Audience of access tokens: the API of this node. */
    readonly audience: string;
    readonly nonceSecret: Buffer;
    readonly cookieKey: Buffer;
    readonly isSecure: boolean;
    /** Where an interaction goes on. */
    readonly interactionPath: (uid: string) => string;
    /** A page for whoever came with a browser and cannot be sent back. */
    readonly errorPage: (error: string, description: string) => string;
  };

const DAY = 86_400;
/** In seconds. A code lives at most a minute (FAPI 2.0, 5.3.2.1), a pushed request less than ten. */
const TTL = {
  AccessToken: 300,
  ClientCredentials: 300,
  AuthorizationCode: 60,
  BackchannelAuthenticationRequest: backchannelTtl,
  Interaction: 15 * 60,
  RefreshToken: 90 * DAY,
  /** A grant says nothing about time: its consent does, at every use. */
  Grant: 3_660 * DAY,
  Session: 3_600,
  IdToken: 300,
} as const;

/** An assertion is made for one request; a client whose clock is wrong is not helped by a longer life. */
const ASSERTION_AHEAD_S_MAX = 300;
const CLOCK_TOLERANCE_S = 10;
/** Above this a clock is wrong or somebody signs in store (FAPI 2.0, 5.3.2.1). */
const CLOCK_AHEAD_S_MAX = 60;
/** The one scope of the API: which data, `authorization_details` says. */
export const API_SCOPE = 'credit';

const CLIENT_SIGNING: readonly AsymmetricSigningAlgorithm[] = ['ES256', 'PS256', 'EdDSA', 'Ed25519'];

/** The OAuth server as this node runs it: FAPI 2.0 security profile, authorization by consent type, nothing else. */
export function providerOptions(parts: ProviderParts): Configuration {
  return {
    adapter: (model: string) => stateAdapter(model, parts),
    jwks: { keys: signingKeys(parts.keys) },
    clients: [],
    scopes: [],
    claims: { openid: ['sub'] },
    responseTypes: ['code'],
    subjectTypes: ['public'],
    clientAuthMethods: ['private_key_jwt'],
    clientDefaults: { id_token_signed_response_alg: 'ES256', token_endpoint_auth_method: 'private_key_jwt' },
    enabledJWA: {
      idTokenSigningAlgValues: ['ES256'],
      clientAuthSigningAlgValues: [...CLIENT_SIGNING],
      dPoPSigningAlgValues: [...CLIENT_SIGNING],
    },
    pkce: { required: () => true },
    clockTolerance: CLOCK_TOLERANCE_S,
    allowOmittingSingleRegisteredRedirectUri: false,
    rotateRefreshToken: false,
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    assertJwtClientAuthClaimsAndHeader: async (_ctx, claims) => requireOwnAudience(claims, parts),
    findAccount: (_ctx, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
    interactions: { url: (_ctx, { uid, params }) => interactionUrl(parts, uid, params) },
    cookies: cookiesOf(parts),
    ttl: TTL,
    renderError: async (ctx, out) => {
      ctx.type = 'html';
      ctx.body = parts.errorPage(out.error, out.error_description ?? '');
    },
    features: featuresOf(parts),
  };
}

function featuresOf(parts: ProviderParts): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    introspection: { enabled: false },
    fapi: { enabled: true, profile: '2.0' },
    clientCredentials: { enabled: true },
    ciba: backchannelFeature(parts),
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    dPoP: {
      enabled: true,
      nonceSecret: parts.nonceSecret,
      requireNonce: () => true,
      allowReplay: false,
    },
    revocation: {
      enabled: true,
      allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => parts.audience,
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, resource) => resourceServer(parts, resource),
    },
    richAuthorizationRequests: authorizationDetails(parts),
  };
}

/** Signed by the newest key; who checks finds every older one in the JWKS too. */
function resourceServer({ keys, audience }: ProviderParts, resource: string) {
  if (resource !== audience) throw new errors.InvalidTarget();
  return {
    scope: API_SCOPE,
    audience,
    accessTokenFormat: 'jwt' as const,
    accessTokenTTL: TTL.AccessToken,
    jwt: { sign: { alg: 'ES256' as const, kid: keys.get('oidc').kid } },
  };
}

/** Newest first: the first that fits signs. */
function signingKeys(keys: KeyStore) {
  keys.get('oidc');
  return keys
    .all('oidc')
    .toReversed()
    .map(({ kid, privateKey }) => {
      const { kty = 'EC', ...jwk } = privateKey.export({ format: 'jwk' });
      return { ...jwk, kty, kid, alg: 'ES256', use: 'sig' };
    });
}

type AssertionTimes = { aud?: unknown; exp?: unknown; iat?: unknown; nbf?: unknown };

/**
 * FAPI 2.0 (5.3.2.1): the audience is the issuer as one string, so that no other server can use the assertion; one made
 * in what is the future here is kept for later by somebody.
 */
function requireOwnAudience(claims: AssertionTimes, { issuer, clock }: ProviderParts): void {
  if (claims.aud !== issuer)
    throw new errors.InvalidClientAuth('audience (aud) must equal the issuer identifier');
  const now = clock.now().getTime() / 1_000;
  if (!(Number(claims.exp) - now <= ASSERTION_AHEAD_S_MAX + CLOCK_TOLERANCE_S))
    throw new errors.InvalidClientAuth(`expires more than ${ASSERTION_AHEAD_S_MAX} seconds ahead`);
  for (const from of [claims.iat, claims.nbf])
    if (from !== undefined && !(Number(from) - now <= CLOCK_AHEAD_S_MAX))
      throw new errors.InvalidClientAuth(`begins more than ${CLOCK_AHEAD_S_MAX} seconds ahead`);
}

/** The only thing anyone is asked here is a consent. */
function interactionUrl(parts: ProviderParts, uid: string, params: Record<string, unknown>): string {
  if (params.authorization_details === undefined)
    throw new errors.InvalidRequest('authorization_details of type credit_information is required');
  return parts.interactionPath(uid);
}

function cookiesOf({ isSecure, cookieKey }: ProviderParts): NonNullable<Configuration['cookies']> {
  // Lax, not Strict: the browser comes from the bank's site. They name an interaction and nobody.
  const options = { httpOnly: true, sameSite: 'lax', secure: isSecure, signed: true } as const;
  return { keys: [cookieKey.toString('base64url')], short: options, long: options };
}
