import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { type Contract, readSizeClasses, relation } from '#lists';
import type { PopulationPermit } from '#security';

/** The contract that says district and industry of an enterprise. */
export const REGISTRATION = 'n01_registration';

/** What groups and slices look at; null: the registration does not say. */
export type Groups = {
  readonly district: string | null;
  readonly industry: string | null;
  readonly sizeClass: string;
};

const NONE: Groups = { district: null, industry: null, sizeClass: 'unknown' };

/** District, industry section and size class of each; the Permit must include the registration. */
export async function readGroups(
  tx: Tx,
  permit: PopulationPermit,
  { registration, ids }: { registration: Contract; ids: readonly EnterpriseId[] },
): Promise<ReadonlyMap<EnterpriseId, Groups>> {
  const sizes = await readSizeClasses(tx, permit, ids);
  const rows = await tx.rows<{
    enterprise_id: string;
    district: string | null;
    industry_section: string | null;
  }>(
    `select distinct on (r.enterprise_id) r.enterprise_id, r.district, r.industry_section
     from ${relation(tx, permit, registration, { fields: ['district', 'industry_section'] })} r
     where r.enterprise_id = any($1::bigint[])
     order by r.enterprise_id, r.known_from desc, r.delivery_no desc, r.row_no`,
    [ids],
  );
  const registered = new Map(rows.map((row) => [toEnterpriseId(row.enterprise_id), row]));
  return new Map(
    ids.map((id) => {
      const { district = null, industry_section: industry = null } = registered.get(id) ?? {};
      return [id, { ...NONE, district, industry, sizeClass: sizes.get(id) ?? NONE.sizeClass }];
    }),
  );
}
