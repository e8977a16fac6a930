import { createServer } from 'node:net';
import { once } from 'node:events';
import * as jose from 'jose';
import * as oauth from 'openid-client';
import { inTransaction } from '#kernel';
import { commandLineCaller, registerClient } from '#platform';
import type { Node } from '../../src/entry/node.ts';

export const REDIRECT = 'https://bank.example/cb';
export type KeyPair = { readonly privateKey: jose.CryptoKey; readonly publicKey: jose.CryptoKey };
export type Algorithm = 'ES256' | 'PS256' | 'EdDSA';

/** A port that was free a moment ago: the address of a node must be known before it listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return address.port;
}

export async function makeKeys(algorithm: Algorithm = 'ES256'): Promise<KeyPair> {
  return await jose.generateKeyPair(algorithm, { extractable: true });
}

/** Who registers clients in tests, allowed like anyone else. */
export function actingOn(node: Node) {
  const { policies, clock, keys } = node;
  return { caller: commandLineCaller('test', 'security_admin'), policies, clock, keys };
}

export type Registered = { readonly clientId: string; readonly keys: KeyPair; readonly algorithm: Algorithm };

export async function registerBank(
  node: Node,
  client: {
    clientId: string;
    participantId?: string;
    algorithm?: Algorithm;
    redirectUris?: readonly string[];
  },
): Promise<Registered> {
  const { clientId, participantId = 'bank', algorithm = 'ES256', redirectUris = [REDIRECT] } = client;
  const keys = await makeKeys(algorithm);
  const jwk = await jose.exportJWK(keys.publicKey);
  await inTransaction(node.database, (tx) =>
    registerClient(tx, actingOn(node), { clientId, participantId, label: clientId, keys: jwk, redirectUris }),
  );
  return { clientId, keys, algorithm };
}

/** The client as a bank runs it: openid-client, nothing of ours. */
export type BankClient = {
  readonly config: oauth.Configuration;
  readonly dpop: oauth.DPoPHandle;
  /** The key that tokens are bound to. */
  readonly proofKeys: KeyPair;
};

export async function openBank(
  issuer: string,
  { clientId, keys, algorithm }: Registered,
): Promise<BankClient> {
  const jwk = await jose.exportJWK(keys.publicKey);
  const kid = await jose.calculateJwkThumbprint(jwk);
  const authentication = oauth.PrivateKeyJwt({ key: keys.privateKey, kid });
  const config = await oauth.discovery(new URL(issuer), clientId, undefined, authentication, {
    execute: [oauth.allowInsecureRequests],
  });
  const proofKeys = await makeKeys(algorithm);
  return { config, dpop: oauth.getDPoPHandle(config, proofKeys), proofKeys };
}

/** A token by the client's own right; with a consent id, for that consent. */
export async function getToken({ config, dpop }: BankClient, consentId?: string): Promise<string> {
  const answer = await grantOf({ config, dpop }, consentId);
  return answer.access_token;
}

export function grantOf({ config, dpop }: Pick<BankClient, 'config' | 'dpop'>, consentId?: string) {
  const details = [{ type: 'credit_information', consent_id: consentId }];
  const parameters = consentId === undefined ? {} : { authorization_details: JSON.stringify(details) };
  return oauth.clientCredentialsGrant(config, parameters, { DPoP: dpop });
}

export type ProofOver = {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  /** The key that signs; another than the header names when a proof is forged. */
  readonly signer?: jose.CryptoKey;
};

/** A DPoP proof by hand, for what openid-client would never make. */
export async function makeProof(
  keys: KeyPair,
  { method, url, token, nonce }: { method: string; url: string; token: string; nonce: string },
  { header = {}, claims = {}, signer }: ProofOver = {},
): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  const body = {
    jti: crypto.randomUUID(),
    htm: method,
    htu: url,
    ath: jose.base64url.encode(new Uint8Array(hash)),
    iat: Math.floor(Date.now() / 1_000),
    nonce,
    ...claims,
  };
  const jwk = await jose.exportJWK(keys.publicKey);
  return await new jose.SignJWT(body)
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
    .sign(signer ?? keys.privateKey);
}
