import { requireTokenFor } from '../query/token-consent.ts';

/**
 * `named`: the consents that the access token names, undefined when no token was used. Of several the one in question
 * counts. Throws `query.token_without_consent` or `query.token_of_other_consent`.
 */
export function requireNamed(named: readonly string[] | undefined, consentId: string): void {
  if (named === undefined) return;
  requireTokenFor(named.includes(consentId) ? consentId : (named[0] ?? null), consentId);
}
