import { createHmac, randomBytes } from 'node:crypto';
import type { Clock, Database } from '#kernel';
import type { Caller } from '#security';
import { authenticate, type Credentials } from './authenticate.ts';
import { DEFAULT_RULES, type SignInRules } from './sign-in-rules.ts';

/** How long one proof of a password serves a machine that sends it with every call; a disabled account ends within. */
const PROOF_MS = 30_000;
/** Proofs kept at once; above it the oldest goes. */
const PROOFS_MAX = 1_000;

/**
 * Authenticates machine callers, which send login and password with each request: calls at the same moment share one
 * proof, so that they neither compute the hash again nor count as further attempts. Refusals are not kept.
 * Passwords stay out of the memory of the cache: it is keyed by an HMAC under a key of this process.
 */
export function makeAuthenticator(
  database: Database,
  clock: Clock,
  rules: SignInRules = DEFAULT_RULES,
): (credentials: Credentials) => Promise<Caller> {
  const key = randomBytes(32);
  const ownRules: SignInRules = { ...rules, passwords: rules.passwords === 'off' ? 'off' : 'on' };
  const proofs = new Map<string, { until: number; caller: Promise<Caller> }>();
  return (credentials) => {
    const now = clock.now().getTime();
    const name = createHmac('sha256', key)
      .update(JSON.stringify([credentials.login, credentials.password]))
      .digest('hex');
    const known = proofs.get(name);
    if (known !== undefined && known.until > now) return known.caller;
    const caller = authenticate(database, clock, credentials, ownRules);
    proofs.delete(name);
    proofs.set(name, { until: now + PROOF_MS, caller });
    caller.catch(() => proofs.delete(name));
    const [oldest] = proofs.keys();
    if (proofs.size > PROOFS_MAX && oldest !== undefined) proofs.delete(oldest);
    return caller;
  };
}
