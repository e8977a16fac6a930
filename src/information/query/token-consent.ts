import { queryRefusal } from './query-refusals.ts';

/**
 * `tokenConsent`: the consent the access token was issued for, null for a token that names none, undefined when no
 * token was used. Throws `query.token_without_consent` or `query.token_of_other_consent`.
 */
export function requireTokenFor(tokenConsent: string | null | undefined, consentId: string): void {
  if (tokenConsent === undefined) return;
  if (tokenConsent === null) throw queryRefusal('query.token_without_consent');
  if (tokenConsent !== consentId) throw queryRefusal('query.token_of_other_consent');
}
