import type { Contract } from '#lists';
import type { RequestedTerms } from '../ask/request-shape.ts';
import { consentRefusal } from '../consent-refusals.ts';
import { isGivingBack } from './is-giving-back.ts';

/**
 * Datasets that institutions give back are what such a consent is about, whole and over a time; for any other purpose they
 * are datasets like others. Throws `consent.not_given_back` or `consent.request_malformed`.
 */
export function requireGivingTerms(
  { purpose, fetch, contracts: asked }: RequestedTerms,
  contracts: ReadonlyMap<string, Contract>,
): void {
  if (!isGivingBack(purpose)) return;
  if (fetch !== 'periodic')
    throw consentRefusal('consent.request_malformed', { place: '/fetch', reason: 'giving back is periodic' });
  for (const { id, fields } of asked) {
    if (contracts.get(id)?.givenBackBy === undefined)
      throw consentRefusal('consent.not_given_back', { contract: id });
    if (fields !== undefined)
      throw consentRefusal('consent.request_malformed', {
        place: '/contracts',
        reason: `${id} is given back whole`,
      });
  }
}
