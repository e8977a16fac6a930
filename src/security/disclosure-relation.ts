import assert from 'node:assert';
import type { Tx } from '#kernel';
import type { PopulationPermit } from './decision/permit.ts';

/**
 * What left until the Permit's instant, for figures over many: a parenthesised select with enterprise_id, disclosure_id,
 * kind, contracts, institution, platform, purpose, application, at. Neither operator nor content is in it.
 */
export function disclosureRelation(tx: Tx, permit: PopulationPermit): string {
  permit.assertUsable(tx);
  const { population } = permit;
  assert(population.kind !== 'provider', 'what left is read of everybody or of a list');
  const ids =
    population.kind === 'all' ? '' : ` and d.enterprise_id = any('{${population.ids.join()}}'::bigint[])`;
  return `(select d.enterprise_id, d.disclosure_id, d.kind, d.contracts, d.institution, d.platform, d.purpose,
      d.application, d.at
    from security.disclosures d where d.at <= timestamptz '${permit.asOf.knownAt.toISOString()}'${ids})`;
}
