import { type Clock, type EnterpriseId, type KeyStore, toEnterpriseId, type Tx } from '#kernel';
import { freezeMandatesOf } from '#platform';
import type { Contract } from '../contract/shape.ts';
import { tableName } from '../store/table-plan.ts';

/** What was just published, and of whom: of one enterprise, or of every subject in `staged`. */
export type Registration = {
  readonly contract: Contract;
  readonly deliveryNo: string;
  readonly knownFrom: Date;
  readonly enterpriseId?: string;
};

/** 法定代表人 and the number of their document, under the names that a registering contract gives them. */
const NAME = 'legal_representative';
const NUMBER = 'legal_representative_cert_no';

/**
 * A registration that names another 法定代表人 than the last one that named any: what the former one holds and gave
 * rests from the very commit that publishes it (policy article 12). Called in the transaction of the publication, after
 * its rows are in. Returns how many mandates were frozen.
 */
export async function followRepresentatives(
  tx: Tx,
  { keys, clock }: { readonly keys: KeyStore; readonly clock: Clock },
  registration: Registration,
): Promise<number> {
  const { contract } = registration;
  const names = new Set(contract.fields.map(({ name }) => name));
  if (contract.registers !== true || !names.has(NAME)) return 0;
  if (await isFirst(tx, registration)) return 0;
  const changed = await findChanged(tx, registration, names.has(NUMBER));
  if (changed.length === 0) return 0;
  const act = { by: 'system:register', keys, clock };
  return await freezeMandatesOf(tx, act, { enterpriseIds: changed, reason: 'representative_changed' });
}

/** The first file of a city names millions of representatives, and nobody before them. */
async function isFirst(tx: Tx, { contract, deliveryNo }: Registration): Promise<boolean> {
  const earlier = await tx.rows(
    'select from lists.deliveries where contract_id = $1 and delivery_no <> $2 and known_from is not null limit 1',
    [contract.id, deliveryNo],
  );
  return earlier.length === 0;
}

/** With those whom the enterprises were merged into: people act for either under one representative. */
async function findChanged(tx: Tx, registration: Registration, hasNumber: boolean): Promise<EnterpriseId[]> {
  const { contract, deliveryNo, knownFrom, enterpriseId } = registration;
  const rows = await tx.rows<{ enterprise_id: string }>(
    `with changed as (
       select n.enterprise_id
       from (${enterpriseId === undefined ? STAGED : 'select $3::bigint as enterprise_id'}) s
       join ${tableName(contract)} n on n.enterprise_id = s.enterprise_id
         and n.delivery_no = $1 and n.known_from = $2 and n.${NAME} is not null
       cross join lateral (
         select o.${NAME} as name, ${hasNumber ? `o.${NUMBER}` : 'null'} as number
         from ${tableName(contract)} o
         where o.enterprise_id = n.enterprise_id and o.known_from < $2 and o.${NAME} is not null
         order by o.known_from desc limit 1) last
       where last.name <> n.${NAME}${hasNumber ? ` or last.number <> n.${NUMBER}` : ''}
     )
     select enterprise_id from changed
     union
     select a.enterprise_id from changed
     join lists.enterprise_aliases a on a.alias_id = changed.enterprise_id and a.known_to = 'infinity'`,
    [deliveryNo, knownFrom, ...(enterpriseId === undefined ? [] : [enterpriseId])],
  );
  return rows.map((row) => toEnterpriseId(row.enterprise_id));
}

const STAGED = `
  select distinct c.enterprise_id
  from staged s join lists.enterprise_codes c on c.code = s.subject_code and c.known_to = 'infinity'`;
