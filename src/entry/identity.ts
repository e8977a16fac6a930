import { makeConsentType } from '#consent';
import { type Identity, openIdentity } from '#platform';
import { openConsent } from './consent.ts';
import type { Node } from './node.ts';

/** Identity of this node: the OAuth server carries consents without knowing what they are about. */
export function openNodeIdentity(
  node: Pick<Node, 'config' | 'database' | 'clock' | 'keys' | 'policies' | 'lists' | 'logger'>,
): Identity {
  const { database, clock, keys, logger, config } = node;
  const consentType = makeConsentType(openConsent(node));
  return openIdentity({ database, clock, keys, logger, config, consentType });
}
