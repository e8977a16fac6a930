import { beijingDate, type Tx } from '#kernel';
import type { EnterpriseIdentity } from '#lists';
import type { ConsentContext } from '../consent-context.ts';
import { requireWithinBounds } from '../fair-use/require-within.ts';
import { type Words, writeWords } from '../words.ts';
import { readPartyNames } from './parties.ts';
import type { RequestedTerms } from './request-shape.ts';
import { type Parties, shapeTerms, type Terms } from './shape-terms.ts';

/** What one consent would say, checked against dictionary, catalogue, register of participants and bounds. */
export type PreparedConsent = { readonly terms: Terms; readonly words: Words };

/** Everything that must hold before an enterprise is asked. */
export async function prepareConsent(
  tx: Tx,
  context: ConsentContext,
  asked: {
    requested: RequestedTerms;
    parties: Parties;
    enterprise: Pick<EnterpriseIdentity, 'code' | 'name'>;
  },
): Promise<PreparedConsent> {
  const terms = checkTerms(context, asked);
  const names = await readPartyNames(tx, terms);
  const { code, name } = asked.enterprise;
  const contracts = context.catalogue.contracts;
  return { terms, words: writeWords({ enterprise: { code, name }, terms, contracts, ...names }) };
}

/** The part of it that needs no enterprise: shape, dictionary, catalogue, bounds. */
export function checkTerms(
  context: ConsentContext,
  { requested, parties }: { requested: RequestedTerms; parties: Parties },
): Terms {
  const today = beijingDate(context.clock.now());
  const terms = shapeTerms(requested, { contracts: context.catalogue.contracts, parties, today });
  requireWithinBounds(context.fairUse, { ...terms, contracts: Object.keys(terms.scope) }, today);
  return terms;
}
