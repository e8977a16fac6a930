import { resolve } from 'node:path';
import { kernelRefusal } from '../kernel-refusals.ts';
import type { Env } from './env.ts';

/** The city's own identity provider, at which people may sign in (OpenID Connect). */
export type OutsideConfig = {
  readonly issuer: string;
  readonly clientId: string;
  /** How we authenticate there: by the private key in this file, or by the secret in it. */
  readonly credential: { readonly kind: 'key' | 'secret'; readonly file: string };
  /** What people call it. */
  readonly name: string;
  /** Claim that names the person to us. */
  readonly claim: string;
  /** Values of `acr` or `amr` of which each says that a second factor was used. */
  readonly secondFactors: readonly string[];
};

/** Undefined: people sign in here alone. Refuses a half of it, which would be found out at the first sign-in. */
export function outsideOf(env: Env): OutsideConfig | undefined {
  if (env.XINQIAO_OIDC_ISSUER === undefined) return undefined;
  const { XINQIAO_OIDC_CLIENT: clientId } = env;
  if (clientId === undefined) throw wrong('XINQIAO_OIDC_CLIENT', 'client id');
  return {
    issuer: issuerOf(env.XINQIAO_OIDC_ISSUER),
    clientId,
    credential: credentialOf(env),
    name: env.XINQIAO_OIDC_NAME ?? '统一身份认证',
    claim: env.XINQIAO_OIDC_CLAIM ?? 'sub',
    secondFactors: (env.XINQIAO_OIDC_SECOND_FACTOR ?? 'mfa').split(',').map((value) => value.trim()),
  };
}

/** Over TLS, or on this machine: who can change what it answers can sign in as anyone. */
function issuerOf(text: string): string {
  const url = URL.parse(text);
  const isHere = url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url?.protocol !== 'https:' && !isHere) throw wrong('XINQIAO_OIDC_ISSUER', 'https URL');
  return text;
}

function credentialOf({ XINQIAO_OIDC_KEY: key, XINQIAO_OIDC_SECRET: secret }: Env) {
  if (key !== undefined && secret === undefined) return { kind: 'key', file: resolve(key) } as const;
  if (secret !== undefined && key === undefined) return { kind: 'secret', file: resolve(secret) } as const;
  throw wrong('XINQIAO_OIDC_KEY', 'one of XINQIAO_OIDC_KEY, XINQIAO_OIDC_SECRET');
}

function wrong(name: string, wanted: string): Error {
  return kernelRefusal('config.wrong_value', { name, wanted });
}
