import type { Tx } from '#kernel';
import { outcomeRelation } from '#outcomes';
import { disclosureRelation, type PopulationPermit } from '#security';

/** What became of one dataset in a month; counts alone, no enterprise is in it. */
export type DatasetUsage = {
  readonly contract: string;
  /** How often it was read, by kind of disclosure: answer, report, verification … */
  readonly reads: Readonly<Record<string, number>>;
  readonly institutions: number;
  readonly enterprises: number;
  /** Loans paid out in the month whose application rests on a disclosure that contained it; each once. */
  readonly loans: number;
  readonly borrowers: number;
  /** Fen; text of an integer. */
  readonly lentFen: string;
  /** Of the borrower who was lent most, for dominance. */
  readonly largestFen: string;
  /** Complaints about the data in answers that contained it, by reason. One answer may hold several datasets. */
  readonly complaints: Readonly<Record<string, number>>;
};

/** Usage of every dataset that was read, lent on or complained of in the month, as known at the Permit's instant. */
export async function readUsage(
  tx: Tx,
  permit: PopulationPermit,
  { month, reasons }: { month: string; reasons: readonly string[] },
): Promise<ReadonlyMap<string, DatasetUsage>> {
  const rows = await tx.rows<DatasetUsage>(usageSql(tx, permit), [`${month}-01`, reasons]);
  return new Map(rows.map((row) => [row.contract, row]));
}

/** Nothing happened to this dataset. */
export function noUsage(contract: string): DatasetUsage {
  const none = { institutions: 0, enterprises: 0, loans: 0, borrowers: 0 };
  return { contract, reads: {}, ...none, lentFen: '0', largestFen: '0', complaints: {} };
}

const MONTH_BEGINS = `($1::date)::timestamp at time zone 'Asia/Shanghai'`;
const MONTH_ENDS = `($1::date + interval '1 month') at time zone 'Asia/Shanghai'`;

/** A loan rests on what its reports and its application name, through any channel, and on what was asked for it. */
function usageSql(tx: Tx, permit: PopulationPermit): string {
  const { knownAt } = permit.asOf;
  const disclosures = disclosureRelation(tx, permit);
  const said = (kind: 'loan' | 'application') =>
    outcomeRelation(tx, permit, { kind, knownAt, allChannels: true });
  return `
    with reads as (
      select c.contract, d.kind, d.institution, d.enterprise_id
      from ${disclosures} d cross join lateral unnest(d.contracts) as c(contract)
      where d.at >= ${MONTH_BEGINS} and d.at < ${MONTH_ENDS}
    ), by_kind as (
      select contract, jsonb_object_agg(kind, n) as reads
      from (select contract, kind, count(*) as n from reads group by 1, 2) k group by 1
    ), read as (
      select contract, count(distinct institution)::integer as institutions,
        count(distinct enterprise_id)::integer as enterprises
      from reads group by 1
    ), lent as (
      select enterprise_id, institution_id, loan_no, amount_fen
      from ${outcomeRelation(tx, permit, { kind: 'loan', knownAt })} l
      where disbursed_on >= $1::date and disbursed_on < $1::date + interval '1 month'
    ), reported as (
      select l.enterprise_id, l.institution_id, l.loan_no, l.amount_fen, x.channel, x.disclosure_id, x.application_no
      from lent l join ${said('loan')} x using (enterprise_id, institution_id, loan_no)
    ), basis as (
      select enterprise_id, institution_id, loan_no, amount_fen, disclosure_id from reported
      union
      select r.enterprise_id, r.institution_id, r.loan_no, r.amount_fen, a.disclosure_id from reported r
      join ${said('application')} a on a.enterprise_id = r.enterprise_id and a.institution_id = r.institution_id
        and a.application_no = r.application_no and a.channel = r.channel
      union
      select r.enterprise_id, r.institution_id, r.loan_no, r.amount_fen, d.disclosure_id from reported r
      join ${disclosures} d on d.enterprise_id = r.enterprise_id and d.institution = r.institution_id
        and d.application = r.application_no
    ), rested as (
      select distinct c.contract, b.enterprise_id, b.institution_id, b.loan_no, b.amount_fen
      from basis b join ${disclosures} d on d.enterprise_id = b.enterprise_id and d.disclosure_id = b.disclosure_id
      cross join lateral unnest(d.contracts) as c(contract)
    ), of_borrower as (
      select contract, enterprise_id, count(*) as loans, sum(amount_fen) as fen from rested group by 1, 2
    ), loaned as (
      select contract, sum(loans)::integer as loans, count(*)::integer as borrowers, sum(fen)::text as lent_fen,
        max(fen)::text as largest_fen
      from of_borrower group by 1
    ), complained as (
      select c.contract, u.unused_reason, count(*) as n
      from ${outcomeRelation(tx, permit, { kind: 'use', knownAt })} u
      join ${disclosures} d on d.enterprise_id = u.enterprise_id and d.disclosure_id = u.disclosure_id
      cross join lateral unnest(d.contracts) as c(contract)
      where u.unused_reason = any($2) and u.known_from >= ${MONTH_BEGINS} and u.known_from < ${MONTH_ENDS}
      group by 1, 2
    ), complaints as (
      select contract, jsonb_object_agg(unused_reason, n) as complaints from complained group by 1
    )
    select contract, coalesce(k.reads, '{}') as reads, coalesce(r.institutions, 0) as institutions,
      coalesce(r.enterprises, 0) as enterprises, coalesce(l.loans, 0) as loans,
      coalesce(l.borrowers, 0) as borrowers, coalesce(l.lent_fen, '0') as "lentFen",
      coalesce(l.largest_fen, '0') as "largestFen", coalesce(c.complaints, '{}') as complaints
    from read r full join by_kind k using (contract) full join loaned l using (contract)
    full join complaints c using (contract)
    order by contract`;
}
