import type { IncomingMessage, ServerResponse } from 'node:http';
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Clock, Config, Database, KeyStore, Logger } from '#kernel';
import type { SignInRules } from '../sign-in-rules.ts';
import { isObject } from './calls/jws.ts';
import { openNonces } from './calls/nonces.ts';
import { type CallCheck, openCallCheck } from './calls/verify-call.ts';
import { openClientBook } from './clients/client-book.ts';
import type { ConsentType } from './consent-type.ts';
import { readBindingMessage } from './provider/backchannel.ts';
import { type Interactions, openInteractions, saveGrant } from './provider/interactions.ts';
import { type ProviderParts, providerOptions } from './provider/provider-options.ts';
import { identityRefusal } from './identity-refusals.ts';
import { openOutsideSignIn, type OutsideSignIn } from './people/outside-sign-in.ts';
import { openSharedSecret, type SharedSecret } from './shared-secret.ts';

export type IdentityParts = {
  readonly database: Database;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly logger: Logger;
  readonly config: Pick<Config, 'publicUrl' | 'keysFolder' | 'signIn' | 'outside'>;
  readonly consentType: ConsentType;
};

/** Who may call, and how they get there: the OAuth server, and the check of every call under its tokens. */
export type Identity = CallCheck & {
  /** Issuer identifier: `<publicUrl>/oidc`. */
  readonly issuer: string;
  /** Audience of access tokens. */
  readonly audience: string;
  /** The OAuth server as a node handler; `request.url` is below the issuer's path. */
  callback(request: IncomingMessage, response: ServerResponse): void;
  readonly interactions: Interactions;
  /** Of a consent asked for without the bank's screen: what the bank shows to its customer, to compare. */
  bindingMessage(consentId: string): Promise<string | undefined>;
  /** What a client puts into its next proof. */
  nonce(): string;
  /** For people who sign in here. */
  readonly rules: SignInRules;
  /** For people who sign in at the city's identity provider; absent: there is none. */
  readonly outside?: OutsideSignIn;
  /** Throws `account.outside_off` where there is none. */
  requireOutside(): OutsideSignIn;
};

/** Page at which an interaction goes on; the cookie of the interaction is sent below it. */
export const INTERACTION_PATH = '/authorize';

/** Opens identity. Two processes with the same keys folder and database are one server. */
export function openIdentity(parts: IdentityParts): Identity {
  const { database, clock, keys, config } = parts;
  const { publicUrl } = config;
  const [issuer, audience] = [`${publicUrl}/oidc`, `${publicUrl}/api`];
  const secret = openSharedSecret(config.keysFolder);
  const nonceSecret = secret.derive('dpop-nonce');
  const clients = openClientBook(database, clock);
  const nonces = openNonces(nonceSecret, clock);
  const server = openServer(parts, {
    ...parts,
    clients,
    saveGrant: async (grant) => await saveGrant(server().provider, grant, { ...parts, audience }),
    issuer,
    audience,
    nonceSecret,
    cookieKey: secret.derive('cookie'),
    isSecure: publicUrl.startsWith('https:'),
    interactionPath: (uid) => `${INTERACTION_PATH}/${uid}`,
    errorPage,
  });
  const seenFrom = new URL(issuer);
  const rules = { ...config.signIn, secondFactorKey: secret.derive('second-factor') };
  const people = openOutside(parts, rules, secret);
  return {
    issuer,
    audience,
    callback(request, response) {
      prepare(request, seenFrom);
      server()
        .handle(request, response)
        .catch((error: unknown) => fail(parts.logger, error, response));
    },
    interactions: openInteractions({ ...parts, clients, audience, provider: () => server().provider }),
    bindingMessage: (consentId) => readBindingMessage(database, consentId),
    nonce: () => nonces.next(),
    rules,
    ...(people === undefined ? {} : { outside: people }),
    requireOutside() {
      if (people === undefined) throw identityRefusal('account.outside_off');
      return people;
    },
    ...openCallCheck({ database, clock, keys, clients, nonces, publicUrl, issuer, audience }),
  };
}

function openOutside(
  { config, ...parts }: IdentityParts,
  rules: SignInRules,
  secret: SharedSecret,
): OutsideSignIn | undefined {
  if (config.outside === undefined) return undefined;
  const { publicUrl } = config;
  const subjectKey = secret.derive('outside-account');
  return openOutsideSignIn({ ...parts, config: config.outside, publicUrl, rules, subjectKey });
}

type Server = {
  readonly kid: string;
  readonly provider: Provider;
  readonly handle: ReturnType<Provider['callback']>;
};

/**
 * The server with the keys of now: it reads them once, so that it is made anew when a key was added here or by another
 * process. Requests under way end on the one they began with; all state is in the database.
 */
function openServer({ keys, logger }: IdentityParts, parts: ProviderParts): () => Server {
  let current: Server | undefined;
  return () => {
    const { kid } = keys.get('oidc');
    if (current?.kid === kid) return current;
    const provider = new Provider(parts.issuer, providerOptions(parts));
    provider.proxy = true; // it believes the forwarded headers, which `prepare` writes
    provider.use(correctMetadata);
    provider.on('server_error', (_ctx, error) => {
      logger.error({ error: error.name }, 'the OAuth server failed');
    });
    current = { kid, provider, handle: provider.callback() };
    return current;
  };
}

/** The library offers user codes with CIBA whether they are taken or not. */
async function correctMetadata(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (ctx.oidc?.route === 'discovery' && isObject(ctx.body))
    ctx.body.backchannel_user_code_parameter_supported = false;
}

/**
 * How people reach the node is configuration, whatever headers say: addresses, which proofs and redirects are checked
 * against, are made from it. Nobody is remembered by the OAuth server: who signs in is asked of the node's own
 * session, so that signing out there ends everything; its session cookie is dropped.
 */
function prepare(request: IncomingMessage, issuer: URL): void {
  const cookies = request.headers.cookie?.split(';').filter((one) => !/^\s*_session(\.sig)?=/.test(one));
  Object.assign(request, { baseUrl: issuer.pathname });
  Object.assign(request.headers, {
    'x-forwarded-proto': issuer.protocol.replace(':', ''),
    'x-forwarded-host': issuer.host,
    ...(cookies === undefined ? {} : { cookie: cookies.join(';') }),
  });
}

function fail(logger: Logger, error: unknown, response: ServerResponse): void {
  logger.error({ error: error instanceof Error ? error.name : 'unknown' }, 'the OAuth server failed');
  if (!response.headersSent) response.statusCode = 500;
  response.end();
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** For a browser that cannot be sent back to whoever sent it. */
function errorPage(error: string, description: string): string {
  const text = (value: string) => value.replace(/[&<>"]/g, (one) => ESCAPES[one] ?? one);
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>不能继续</title>
<h1>不能继续 Cannot go on</h1><p>请回到银行或平台的页面重新发起。 Go back to the page you came from and begin again.</p>
<p><code>${text(error)}</code> ${text(description)}</p></html>`;
}
