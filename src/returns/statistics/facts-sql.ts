import type { Tx } from '#kernel';
import { type OutcomeReader, outcomeRelation } from '#outcomes';
import type { Statistic } from '../definition/rules.ts';

/**
 * One statement for all statistics: each row of the month that a statistic counts, with what it adds to numerator and
 * denominator. $1 is the first day of the month. Columns: statistic, enterprise_id, institution_id, no, disclosure_id,
 * num, den, channel; a loan that several channels report is one row, unless all of them are asked for.
 */
export function factsSql(
  tx: Tx,
  reader: OutcomeReader,
  {
    statistics,
    knownAt,
    allChannels = false,
  }: { statistics: readonly Statistic[]; knownAt: Date; allChannels?: boolean },
): string {
  const [loans, balances, applications] = (['loan', 'balance', 'application'] as const).map((kind) =>
    outcomeRelation(tx, reader, { kind, knownAt, allChannels }),
  );
  return `
    lent as (
      select l.enterprise_id, l.institution_id, l.loan_no as no, l.disclosure_id, l.channel, 1 as one, l.amount_fen,
        l.annual_rate_bp, l.is_first_loan, l.is_credit_loan
      from ${loans} l
      where l.disbursed_on >= $1::date and l.disbursed_on < $1::date + interval '1 month'
    ), balances as (
      select b.enterprise_id, b.institution_id, b.loan_no as no, b.disclosure_id, b.channel, 1 as one, b.balance_fen
      from ${balances} b where b.month = $1::date and b.balance_fen > 0
    ), decided as (
      select a.enterprise_id, a.institution_id, a.application_no as no, a.disclosure_id, a.channel, 1 as one,
        a.decision = 'approved' as is_approved, a.decided_on - a.applied_on as decision_days
      from ${applications} a
      where a.decision in ('approved', 'declined')
        and a.decided_on >= $1::date and a.decided_on < $1::date + interval '1 month'
    ), facts as (${statistics.map(selectOf).join('\n      union all')}
    )`;
}

/** Names of columns come from closed lists, see `Compute`; nothing of a file is text here but the checked id. */
function selectOf({ id, compute }: Statistic): string {
  const { rows, aggregate, value = 'one', weight = 'one', where } = compute;
  const num: Readonly<Record<typeof aggregate, string>> = {
    enterprises: '1',
    count: '1',
    share_of_register: '1',
    sum: value,
    median: value,
    share: `case when ${where ?? 'true'} then ${value} else 0 end`,
    weighted_mean: `${value}::numeric * ${weight}`,
  };
  const den = { share: value, weighted_mean: weight };
  const divided = aggregate === 'share' || aggregate === 'weighted_mean' ? den[aggregate] : 'null';
  const condition = where === undefined || aggregate === 'share' ? '' : ` where ${where}`;
  return `
      select '${id}' as statistic, enterprise_id, institution_id, no, disclosure_id, channel,
        (${num[aggregate]})::numeric as num, (${divided})::numeric as den
      from ${rows}${condition}`;
}
