import type { FastifyRequest } from 'fastify';
import { requireNamed } from '#information';

/**
 * A machine acts under the consents of its token and no other; a person of an institution, signed in at a page, names
 * the consent in the request alone. Throws `query.token_without_consent` or `query.token_of_other_consent`.
 */
export function requireTokenConsent(request: FastifyRequest, consentId: string): void {
  requireNamed(request.tokenConsents, consentId);
}
