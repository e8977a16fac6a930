import type { Contract } from '../contract/shape.ts';
import { liveKey, ownColumns, tableName } from '../store/table-plan.ts';

/**
 * The statements of one publication, by step. They run in one transaction on temporary tables that vanish at commit:
 * `staged` (checked rows), `resolved` (subjects a rule or a person matched), `waiting` (subjects held), `rest`, `fates`.
 * $1 is the delivery number and $2 the instant from which the node knows; statements that only end versions take the
 * instant alone.
 */
export type PublishSql = {
  readonly createStaged: string;
  readonly copyStaged: string;
  readonly unmatchedSubjects: string;
  readonly insertByCode: string;
  readonly insertResolved: string;
  readonly collectRest: string;
  readonly decideFates: string;
  readonly removeConflicts: string;
  readonly quarantineConflicts: string;
  readonly endChanged: string;
  readonly insertChanged: string;
  readonly findOutOfUse: string;
  readonly carryOutOfUse: string;
  readonly holdRows: string;
  readonly endWithdrawn: string;
  readonly stageHeld: string;
  readonly reviveEnded: string;
  readonly reviveWithdrawn: string;
  readonly endReleased: string;
};

/** Columns of `staged` ahead of the contract's own. */
const SUBJECT_COLUMNS = ['row_no', 'subject_code', 'subject_name', 'subject_flags'] as const;

export function publishSql(contract: Contract): PublishSql {
  const words = wordsOf(contract);
  return {
    ...stagingSql(words),
    ...insertSql(words),
    ...settleSql(words),
    ...markSql(words),
    ...endSql(words),
  };
}

type Words = ReturnType<typeof wordsOf>;

/** The parts that the statements are made from, spelt for one contract. */
function wordsOf(contract: Contract) {
  const table = tableName(contract);
  const own = ownColumns(contract);
  const names = own.map(({ name }) => name);
  const key = liveKey(contract);
  const target = ['enterprise_id', 'delivery_no', 'known_from', 'row_no', ...names, 'original'].join(', ');
  const from = (alias: string) =>
    ['row_no', ...names, 'original'].map((name) => `${alias}.${name}`).join(', ');
  const values = (alias: string) => `row(${names.map((name) => `${alias}.${name}`).join(', ')})`;
  const sameKey = (a: string, b: string) => key.map((name) => `${a}.${name} = ${b}.${name}`).join(' and ');
  const keyOf = (alias: string) => key.map((name) => `${alias}.${name}`).join(', ');
  const notInserted = (owner: string) => `not exists (
        select from ${table} f
        where f.enterprise_id = ${owner}.enterprise_id and f.delivery_no = $1 and f.row_no = s.row_no
          and f.known_from = $2)`; // the whole primary key: the partial index on the live key would be walked instead
  const order = [...contract.naturalKey.map((name) => `s.${name}`), 's.row_no'].join(', ');
  const onConflict = `on conflict (${key.join(', ')}) where known_to = 'infinity' do nothing`;
  return {
    contract,
    table,
    own,
    names,
    key,
    target,
    from,
    values,
    sameKey,
    keyOf,
    notInserted,
    order,
    onConflict,
  };
}

/** Taking rows in: the staged table, and whose rows they are. */
function stagingSql({ contract, own, names }: Words) {
  return {
    createStaged: `
      create temporary table staged (
        row_no integer not null,
        subject_code text not null,
        subject_name text not null,
        subject_flags smallint not null,
        ${own.map(({ name, type }) => `${name} ${type.replace(/ not null.*$/, '')}`).join(',\n        ')},
        original jsonb
      ) on commit drop`,
    copyStaged: `copy staged (${[...SUBJECT_COLUMNS, ...names, 'original'].join(', ')}) from stdin`,
    unmatchedSubjects: `
      select distinct s.subject_code, s.subject_name
      from staged s
      where not exists (
        select from lists.enterprise_codes c where c.code = s.subject_code and c.known_to = 'infinity')`,
    stageHeld: `
      insert into staged
      select (jsonb_populate_record(null::staged, h.staged)).*
      from lists.held_rows h
      where h.delivery_no = $1 and h.review_no = $2 and h.state = 'held'`,
    holdRows: `
      insert into lists.held_rows (delivery_no, row_no, review_no, contract_id, staged)
      select $1::bigint, s.row_no, w.review_no, '${contract.id}', to_jsonb(s)
      from staged s
      join waiting w on w.subject_code = s.subject_code and w.subject_name = s.subject_name`,
  };
}

/** The one pass in key order; a key that is live already is left over. */
function insertSql({ table, target, from, notInserted, order, onConflict }: Words) {
  return {
    insertByCode: `
      insert into ${table} (${target})
      select c.enterprise_id, $1::bigint, $2::timestamptz, ${from('s')}
      from staged s
      join lists.enterprise_codes c on c.code = s.subject_code and c.known_to = 'infinity'
      order by c.enterprise_id, ${order}
      ${onConflict}`,
    insertResolved: `
      insert into ${table} (${target})
      select m.enterprise_id, $1::bigint, $2::timestamptz, ${from('s')}
      from staged s
      join resolved m on m.subject_code = s.subject_code and m.subject_name = s.subject_name
      order by m.enterprise_id, ${order}
      ${onConflict}`,
    collectRest: `
      create temporary table rest on commit drop as
      select c.enterprise_id, s.*
      from staged s
      join lists.enterprise_codes c on c.code = s.subject_code and c.known_to = 'infinity'
      where ${notInserted('c')}
      union all
      select m.enterprise_id, s.*
      from staged s
      join resolved m on m.subject_code = s.subject_code and m.subject_name = s.subject_name
      where ${notInserted('m')}`,
  };
}

/** What becomes of rows whose key is live: decided by comparison, contradictions quarantined. */
function settleSql({ contract, table, target, from, values, sameKey, keyOf, order }: Words) {
  return {
    decideFates: `
      create temporary table fates on commit drop as
      with placed as (
        select r.*, first_value(r.row_no) over (partition by ${keyOf('r')} order by r.row_no) as first_row_no
        from rest r
      )
      select p.enterprise_id, p.row_no, live.delivery_no as live_delivery_no, live.row_no as live_row_no,
        case
          when live.delivery_no = $1 and ${values('live')} is distinct from ${values('p')} then 'conflict'
          when live.delivery_no = $1 then 'duplicate'
          when p.row_no > p.first_row_no and ${values('first')} is distinct from ${values('p')} then 'conflict'
          when p.row_no > p.first_row_no then 'duplicate'
          when ${values('live')} is distinct from ${values('p')} then 'changed'
          else 'unchanged'
        end as fate
      from placed p
      join rest first on first.row_no = p.first_row_no
      join ${table} live on ${sameKey('live', 'p')} and live.known_to = 'infinity'`,
    removeConflicts: `
      with keys as (
        select distinct ${keyOf('r')}
        from fates f join rest r on r.row_no = f.row_no
        where f.fate = 'conflict'
      ), gone as (
        delete from ${table} t using keys k
        where ${sameKey('t', 'k')} and t.known_to = 'infinity' and t.delivery_no = $1
        returning t.row_no
      ), doubtful as (
        update fates f set fate = 'conflict'
        from rest r join keys k on ${sameKey('r', 'k')}
        where r.row_no = f.row_no and f.fate <> 'conflict'
      )
      insert into conflicts select row_no from gone`,
    quarantineConflicts: `
      with doubtful as (
        select row_no from conflicts union select row_no from fates where fate = 'conflict'
      )
      insert into lists.defects (delivery_no, row_no, field, code, rule, severity, params, raw)
      select $1::bigint, s.row_no, '${contract.naturalKey.join(',')}', 'key_conflict', 'unique_key', 'block', '{}',
        to_jsonb(s) - 'row_no' - 'subject_flags' - 'original'
      from doubtful d join staged s on s.row_no = d.row_no`,
    endChanged: `
      update ${table} t set known_to = $1
      from fates f
      where f.fate = 'changed' and t.enterprise_id = f.enterprise_id
        and t.delivery_no = f.live_delivery_no and t.row_no = f.live_row_no and t.known_to = 'infinity'`,
    insertChanged: `
      insert into ${table} (${target})
      select s.enterprise_id, $1::bigint, $2::timestamptz, ${from('s')}
      from rest s join fates f on f.row_no = s.row_no
      where f.fate = 'changed'
      order by s.enterprise_id, ${order}`,
  };
}

/** Marks that stay with a record through all its versions: the version of this delivery gets those of any before. */
function markSql({ contract, table, sameKey }: Words) {
  const outOfUse = `
      from lists.marks m
      where m.contract_id = '${contract.id}' and m.mark in ('repaired', 'annulled') and m.known_to = 'infinity'
        and m.valid_to > now()`;
  return {
    findOutOfUse: `select m.mark_no ${outOfUse} limit 1`,
    carryOutOfUse: `
      insert into lists.marks (enterprise_id, contract_id, delivery_no, row_no, field, mark, ground, valid_from, valid_to,
        known_from)
      select distinct n.enterprise_id, kept.contract_id, n.delivery_no, n.row_no, kept.field, kept.mark, kept.ground,
        kept.valid_from, kept.valid_to, date_trunc('milliseconds', clock_timestamp())
      from (select m.* ${outOfUse}) kept
      join ${table} o on o.enterprise_id = kept.enterprise_id and o.delivery_no = kept.delivery_no and o.row_no = kept.row_no
      join ${table} n on ${sameKey('n', 'o')} and n.known_to = 'infinity' and n.delivery_no = $1 and n.known_from = $2
      where not exists (
        select from lists.marks own
        where own.enterprise_id = n.enterprise_id and own.contract_id = kept.contract_id
          and own.delivery_no = n.delivery_no and own.row_no = n.row_no and own.mark = kept.mark
          and own.known_to = 'infinity' and own.valid_to > now())`,
  };
}

/** Ending and reviving versions: withdrawals, and decisions taken back. */
function endSql({ contract, table, target, from, sameKey, onConflict }: Words) {
  return {
    endWithdrawn: `
      update ${table} t set known_to = $1
      from staged s
      left join lists.enterprise_codes c on c.code = s.subject_code and c.known_to = 'infinity'
      left join resolved m on m.subject_code = s.subject_code and m.subject_name = s.subject_name
      where t.enterprise_id = coalesce(c.enterprise_id, m.enterprise_id) and t.known_to = 'infinity'
        ${contract.naturalKey.map((name) => `and t.${name} = s.${name}`).join(' ')}`,
    reviveEnded: `
      insert into ${table} (${target})
      select t.enterprise_id, t.delivery_no, $3::timestamptz, ${from('t')}
      from ${table} t
      join ${table} released on ${sameKey('released', 't')}
      where released.enterprise_id = $1 and released.known_from = $2 and released.known_to = $3
        and t.known_to = $2`,
    reviveWithdrawn: `
      insert into ${table} (${target})
      select t.enterprise_id, t.delivery_no, $3::timestamptz, ${from('t')}
      from ${table} t
      where t.enterprise_id = $1 and t.known_to = $2
      ${onConflict}`,
    endReleased: `
      update ${table} t set known_to = $3
      where t.enterprise_id = $1 and t.known_from = $2 and t.known_to = 'infinity'`,
  };
}
