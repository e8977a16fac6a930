import { once } from 'node:events';
import { createServer } from 'node:http';
import * as jose from 'jose';
import { type Configuration, Provider } from 'oidc-provider';
import { freePort, type KeyPair, makeKeys } from './oidc-client.ts';
import type { Ending } from '../flows/http-node.ts';

/** A city's identity provider: oidc-provider itself, at which one person is always signed in. */
export type OutsideServer = {
  readonly issuer: string;
  readonly key: KeyPair;
  /** Who signs in next. */
  person: { readonly sub: string; readonly uid?: string };
  /** What becomes of the next ID tokens on their way to us; undefined: nothing. */
  spoil: ((token: string) => Promise<string>) | undefined;
};

export type OutsideClient = {
  readonly redirectUri: string;
  readonly method: 'private_key_jwt' | 'client_secret_basic';
  readonly jwk?: jose.JWK;
  readonly secret?: string;
};

/** Starts it on loopback; it ends with the test. */
export async function openOutsideServer(t: Ending, client: OutsideClient): Promise<OutsideServer> {
  const issuer = `http://127.0.0.1:${await freePort()}`;
  const key = await makeKeys();
  const jwk = { ...(await jose.exportJWK(key.privateKey)), alg: 'ES256', use: 'sig', kid: 'outside' };
  const state: OutsideServer = { issuer, key, person: { sub: 'nobody' }, spoil: undefined };
  const provider = new Provider(issuer, optionsOf(state, client, jwk));
  provider.use(async (ctx, next) => {
    await next();
    const body: unknown = ctx.body;
    if (ctx.oidc?.route !== 'token' || state.spoil === undefined || !hasIdToken(body)) return;
    body.id_token = await state.spoil(body.id_token);
  });
  const server = createServer((request, response) => {
    const uid = /^\/interaction\/([\w-]+)/.exec(request.url ?? '')?.[1];
    if (uid === undefined) void provider.callback()(request, response);
    else void signIn(provider, state, [request, response]);
  });
  server.listen(Number(new URL(issuer).port), '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return state;
}

function hasIdToken(body: unknown): body is { id_token: string } {
  return typeof body === 'object' && body !== null && 'id_token' in body;
}

function optionsOf(state: OutsideServer, client: OutsideClient, jwk: jose.JWK): Configuration {
  return {
    jwks: { keys: [{ ...jwk, kty: 'EC' }] },
    clients: [
      {
        client_id: 'xinqiao',
        redirect_uris: [client.redirectUri],
        token_endpoint_auth_method: client.method,
        id_token_signed_response_alg: 'ES256',
        ...(client.secret === undefined ? {} : { client_secret: client.secret }),
        ...(client.jwk === undefined ? {} : { jwks: { keys: [{ ...client.jwk, kty: 'EC' }] } }),
      },
    ],
    claims: { openid: ['sub', 'uid'] },
    conformIdTokenClaims: false,
    clientAuthMethods: [client.method],
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, accountId) => ({
      accountId,
      claims: async () => ({ sub: accountId, ...(state.person.uid && { uid: state.person.uid }) }),
    }),
  };
}

/** No page: whoever comes is the person, and agrees. */
async function signIn(
  provider: Provider,
  { person }: OutsideServer,
  [request, response]: Parameters<Provider['interactionDetails']>,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: person.sub, clientId: String(params.client_id) });
  grant.addOIDCScope('openid');
  const grantId = await grant.save();
  const login = { accountId: person.sub, remember: false };
  await provider.interactionFinished(request, response, { login, consent: { grantId } });
}

/** The same token with other claims, signed as the provider signs: one thing wrong and no other. */
export function withClaims(server: OutsideServer, claims: object, signer = server.key.privateKey) {
  return async (token: string): Promise<string> =>
    await new jose.SignJWT({ ...jose.decodeJwt(token), ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'outside' })
      .sign(signer);
}
