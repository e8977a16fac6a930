import assert from 'node:assert';
import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { type Contract, readEnterprise, relation } from '#lists';
import { type Caller, decidePopulation } from '#security';
import { PORTRAIT_LIMITS, type PortraitContext } from './portrait-context.ts';
import { REGISTRATION } from './read-groups.ts';

const SHAREHOLDERS = 'n03_shareholders';

type Run = { readonly caller: Caller; readonly runId: string; readonly knownAt: Date };

/**
 * Makes anew what enterprises may have in common, from the published registration: codes of shareholders that are
 * enterprises, and persons by name, kept as digests. Returns how many keys there are.
 */
export async function refreshRelations(tx: Tx, context: PortraitContext, run: Run): Promise<number> {
  const [registration, shareholders] = [REGISTRATION, SHAREHOLDERS].map((id): Contract => {
    const contract = context.catalogue.contracts.get(id);
    assert(contract !== undefined, `the lists have ${id}`);
    return contract;
  });
  assert(registration !== undefined && shareholders !== undefined);
  const permit = decidePopulation(tx, context.policies, {
    caller: run.caller,
    purpose: 'evaluation',
    population: { kind: 'all' },
    contracts: [registration, shareholders],
    asOf: { knownAt: run.knownAt },
    runId: run.runId,
  });
  const represented = relation(tx, permit, registration, { fields: ['legal_representative'] });
  const held = relation(tx, permit, shareholders, {
    fields: ['shareholder_name', 'shareholder_uscc', 'left_as_shareholder_on'],
  });
  await tx.rows('delete from evaluation.relation_keys');
  const rows = await tx.rows<{ n: string }>(
    `with found as (
       select r.enterprise_id, 'person' as kind, ${digestOf('r.legal_representative')} as key, 'representative' as role
       from ${represented} r where r.legal_representative is not null
       union
       select r.enterprise_id, case when r.shareholder_uscc is null then 'person' else 'shareholder_code' end,
         ${digestOf('coalesce(r.shareholder_uscc, r.shareholder_name)')}, 'shareholder'
       from ${held} r where r.left_as_shareholder_on is null
     ), kept as (
       insert into evaluation.relation_keys (enterprise_id, kind, key, role)
       select enterprise_id, kind, key, role from found returning 1
     )
     select count(*) as n from kept`,
  );
  return Number(rows[0]?.n ?? 0);
}

function digestOf(column: string): string {
  return `encode(sha256(convert_to(regexp_replace(${column}, '\\s', '', 'g'), 'UTF8')), 'hex')`;
}

/** An enterprise that shares something with the one asked about; who it is that they share is not said. */
export type Related = {
  readonly code: string | null;
  readonly name: string;
  /** Shareholders that are enterprises, by their code. */
  readonly sharedShareholders: number;
  /** Persons of the same name among representatives and shareholders: two at least, or one beside a shared shareholder. */
  readonly sharedPersons: number;
};

export type Relations = { readonly shown: readonly Related[]; readonly total: number };

type Row = { enterprise_id: string; shareholders: number; persons: number; total: number };

/**
 * Enterprises related at depth 1. A name alone is no identity: one person of the same name relates nobody unless a
 * shareholder known by code, or a second person, is shared as well.
 */
export async function readRelations(tx: Tx, subject: EnterpriseId): Promise<Relations> {
  const rows = await tx.rows<Row>(RELATED, [
    subject,
    PORTRAIT_LIMITS.sharedMax,
    PORTRAIT_LIMITS.relationsMax,
  ]);
  const shown: Related[] = [];
  for (const row of rows) {
    const { code, name } = await readEnterprise(tx, toEnterpriseId(row.enterprise_id));
    shown.push({ code, name, sharedShareholders: row.shareholders, sharedPersons: row.persons });
  }
  return { shown, total: rows[0]?.total ?? 0 };
}

const RELATED = `
  with own as (
    select distinct kind, key from evaluation.relation_keys where enterprise_id = $1
  ), telling as (
    select o.kind, o.key from own o
    where (select count(*) from (
      select from evaluation.relation_keys k where k.key = o.key and k.kind = o.kind limit $2 + 1) counted) <= $2
  ), related as (
    select k.enterprise_id, count(distinct k.key) filter (where k.kind = 'shareholder_code')::integer as shareholders,
      count(distinct k.key) filter (where k.kind = 'person')::integer as persons
    from telling t join evaluation.relation_keys k on k.key = t.key and k.kind = t.kind
    where k.enterprise_id <> $1
    group by k.enterprise_id
  )
  select enterprise_id, shareholders, persons, count(*) over ()::integer as total from related
  where shareholders > 0 or persons > 1
  order by shareholders desc, persons desc, enterprise_id limit $3`;
