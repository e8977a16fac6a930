import type { EnterpriseId, Tx } from '#kernel';
import type { Contract } from '../contract/shape.ts';

/** What an enterprise allows an institution to give back, as one consent says. Dates are Beijing dates. */
export type GivingGround = {
  readonly enterpriseId: EnterpriseId;
  readonly consentId: string;
  readonly institutionId: string;
  readonly contractIds: readonly string[];
  readonly dataFrom: string;
  /** Null: up to the day of delivery. */
  readonly dataTo: string | null;
  readonly frequency: { readonly count: number; readonly unit: 'day' | 'week' | 'month' };
  readonly validTo: Date;
};

/**
 * From this instant the institution may give; written with the state of the consent, in one transaction. What the period has
 * had before a pause counts on.
 */
export async function openGivingGround(tx: Tx, ground: GivingGround, at: Date): Promise<void> {
  await tx.rows(
    `insert into lists.giving_grounds (enterprise_id, contract_id, institution_id, consent_id, data_from, data_to,
       deliveries_max, period_unit, valid_to, known_from, period_from, deliveries)
     select $1::bigint, c.id, $3, $4, $5, $6, $7, $8, $9, $10, p.period_from, coalesce(p.deliveries, 0)
     from unnest($2::text[]) as c(id)
     left join lateral (
       select g.period_from, g.deliveries from lists.giving_grounds g
       where g.enterprise_id = $1 and g.contract_id = c.id and g.institution_id = $3 and g.consent_id = $4
       order by g.known_from desc limit 1) p on true
     order by c.id
     on conflict (enterprise_id, contract_id, institution_id, consent_id, known_from) do update set known_to = 'infinity'`,
    [
      ground.enterpriseId,
      ground.contractIds,
      ground.institutionId,
      ground.consentId,
      ground.dataFrom,
      ground.dataTo,
      ground.frequency.count,
      ground.frequency.unit,
      ground.validTo,
      at,
    ],
  );
}

/**
 * From this instant nothing more is taken in on it, and what was is read by nobody but the enterprise. Waits for a delivery
 * that is being published on the same ground.
 */
export async function endGivingGround(
  tx: Tx,
  { enterpriseId, consentId }: Pick<GivingGround, 'enterpriseId' | 'consentId'>,
  at: Date,
): Promise<void> {
  await tx.rows(
    `update lists.giving_grounds set known_to = $3
     where enterprise_id = $1 and consent_id = $2 and known_to = 'infinity'`,
    [enterpriseId, consentId, at],
  );
}

/** In force now; `g` is the row of `lists.giving_grounds`. */
const IN_FORCE = `g.known_to = 'infinity' and g.valid_to > now()`;

/** The enterprise and the one that it was merged into, which answers for it since. */
const answering = (id: string): string => `(
          select ${id} union all
          select a.enterprise_id from lists.enterprise_aliases a where a.alias_id = ${id} and a.known_to = 'infinity')`;

/**
 * A condition on a record of a contract, beginning with `and`: what an institution gave back is there while the enterprise
 * lets it give. Empty for every other contract. Like withholdings it is of today, whatever the as-of of the read.
 */
export function stillGiven(record: string, { id, givenBackBy }: Contract): string {
  if (givenBackBy === undefined) return '';
  return `and exists (
        select from lists.giving_grounds g
        where g.enterprise_id in ${answering(`${record}.enterprise_id`)} and g.contract_id = '${id}'
          and g.institution_id = ${record}.${givenBackBy} and ${IN_FORCE})`;
}

/** What is being taken in from one institution. */
export type Giving = {
  readonly contract: Contract;
  readonly deliveryNo: string;
  readonly institutionId: string;
};

/**
 * Books the delivery on the ground of every enterprise in `staged` and takes the rows that none covers out of it, into
 * quarantine: no consent in force, its deliveries of the period used up, or a business time outside its range. Rows whose
 * enterprise is not known yet stay, and are looked at when they are released. Returns how many were taken out.
 */
export async function quarantineUngiven(tx: Tx, giving: Giving): Promise<number> {
  const { contract, deliveryNo, institutionId } = giving;
  const result = await tx.client.query(quarantineSql(contract), [deliveryNo, institutionId]);
  return result.rowCount ?? 0;
}

const PERIOD = `date_trunc(g.period_unit, now() at time zone 'Asia/Shanghai')::date`;

/** Of two consents for the same the one that lasts longer is booked, so that one delivery is one use. */
function quarantineSql({ id, businessTime }: Contract): string {
  const day = businessTime === undefined ? 'null::date' : `s.${businessTime}`;
  return `
    with subjects as (
      select s.row_no, coalesce(c.enterprise_id, m.enterprise_id) as enterprise_id, ${day} as day
      from staged s
      left join lists.enterprise_codes c on c.code = s.subject_code and c.known_to = 'infinity'
      left join resolved m on m.subject_code = s.subject_code and m.subject_name = s.subject_name
    ), askable as (
      select distinct x.enterprise_id, o.id
      from subjects x cross join lateral ${answering('x.enterprise_id')} as o(id)
      where x.enterprise_id is not null
    ), chosen as (
      select distinct on (g.enterprise_id) g.enterprise_id, g.consent_id
      from lists.giving_grounds g
      where g.contract_id = '${id}' and g.institution_id = $2 and ${IN_FORCE}
        and g.enterprise_id in (select k.id from askable k)
        and (g.period_from is distinct from ${PERIOD} or g.deliveries < g.deliveries_max)
      order by g.enterprise_id, g.valid_to desc, g.consent_id
    ), booked as (
      update lists.giving_grounds g
      set deliveries = case when g.period_from = ${PERIOD} then g.deliveries + 1 else 1 end, period_from = ${PERIOD}
      from chosen o
      where g.enterprise_id = o.enterprise_id and g.consent_id = o.consent_id and g.contract_id = '${id}'
        and g.institution_id = $2 and ${IN_FORCE}
        and (g.period_from is distinct from ${PERIOD} or g.deliveries < g.deliveries_max)
      returning g.enterprise_id, g.data_from, g.data_to
    ), uncovered as (
      delete from staged s using subjects x
      where x.row_no = s.row_no and x.enterprise_id is not null and not exists (
        select from booked b join askable k on k.id = b.enterprise_id
        where k.enterprise_id = x.enterprise_id
          and (x.day is null or x.day >= b.data_from and (b.data_to is null or x.day <= b.data_to)))
      returning s.*
    )
    insert into lists.defects (delivery_no, row_no, field, code, rule, severity, params, raw)
    select $1::bigint, u.row_no, '', 'consent_missing', 'row.consent', 'block', '{}',
      to_jsonb(u) - 'row_no' - 'subject_flags' - 'original'
    from uncovered u`;
}
