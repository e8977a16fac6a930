import type { Tx } from '#kernel';
import { liveLoansRelation } from '#outcomes';
import { hideFigures, type ShownFigures, type StatisticsFloor } from '#security';

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

/** Coverage as those see it who have no part in the loans: nothing of few enterprises, or of one with nearly all of them. */
export type ShownCoverage = ShownFigures<Coverage, 'liveLoans' | 'watchedLoans'>;

/** An institution sees its own whole. */
export function ownCoverage(coverage: readonly Coverage[]): ShownCoverage[] {
  return coverage.map((line) => ({ ...line, hiddenBecause: null }));
}

/** Of all institutions, or of one; no total is given. */
export async function overseeCoverage(
  tx: Tx,
  floor: StatisticsFloor,
  of: { readonly institutionId?: string } = {},
): Promise<ShownCoverage[]> {
  const coverage = await measureCoverage(tx, of);
  const rows = await tx.rows<Borrowers>(
    `select "institutionId", count(*)::integer as subjects, max(loans)::integer as largest
     from (
       select l.institution_id as "institutionId", l.enterprise_id, count(*) as loans
       from ${liveLoansRelation()} l where ($1::text is null or l.institution_id = $1) group by 1, 2
     ) of_enterprise group by 1`,
    [of.institutionId ?? null],
  );
  const borrowers = new Map(rows.map((row) => [row.institutionId, row]));
  return hideFigures(coverage, ['liveLoans', 'watchedLoans'], {
    floor,
    baseOf: ({ institutionId, liveLoans: total }) => {
      // A loan that began between the two statements has nobody here yet: one, for what is not known.
      const { subjects, largest } = borrowers.get(institutionId) ?? { subjects: 1, largest: total };
      return { subjects, largest, total };
    },
  });
}

type Borrowers = {
  readonly institutionId: string;
  readonly subjects: number;
  readonly largest: number;
};
