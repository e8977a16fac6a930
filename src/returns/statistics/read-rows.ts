import type { Tx } from '#kernel';
import type { Grant } from '#security';
import type { ReturnsRules } from '../definition/rules.ts';
import { returnsRefusal } from '../returns-refusals.ts';
import { factsSql } from './facts-sql.ts';

/** What a figure counts: a loan, a balance or an application by the institution's own number, without whose it is. */
export type FigureRow = {
  readonly institution: string;
  readonly no: string;
  readonly disclosureId: string;
  readonly numerator: string;
  readonly denominator: string | null;
};

export type RowsPage = {
  readonly statistic: string;
  readonly month: string;
  readonly knownAt: Date;
  readonly institution: string | undefined;
  readonly limit: number;
  /** Continue after the last row of the page before. */
  readonly after?: { readonly institution: string; readonly no: string } | undefined;
};

/**
 * The rows behind one figure as known at an instant, in order of institution and number: of the institution that the Grant
 * names, or of every one for the duty. Throws `returns.statistic_unknown`.
 */
export async function readFigureRows(
  tx: Tx,
  rules: ReturnsRules,
  { grant, page }: { grant: Grant; page: RowsPage },
): Promise<FigureRow[]> {
  const statistics = rules.statistics.statistics.filter(({ id }) => id === page.statistic);
  if (statistics.length === 0)
    throw returnsRefusal('returns.statistic_unknown', { statistic: page.statistic });
  const facts = factsSql(tx, grant, { statistics, knownAt: page.knownAt });
  return await tx.rows<FigureRow>(
    `with ${facts}
     select institution_id as institution, no, disclosure_id as "disclosureId", num::text as numerator,
       den::text as denominator
     from facts
     where ($2::text is null or institution_id = $2) and (institution_id, no) > ($3, $4)
     order by institution_id, no, enterprise_id limit $5`,
    [
      `${page.month}-01`,
      page.institution ?? null,
      page.after?.institution ?? '',
      page.after?.no ?? '',
      page.limit,
    ],
  );
}
