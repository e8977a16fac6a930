import type { EnterpriseId, Tx } from '#kernel';
import type { Statement } from './decide-fate.ts';
import { type Fact, PLANS, type Value, type Values } from './facts.ts';
import type { FactKind } from './shape.ts';

/** A fact and whom it is about. */
export type FactOf = { readonly enterpriseId: EnterpriseId; readonly fact: Pick<Fact, 'kind' | 'key'> };

/** One version to be written. */
export type NewVersion = {
  readonly enterpriseId: EnterpriseId;
  readonly fact: Fact;
  readonly disclosureId: string;
  readonly itemNo: number;
  readonly isStanding: boolean;
  readonly isCorrection: boolean;
  /** The channel's own earlier version ends. */
  readonly endsEarlier: boolean;
};

/** What all versions of one batch share. */
export type BatchFacts = {
  readonly institutionId: string;
  readonly channel: string;
  readonly batchId: string;
  readonly at: Date;
};

type LiveRow = { enterprise_id: string; key: Values; statement: Omit<Statement, 'content'>; content: Values };

/** What all channels say now of these facts of one kind; grouped by `nameOf` of enterprise and key. */
export async function readLive(
  tx: Tx,
  institutionId: string,
  facts: readonly FactOf[],
): Promise<Map<string, Statement[]>> {
  const found = new Map<string, Statement[]>();
  for (const kind of kindsOf(facts.map(({ fact }) => fact.kind))) {
    const asked = facts.filter(({ fact }) => fact.kind === kind);
    const keys = asked.map(({ enterpriseId, fact }) => ({ enterprise_id: enterpriseId, ...fact.key }));
    const rows = await tx.rows<LiveRow>(liveSql(kind), [JSON.stringify(keys), institutionId]);
    for (const { enterprise_id, key, statement, content } of rows) {
      const name = nameOf(enterprise_id, { kind, key });
      found.set(name, [...(found.get(name) ?? []), { ...statement, content }]);
    }
  }
  return found;
}

/** The name of a fact among those of one institution. */
export function nameOf(enterpriseId: string, { kind, key }: Pick<Fact, 'kind' | 'key'>): string {
  const columns = Object.keys(PLANS[kind].key);
  return [kind, enterpriseId, ...columns.map((column) => String(key[column]))].join('\0');
}

/** Ends the earlier versions of this channel and writes the new ones, kind by kind. */
export async function writeVersions(
  tx: Tx,
  batch: BatchFacts,
  versions: readonly NewVersion[],
): Promise<void> {
  const shared = [batch.institutionId, batch.channel, batch.at];
  for (const kind of kindsOf(versions.map(({ fact }) => fact.kind))) {
    const ofKind = versions.filter(({ fact }) => fact.kind === kind);
    const ending = ofKind.filter(({ endsEarlier }) => endsEarlier).map(keyColumns);
    if (ending.length > 0) await tx.rows(endSql(kind), [JSON.stringify(ending), ...shared]);
    await tx.rows(insertSql(kind), [JSON.stringify(ofKind.map(allColumns)), ...shared, batch.batchId]);
  }
}

function keyColumns({ enterpriseId, fact }: NewVersion): Values {
  return { enterprise_id: enterpriseId, ...fact.key };
}

function allColumns(version: NewVersion): Values {
  const { fact } = version;
  return {
    ...keyColumns(version),
    disclosure_id: version.disclosureId,
    item_no: version.itemNo,
    is_standing: version.isStanding,
    is_correction: version.isCorrection,
    content_hash: fact.contentHash,
    ...fact.content,
    ...fact.aside,
  };
}

function kindsOf(kinds: readonly FactKind[]): Set<FactKind> {
  return new Set(kinds);
}

/** A record of named columns, for `jsonb_to_recordset`. */
function recordOf(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ');
}

function objectOf(columns: Readonly<Record<string, Value>>): string {
  return `jsonb_build_object(${Object.keys(columns)
    .map((name) => `'${name}', t.${name}`)
    .join(', ')})`;
}

function matchOn(columns: Readonly<Record<string, string>>): string {
  return Object.keys(columns)
    .map((name) => `t.${name} = x.${name}`)
    .join(' and ');
}

function liveSql(kind: FactKind): string {
  const { table, key, content } = PLANS[kind];
  return `
    select t.enterprise_id, ${objectOf(key)} as key, ${objectOf(content)} as content,
      jsonb_build_object('channel', t.channel, 'isStanding', t.is_standing, 'contentHash', t.content_hash) as statement
    from (select distinct * from jsonb_to_recordset($1::jsonb) as r(enterprise_id bigint, ${recordOf(key)})) x
    join ${table} t on t.enterprise_id = x.enterprise_id and ${matchOn(key)}
    where t.institution_id = $2 and t.known_to = 'infinity'`;
}

function endSql(kind: FactKind): string {
  const { table, key } = PLANS[kind];
  return `
    update ${table} t set known_to = $4::timestamptz
    from jsonb_to_recordset($1::jsonb) as x(enterprise_id bigint, ${recordOf(key)})
    where t.enterprise_id = x.enterprise_id and ${matchOn(key)}
      and t.institution_id = $2 and t.channel = $3 and t.known_to = 'infinity'`;
}

function insertSql(kind: FactKind): string {
  const { table, key, content, aside } = PLANS[kind];
  const given = {
    enterprise_id: 'bigint',
    ...key,
    disclosure_id: 'text',
    item_no: 'integer',
    is_standing: 'boolean',
    is_correction: 'boolean',
    content_hash: 'text',
    ...content,
    ...aside,
  };
  const names = Object.keys(given).join(', ');
  return `
    insert into ${table} (${names}, institution_id, channel, known_from, batch_id)
    select ${names}, $2, $3, $4::timestamptz, $5
    from jsonb_to_recordset($1::jsonb) as x(${recordOf(given)})
    order by enterprise_id`;
}
