import type { Tx } from '#kernel';
import { liveLoansRelation } from '#outcomes';

/** Of one institution; a loan counts as watched while a watch of its enterprise for it stands. */
export type Coverage = {
  readonly institutionId: string;
  readonly liveLoans: number;
  readonly watchedLoans: number;
};

/**
 * Live loans and watched ones by institution, in its order; of one institution alone where it is named, or of what came
 * through one platform.
 */
export async function measureCoverage(
  tx: Tx,
  of: { readonly institutionId?: string; readonly platformId?: string | null } = {},
): Promise<Coverage[]> {
  return await tx.rows<Coverage>(
    `select l.institution_id as "institutionId", count(*)::integer as "liveLoans",
       count(w.watch_id)::integer as "watchedLoans"
     from ${liveLoansRelation()} l
     left join monitoring.watches w on w.enterprise_id = l.enterprise_id and w.institution_id = l.institution_id
       and w.known_to = 'infinity'
     where ($1::text is null or l.institution_id = $1) and ($2::text is null or l.platform_id = $2)
     group by l.institution_id order by l.institution_id`,
    [of.institutionId ?? null, of.platformId ?? null],
  );
}
