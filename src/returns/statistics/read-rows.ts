import type { Tx } from '#kernel';
import { relation } from '#lists';
import { readParticipants, systemCaller } from '#platform';
import { decidePopulation, type Grant } from '#security';
import type { ReturnsContext } from '../returns-context.ts';
import { returnsRefusal } from '../returns-refusals.ts';
import { UNKNOWN } from './compute-statistics.ts';
import { factsSql } from './facts-sql.ts';

/** What a figure counts: a loan, a balance or an application by the institution's own number, without whose it is. */
export type FigureRow = {
  readonly institution: string;
  readonly no: string;
  readonly disclosureId: string;
  /** What the row adds to the figure; a further loan of the same enterprise adds nothing to a count of enterprises. */
  readonly numerator: string;
  readonly denominator: string | null;
};

/** Which figure of the statistic; nothing named: the city's. */
export type RowsScope = {
  readonly district?: string | undefined;
  readonly institutionType?: string | undefined;
  readonly institution?: string | undefined;
  /** Of the totals of one channel, which counts what another channel stands for too; see `reconcileMonth`. */
  readonly channel?: string | undefined;
};

export type RowsPage = {
  readonly statistic: string;
  readonly month: string;
  readonly knownAt: Date;
  readonly scope?: RowsScope;
  readonly limit: number;
  /** Continue after the last row of the page before. */
  readonly after?: Pick<FigureRow, 'institution' | 'no' | 'disclosureId'> | undefined;
};

type Work = Pick<ReturnsContext, 'rules' | 'policies' | 'catalogue'>;

/**
 * The rows behind one figure as known at an instant, in order of institution, number and disclosure: of the institution that
 * the Grant names, or of every one for the duty. All pages together add up to the figure's numerator and denominator; what
 * the register holds is no row. Throws `returns.statistic_unknown`.
 */
export async function readFigureRows(
  tx: Tx,
  context: Work,
  { grant, page }: { grant: Grant; page: RowsPage },
): Promise<FigureRow[]> {
  const statistic = context.rules.statistics.statistics.find(({ id }) => id === page.statistic);
  if (statistic === undefined)
    throw returnsRefusal('returns.statistic_unknown', { statistic: page.statistic });
  const { month, knownAt, limit, after, scope = {} } = page;
  const allChannels = scope.channel !== undefined;
  const facts = factsSql(tx, grant, { statistics: [statistic], knownAt, allChannels });
  const institutions = await readInstitutions(tx, facts, { month, type: scope.institutionType });
  const countsEnterprises = ['enterprises', 'share_of_register'].includes(statistic.compute.aggregate);
  return await tx.rows<FigureRow>(
    rowsSql(facts, { districts: districtsSql(tx, context, { scope, knownAt }), countsEnterprises }),
    [
      `${month}-01`,
      scope.institution ?? null,
      institutions,
      scope.district ?? null,
      scope.channel ?? null,
      after?.institution ?? '',
      after?.no ?? '',
      after?.disclosureId ?? '',
      limit,
    ],
  );
}

/** Institutions of one type among those that reported anything; null: of any. */
async function readInstitutions(
  tx: Tx,
  facts: string,
  { month, type }: { month: string; type: string | undefined },
): Promise<readonly string[] | null> {
  if (type === undefined) return null;
  const rows = await tx.rows<{ id: string }>(
    `with ${facts} select distinct institution_id as id from facts order by 1`,
    [`${month}-01`],
  );
  const ids = rows.map(({ id }) => id);
  const known = await readParticipants(tx, ids);
  return ids.filter((id) => (known.get(id)?.institutionType ?? UNKNOWN) === type);
}

/**
 * Districts as the figures had them. The node looks them up itself, whoever drills: of the register nothing leaves but that
 * the rows belong to the district that was asked for.
 */
function districtsSql(
  tx: Tx,
  { policies, catalogue }: Work,
  { scope, knownAt }: { scope: RowsScope; knownAt: Date },
): string {
  if (scope.district === undefined)
    return 'select null::bigint as enterprise_id, null::text as district where false';
  const registration = [...catalogue.contracts.values()].filter(({ id }) => id === 'n01_registration');
  const permit = decidePopulation(tx, policies, {
    caller: systemCaller('returns_rows'),
    purpose: 'operate',
    population: { kind: 'all' },
    contracts: registration,
    asOf: { knownAt },
    runId: 'returns_rows',
  });
  const groups = registration.map((contract) => relation(tx, permit, contract, { fields: ['district'] }));
  return `select distinct on (g.enterprise_id) g.enterprise_id, g.district from ${groups.join()} g
      where g.enterprise_id in (select enterprise_id from facts)
      order by g.enterprise_id, g.known_from desc, g.delivery_no desc, g.row_no`;
}

/** $1 month; $2 to $5 the scope; $6 to $8 the row before; $9 how many. */
function rowsSql(
  facts: string,
  { districts, countsEnterprises }: { districts: string; countsEnterprises: boolean },
): string {
  const isFurther = 'row_number() over (partition by f.enterprise_id order by f.institution_id, f.no) > 1';
  const num = countsEnterprises ? `case when ${isFurther} then 0 else f.num end` : 'f.num';
  return `
    with ${facts}, districts as (
      ${districts}
    ), counted as (
      select f.institution_id, f.no, f.disclosure_id, ${num} as num, f.den
      from facts f left join districts d on d.enterprise_id = f.enterprise_id
      where ($2::text is null or f.institution_id = $2) and ($3::text[] is null or f.institution_id = any($3))
        and ($4::text is null or coalesce(d.district, '${UNKNOWN}') = $4) and ($5::text is null or f.channel = $5)
    )
    select institution_id as institution, no, disclosure_id as "disclosureId", num::text as numerator,
      den::text as denominator
    from counted where (institution_id, no, disclosure_id) > ($6, $7, $8)
    order by institution_id, no, disclosure_id limit $9`;
}
