import { assertProof, type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { Grant } from '#security';
import type { Contract } from '../contract/shape.ts';
import { tableName } from '../store/table-plan.ts';
import type { ExactInstant } from '../read/record-life.ts';

/** From which day the years of a contract's records run, by names of its fields. */
export type ExpiryRule = {
  readonly years: number;
  /** Days of which the latest that is filled is the ending. */
  readonly ended: readonly string[];
  /** Codes by which it goes on, whatever the days say. */
  readonly open?: { readonly field: string; readonly codes: readonly string[] } | undefined;
  /** Where no ending is filled: the first of these that is; none: it has not begun. */
  readonly whenEmpty: readonly string[];
};

/** `ended`: by the ending; `fallback`: by the day in its place; `withdrawn`: by the day on which the department took it back. */
export type ExpiryBasis = 'ended' | 'fallback' | 'withdrawn';

/** A place in the order of a contract's records. */
export type RecordPlace = {
  readonly enterpriseId: string;
  readonly deliveryNo: string;
  readonly rowNo: number;
};

/** A record of which all versions are past their years; named by its latest version, and without a value but the day. */
export type ExpiredRecord = {
  readonly enterpriseId: EnterpriseId;
  /** Who answers for it: the enterprise, or the one that it was merged into. */
  readonly ownerId: EnterpriseId;
  readonly deliveryNo: string;
  readonly rowNo: number;
  readonly recordId: string;
  /** When the latest version ended; `infinity`: it is live. */
  readonly knownTo: ExactInstant;
  /** Every version, `<delivery>:<row>`, in one order. */
  readonly versions: readonly string[];
  readonly startedOn: string;
  /** Last day on which it may be kept. */
  readonly keptUntil: string;
  readonly basis: ExpiryBasis;
};

export type ExpiredAsked = {
  readonly contract: Contract;
  readonly rule: ExpiryRule;
  /** Beijing date; what was kept until the day before is past. */
  readonly today: string;
};

/**
 * Records of a contract past their years, in the order of enterprises, from a place on. For whoever must remove them, or
 * oversees that: the Grant is of such an act.
 */
export async function findExpired(
  tx: Tx,
  grant: Grant,
  asked: ExpiredAsked & { readonly after?: RecordPlace | undefined; readonly limit: number },
): Promise<ExpiredRecord[]> {
  assertProof(grant, 'Grant');
  const { contract, today, after, limit } = asked;
  const rows = await tx.rows<Row>(pageOf(asked), [
    today,
    after?.enterpriseId ?? '0',
    after?.deliveryNo ?? '0',
    after?.rowNo ?? 0,
    limit,
    contract.id,
  ]);
  return rows.map(({ enterpriseId, ownerId, ...row }) => ({
    ...row,
    enterpriseId: toEnterpriseId(enterpriseId),
    ownerId: toEnterpriseId(ownerId),
  }));
}

/** How many there are; the contract is read through once. */
export async function countExpired(tx: Tx, grant: Grant, asked: ExpiredAsked): Promise<number> {
  assertProof(grant, 'Grant');
  const [row] = await tx.rows<{ found: number }>(
    `select count(*)::integer as found ${expiredOf(asked, '$1')}`,
    [asked.today],
  );
  return row?.found ?? 0;
}

type Row = Omit<ExpiredRecord, 'enterpriseId' | 'ownerId'> & {
  readonly enterpriseId: string;
  readonly ownerId: string;
};

function pageOf(asked: ExpiredAsked): string {
  const { contract } = asked;
  const keys = contract.naturalKey.map((name) => `, r.${name}`).join('');
  return `
    select f.enterprise_id::text as "enterpriseId", coalesce(a.enterprise_id, f.enterprise_id)::text as "ownerId",
      f.delivery_no::text as "deliveryNo", f.row_no as "rowNo", d.delivery_id || ':' || f.row_no as "recordId",
      f.known_to::text as "knownTo", f.started_on::text as "startedOn", f.kept_until::text as "keptUntil", f.basis,
      (select array_agg(distinct vd.delivery_id || ':' || v.row_no)
       from ${tableName(contract)} v join lists.deliveries vd using (delivery_no)
       where ${isSameRecord(contract, 'v', 'f')}) as versions
    from (
      select r.enterprise_id, r.delivery_no, r.row_no, r.known_to, s.started_on, s.kept_until, ${basisOf(asked.rule)} as basis${keys}
      ${expiredOf(asked, '$1')}
        and (r.enterprise_id, r.delivery_no, r.row_no) > ($2::bigint, $3::bigint, $4::integer)
      order by r.enterprise_id, r.delivery_no, r.row_no
      limit $5
    ) f
    join lists.deliveries d on d.delivery_no = f.delivery_no and d.contract_id = $6
    left join lists.enterprise_aliases a on a.alias_id = f.enterprise_id and a.known_to = 'infinity'
    order by f.enterprise_id, f.delivery_no, f.row_no`;
}

/** From and where: the latest version of each record, if its years are past. */
function expiredOf({ contract, rule }: ExpiredAsked, today: string): string {
  const order = (alias: string): string =>
    `(${alias}.known_to, ${alias}.known_from, ${alias}.delivery_no, ${alias}.row_no)`;
  return `from ${tableName(contract)} r
      cross join lateral (
        select b.started_on, (b.started_on + make_interval(years => ${rule.years}))::date as kept_until
        from (select ${startOf(rule)} as started_on) b
      ) s
      where s.kept_until < ${today}::date
        and not exists (
          select from ${tableName(contract)} n where ${isSameRecord(contract, 'n', 'r')} and ${order('n')} > ${order('r')})`;
}

/** All versions of one record; a natural key may have empty fields. */
export function isSameRecord(
  { naturalKey }: Pick<Contract, 'naturalKey'>,
  one: string,
  other: string,
): string {
  const keys = naturalKey.map((name) => ` and ${one}.${name} is not distinct from ${other}.${name}`);
  return `${one}.enterprise_id = ${other}.enterprise_id${keys.join('')}`;
}

/** Days without an end are kept as infinity: such a record has not ended. */
function startOf(rule: ExpiryRule): string {
  const ended = endOf(rule);
  const instead = rule.whenEmpty.length === 0 ? 'null::date' : `coalesce(${columns(rule.whenEmpty)})`;
  return `case
            when ${IS_LIVE} and ${isOpen(rule)} then null::date
            when ${ended} is not null and (${IS_LIVE} or ${ended} < 'infinity') then ${ended}
            when ${IS_LIVE} then ${instead}
            else ${WITHDRAWN_ON} end`;
}

function basisOf(rule: ExpiryRule): string {
  const ended = endOf(rule);
  return `case
        when ${ended} is not null and (${IS_LIVE} or ${ended} < 'infinity') then 'ended'
        when ${IS_LIVE} then 'fallback'
        else 'withdrawn' end`;
}

const IS_LIVE = `r.known_to = 'infinity'`;
const WITHDRAWN_ON = `(r.known_to at time zone 'Asia/Shanghai')::date`;

function endOf({ ended }: ExpiryRule): string {
  return `greatest(${columns(ended)})`;
}

function columns(names: readonly string[]): string {
  return names.map((name) => `r.${name}`).join(', ');
}

/** Codes and names come from definitions that were held against the contract; quotes are doubled all the same. */
function isOpen({ open }: ExpiryRule): string {
  if (open === undefined) return 'false';
  const codes = open.codes.map((code) => `'${code.replaceAll("'", "''")}'`).join(', ');
  return `coalesce(r.${open.field} in (${codes}), false)`;
}
