import type { Tx } from '#kernel';
import { outcomeRelation } from '#outcomes';
import type { PopulationPermit } from '#security';

export const TOTAL_NAMES = [
  'borrowers',
  'firstBorrowers',
  'loans',
  'lentFen',
  'creditFen',
  'balanceFen',
] as const;
export type TotalName = (typeof TOTAL_NAMES)[number];

/** Totals of a month, each an integer as text; amounts in fen. */
export type Totals = Readonly<Record<TotalName, string>>;

export type Difference = { readonly figure: TotalName; readonly said: string; readonly counted: string };

/** What an institution says against what it reported loan by loan, through one channel. */
export type Reconciliation = {
  readonly institution: string;
  readonly channel: string;
  /** Null: it has not handed in totals. */
  readonly said: Totals | null;
  readonly counted: Totals;
  readonly differences: readonly Difference[];
  /** Of the loans counted: those for which another channel stands. */
  readonly countedElsewhere: number;
};

type Row = {
  readonly institution: string;
  readonly channel: string;
  readonly said: Totals | null;
  readonly counted: Totals;
  readonly countedElsewhere: number;
};

/** Every institution and channel that said or reported anything of the month, as known at the Permit's instant. */
export async function reconcileMonth(
  tx: Tx,
  permit: PopulationPermit,
  month: string,
): Promise<Reconciliation[]> {
  const { knownAt } = permit.asOf;
  const loans = outcomeRelation(tx, permit, { kind: 'loan', knownAt, allChannels: true });
  const balances = outcomeRelation(tx, permit, { kind: 'balance', knownAt, allChannels: true });
  const rows = await tx.rows<Row>(reconcileSql(loans, balances), [`${month}-01`, knownAt]);
  return rows.map((row) => ({ ...row, differences: differencesOf(row) }));
}

/** Empty while nothing was said: what is missing shows as `said: null`. */
function differencesOf({ said, counted }: Pick<Row, 'said' | 'counted'>): Difference[] {
  if (said === null) return [];
  return TOTAL_NAMES.filter((name) => said[name] !== counted[name]).map((figure) => ({
    figure,
    said: said[figure],
    counted: counted[figure],
  }));
}

function reconcileSql(loans: string, balances: string): string {
  return `
    with lent as (
      select institution_id, channel, count(distinct enterprise_id) as borrowers,
        count(distinct enterprise_id) filter (where is_first_loan) as first_borrowers, count(*) as loans,
        sum(amount_fen) as lent_fen, coalesce(sum(amount_fen) filter (where is_credit_loan), 0) as credit_fen,
        count(*) filter (where not is_standing)::integer as elsewhere
      from ${loans} l
      where disbursed_on >= $1::date and disbursed_on < $1::date + interval '1 month'
      group by 1, 2
    ), owed as (
      select institution_id, channel, sum(balance_fen) as balance_fen from ${balances} b
      where month = $1::date group by 1, 2
    ), said as (
      select * from returns.reported_totals where month = $1::date and known_from <= $2 and known_to > $2
    ), parties as (
      select institution_id, channel from lent union select institution_id, channel from owed
      union select institution_id, channel from said
    )
    select p.institution_id as institution, p.channel, coalesce(l.elsewhere, 0) as "countedElsewhere",
      case when s.institution_id is not null then jsonb_build_object('borrowers', s.borrowers::text,
        'firstBorrowers', s.first_borrowers::text, 'loans', s.loans::text, 'lentFen', s.lent_fen::text,
        'creditFen', s.credit_fen::text, 'balanceFen', s.balance_fen::text) end as said,
      jsonb_build_object('borrowers', coalesce(l.borrowers, 0)::text,
        'firstBorrowers', coalesce(l.first_borrowers, 0)::text, 'loans', coalesce(l.loans, 0)::text,
        'lentFen', coalesce(l.lent_fen, 0)::text, 'creditFen', coalesce(l.credit_fen, 0)::text,
        'balanceFen', coalesce(o.balance_fen, 0)::text) as counted
    from parties p
    left join lent l using (institution_id, channel)
    left join owed o using (institution_id, channel)
    left join said s using (institution_id, channel)
    order by 1, 2`;
}
