import assert from 'node:assert';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import * as oauth from 'openid-client';
import { type Logger, type OutsideConfig, readKeyFile, Refusal } from '#kernel';
import { identityRefusal } from '../identity-refusals.ts';

/** What one sign-in is checked against when the browser is back. */
export type OutsideChecks = { readonly state: string; readonly nonce: string; readonly verifier: string };

/** What of an ID token concerns us. */
export type OutsidePerson = {
  /** Value of the claim that names the person. */
  readonly subject: string;
  readonly hasSecondFactor: boolean;
};

/** The city's identity provider: code flow with PKCE and nonce, ID tokens with their signature checked. */
export type OutsideProvider = {
  /** Where the browser goes. Throws `account.outside_unreachable`. */
  addressOf(redirectUri: string, checks: OutsideChecks): Promise<URL>;
  /** Who is back at `address`. Throws `account.outside_refused` or `account.outside_unreachable`. */
  personAt(address: URL, checks: OutsideChecks): Promise<OutsidePerson>;
};

const TIMEOUT_S = 10;
/** Metadata is read again after this: addresses and algorithms change seldom, keys are looked up as they come. */
const KNOWN_MS = 3_600_000;
const CLOCK_TOLERANCE_S = 10;
const SUBJECT_CHARACTERS_MAX = 256;

/** Reads our key or secret there, at once, so that a wrong file is refused at start; asks nothing yet. */
export function openOutsideProvider(
  config: OutsideConfig,
  { logger, nowMs }: { logger: Logger; nowMs: () => number },
): OutsideProvider {
  const authentication = authenticationOf(config.credential);
  let known: { until: number; client: Promise<oauth.Configuration> } | undefined;
  const client = (): Promise<oauth.Configuration> => {
    if (known !== undefined && known.until > nowMs()) return known.client;
    const found = discover(config, authentication);
    known = { until: nowMs() + KNOWN_MS, client: found };
    found.catch(() => (known = undefined));
    return found;
  };
  const asking = async <Answer>(ask: (found: oauth.Configuration) => Promise<Answer>): Promise<Answer> => {
    try {
      return await ask(await client());
    } catch (error) {
      if (error instanceof Refusal) throw error;
      logger.warn(reasonOf(error), 'sign-in at the identity provider failed');
      throw identityRefusal(isUnreachable(error) ? 'account.outside_unreachable' : 'account.outside_refused');
    }
  };
  return {
    addressOf: (redirectUri, checks) => asking((found) => addressOf(found, redirectUri, checks)),
    personAt: async (address, { state, nonce, verifier }) =>
      await asking(async (found) => {
        const expected = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier };
        const tokens = await oauth.authorizationCodeGrant(found, address, expected);
        return personOf(tokens.claims() ?? {}, config);
      }),
  };
}

/** The library leaves the signature to TLS unless it is told otherwise; we check it, so that a proxy is not trusted. */
async function discover(
  config: OutsideConfig,
  authentication: oauth.ClientAuth,
): Promise<oauth.Configuration> {
  const issuer = new URL(config.issuer);
  const metadata = { [oauth.clockTolerance]: CLOCK_TOLERANCE_S };
  return await oauth.discovery(issuer, config.clientId, metadata, authentication, {
    timeout: TIMEOUT_S,
    execute: [
      oauth.enableNonRepudiationChecks,
      ...(issuer.protocol === 'http:' ? [oauth.allowInsecureRequests] : []),
    ],
  });
}

function authenticationOf({ kind, file }: OutsideConfig['credential']): oauth.ClientAuth {
  const text = readKeyFile(file).toString('utf8').trim();
  if (kind === 'secret') return oauth.ClientSecretBasic(text);
  const { key, kid } = readPrivateKey(text);
  const imported = key.toCryptoKey(algorithmOf(key), false, ['sign']);
  return oauth.PrivateKeyJwt(kid === undefined ? imported : { key: imported, kid });
}

function readPrivateKey(text: string): { key: KeyObject; kid: string | undefined } {
  if (!text.startsWith('{')) return { key: createPrivateKey(text), kid: undefined };
  const jwk = JSON.parse(text) as Record<string, string>; // createPrivateKey checks every member it uses
  return { key: createPrivateKey({ key: jwk, format: 'jwk' }), kid: jwk.kid };
}

/** What FAPI 2.0 takes of each kind of key. */
function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject) {
  if (type === 'rsa') return { name: 'RSA-PSS', hash: 'SHA-256' };
  if (type === 'ed25519') return { name: 'Ed25519' };
  assert(details?.namedCurve === 'prime256v1', 'a client key is RSA, P-256 or Ed25519');
  return { name: 'ECDSA', namedCurve: 'P-256' };
}

async function addressOf(
  client: oauth.Configuration,
  redirectUri: string,
  { state, nonce, verifier }: OutsideChecks,
): Promise<URL> {
  return oauth.buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope: 'openid',
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
}

function personOf(
  claims: Readonly<Record<string, unknown>>,
  { claim, secondFactors }: OutsideConfig,
): OutsidePerson {
  const subject = claims[claim];
  if (typeof subject !== 'string' || subject === '' || subject.length > SUBJECT_CHARACTERS_MAX)
    throw identityRefusal('account.outside_refused');
  const { acr, amr } = claims;
  const said = new Set<unknown>([acr, ...(Array.isArray(amr) ? (amr as unknown[]) : [])]);
  return { subject, hasSecondFactor: secondFactors.some((value) => said.has(value)) };
}

/** Of no use to whoever signs in, and nothing of a person in it. */
function reasonOf(error: unknown): { error: string; reason: string } {
  const named = error instanceof Error ? error : new Error('unknown');
  const code = 'error' in named ? named.error : 'code' in named ? named.code : undefined;
  return { error: named.name, reason: typeof code === 'string' ? code : '' };
}

const UNREACHABLE: ReadonlySet<string> = new Set(['OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM']);

/** The network failed, or it answered that it cannot answer. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TypeError) return error.message === 'fetch failed';
  return error instanceof oauth.ClientError && UNREACHABLE.has(error.code ?? '');
}
