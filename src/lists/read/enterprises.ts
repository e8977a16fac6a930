import { type EnterpriseId, LIMITS, toEnterpriseId, type Tx } from '#kernel';
import { readSubject } from '../register/read-subject.ts';
import { listsRefusal } from '../lists-refusals.ts';

/** An enterprise as the register shows it: public facts of identity, no record of any dataset. */
export type EnterpriseIdentity = {
  readonly enterpriseId: EnterpriseId;
  /** 统一社会信用代码, or the best other code when it has none yet. */
  readonly code: string | null;
  readonly checksumOk: boolean;
  readonly name: string;
  readonly formerNames: readonly string[];
  readonly standing: 'registered' | 'provisional';
  readonly kind: 'organisation' | 'sole_trader';
  readonly sizeClass: string;
};

type Row = {
  enterprise_id: string;
  code: string | null;
  checksum_ok: boolean | null;
  name: string | null;
  former_names: string[];
  standing: 'registered' | 'provisional';
  kind: 'organisation' | 'sole_trader';
  size_class: string;
};

const IDENTITY = `
  select e.enterprise_id, c.code, c.checksum_ok, n.name, e.standing, e.kind, e.size_class,
    array(select f.name from lists.enterprise_names f
          where f.enterprise_id = e.enterprise_id and not f.is_current and f.known_to = 'infinity'
          order by f.known_from) as former_names
  from lists.enterprises e
  left join lateral (
    select code, checksum_ok from lists.enterprise_codes c
    where c.enterprise_id = e.enterprise_id and c.known_to = 'infinity'
    order by array_position(array['uscc', 'old_registration', 'old_tax', 'organisation', 'other'], c.kind)
    limit 1) c on true
  left join lateral (
    select name from lists.enterprise_names n
    where n.enterprise_id = e.enterprise_id and n.is_current and n.known_to = 'infinity'
    order by n.known_from desc limit 1) n on true`;

/** Finds one enterprise by any code it carries; an alias leads to the enterprise it was merged into. */
export async function findEnterprise(tx: Tx, code: string): Promise<EnterpriseIdentity> {
  const row = await tx.together(findByCode, readSubject(code, '').code);
  if (row === undefined) throw listsRefusal('register.no_enterprise');
  return toIdentity(row);
}

async function findByCode(tx: Tx, codes: readonly string[]): Promise<(Row | undefined)[]> {
  const rows = await tx.hotRows<Row & { asked: string }>('lists.find_by_code', FIND_BY_CODE, [codes]);
  const found = new Map(rows.map((row) => [row.asked, row]));
  return codes.map((code) => found.get(code));
}

/**
 * The inner select keeps the plan: the planner must not see how many ask, see `askedRows` in records.ts. The limit makes
 * it look up one enterprise after the other; without it a register not yet analysed is read whole.
 */
const FIND_BY_CODE = `
  select asked.code as asked, identity.*
  from unnest((select $1::text[])) as asked (code)
  cross join lateral (
    ${IDENTITY}
    where e.enterprise_id = (
      select coalesce(a.enterprise_id, c.enterprise_id)
      from lists.enterprise_codes c
      left join lists.enterprise_aliases a on a.alias_id = c.enterprise_id and a.known_to = 'infinity'
      where c.code = asked.code and c.known_to = 'infinity')
    limit 1) identity`;

export async function readEnterprise(tx: Tx, enterpriseId: EnterpriseId): Promise<EnterpriseIdentity> {
  const [row] = await tx.rows<Row>(`${IDENTITY} where e.enterprise_id = $1`, [enterpriseId]);
  if (row === undefined) throw listsRefusal('register.no_enterprise');
  return toIdentity(row);
}

/**
 * Searches by whole code or by at least four characters of a name, present or former; 20 results at most, so that the
 * register cannot be read out. Throws a refusal for a shorter question.
 */
export async function searchEnterprises(tx: Tx, question: string): Promise<EnterpriseIdentity[]> {
  const { code, nameKey } = readSubject(question, question);
  if (/^[0-9A-Z]{9,20}$/.test(code) && /[0-9]/.test(code)) {
    const rows = await tx.rows<Row>(
      `${IDENTITY}
       where e.enterprise_id in (
         select c.enterprise_id from lists.enterprise_codes c where c.code = $1 and c.known_to = 'infinity')`,
      [code],
    );
    return rows.map(toIdentity);
  }
  if ([...nameKey].length < LIMITS.searchCharactersMin) {
    throw listsRefusal('register.query_too_short', { min: LIMITS.searchCharactersMin });
  }
  const rows = await tx.rows<Row>(
    `${IDENTITY}
     where e.enterprise_id in (
       select m.enterprise_id from lists.enterprise_names m
       where m.known_to = 'infinity' and m.name_key like '%' || $1 || '%'
       order by m.name_key limit $2)
     order by n.name`,
    [escapeLike(nameKey), LIMITS.searchResultsMax],
  );
  return rows.map(toIdentity);
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function toIdentity(row: Row): EnterpriseIdentity {
  return {
    enterpriseId: toEnterpriseId(row.enterprise_id),
    code: row.code,
    checksumOk: row.checksum_ok ?? false,
    name: row.name ?? '（名称未登记）',
    formerNames: row.former_names,
    standing: row.standing,
    kind: row.kind,
    sizeClass: row.size_class,
  };
}
