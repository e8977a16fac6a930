import { canonicalHash, type EnterpriseId, type Tx } from '#kernel';
import { type Contract, findEnterprise, heldPersonsRelation, soleTradersRelation } from '#lists';
import { type Caller, disclosedRelation, type Grant, requireAllowed } from '#security';
import type { ProcessingContext } from '../processing-context.ts';
import { PROCESSING_LIMITS } from '../processing-limits.ts';
import { incidentRefusal } from '../processing-refusals.ts';
import { personalFieldsOf } from '../register/generate-register.ts';
import { requireStep, takeIncident, writeStep } from './incident-store.ts';

export type ScopeAsked = {
  /** `disclosures`: what left the node went astray; `records`: what the node itself holds did. */
  readonly basis: 'disclosures' | 'records';
  readonly contracts: readonly string[];
  /** `<contract>.<field>`; of a contract without any, everything. */
  readonly fields?: readonly string[] | undefined;
  readonly from: Date;
  readonly to: Date;
  /** Institutions and platforms; of `disclosures` only. */
  readonly participants?: readonly string[] | undefined;
  /** Any codes; absent: every enterprise. */
  readonly enterprises?: readonly string[] | undefined;
};

/** Numbers and no names. `persons`: natural persons named in records, counted once in each enterprise. */
export type IncidentScope = {
  readonly enterprises: number;
  readonly disclosures: number;
  readonly records: number;
  readonly persons: number;
  readonly soleTraders: number;
};

/**
 * Finds whom the incident concerns, by one statement over disclosures or records, and keeps the enterprises to be told; a later
 * scope takes its place, except for those who were told. No value is read out. Throws the policy's refusal, `incidents.unknown`,
 * `incidents.not_now`, `incidents.scope_not_valid`.
 */
export async function scopeIncident(
  tx: Tx,
  context: ProcessingContext,
  {
    caller,
    incident,
    scope,
  }: { readonly caller: Caller; readonly incident: string; readonly scope: ScopeAsked },
): Promise<IncidentScope> {
  const grant = requireAllowed(context.policies, caller, 'handle_incident');
  const held = await takeIncident(tx, incident);
  requireStep(held, 'scoped');
  const shaped = await shapeScope(tx, context, scope);
  await tx.rows('delete from rights.incident_notices where incident_id = $1 and told_at is null', [incident]);
  await insertConcerned(tx, grant, { incident, scope: shaped });
  const counts = await countScope(tx, grant, incident);
  const { enterprises, persons, soleTraders } = counts;
  await tx.rows(
    'update rights.incidents set enterprises = $2, persons = $3, sole_traders = $4 where incident_id = $1',
    [incident, enterprises, persons, soleTraders],
  );
  await writeStep(tx, context, held, {
    act: 'scoped',
    caller,
    facts: { ...describeScope(scope), ...counts },
  });
  return counts;
}

type ShapedScope = Omit<ScopeAsked, 'contracts' | 'fields' | 'enterprises'> & {
  readonly contracts: readonly {
    readonly contract: Contract;
    readonly asked: readonly string[];
    readonly personal: readonly string[];
  }[];
  readonly enterpriseIds?: readonly EnterpriseId[] | undefined;
};

async function shapeScope(
  tx: Tx,
  { catalogue, processing }: ProcessingContext,
  scope: ScopeAsked,
): Promise<ShapedScope> {
  const { contracts: ids, fields = [], enterprises, ...rest } = scope;
  const faults = faultsOf(scope, catalogue.contracts);
  if (faults.length > 0)
    throw incidentRefusal('incidents.scope_not_valid', { reasons: faults.slice(0, 10).join('; ') });
  const contracts = [...new Set(ids)].flatMap((id) => {
    const contract = catalogue.contracts.get(id);
    if (contract === undefined) return [];
    const asked = fields.filter((name) => name.startsWith(`${id}.`)).map((name) => name.slice(id.length + 1));
    const personal = personalFieldsOf(contract, processing).map(({ field }) => field);
    const concerned = asked.length === 0 ? personal : personal.filter((name) => asked.includes(name));
    return [{ contract, asked, personal: concerned }];
  });
  const enterpriseIds: EnterpriseId[] = [];
  for (const code of enterprises ?? []) enterpriseIds.push((await findEnterprise(tx, code)).enterpriseId);
  return { ...rest, contracts, ...(enterprises !== undefined && { enterpriseIds }) };
}

function faultsOf(
  { basis, contracts: ids, fields = [], from, to, participants, enterprises }: ScopeAsked,
  contracts: ReadonlyMap<string, Contract>,
): string[] {
  const { scopedContractsMax, scopedFieldsMax, scopedInstitutionsMax, namedEnterprisesMax } =
    PROCESSING_LIMITS;
  const known = new Set(
    ids.flatMap((id) => contracts.get(id)?.fields.map(({ name }) => `${id}.${name}`) ?? []),
  );
  const tooMany = (name: string, count: number, max: number): string[] =>
    count > max ? [`${name}: at most ${max}`] : [];
  return [
    ...(ids.length === 0 ? ['contracts: none'] : []),
    ...ids.filter((id) => !contracts.has(id)).map((id) => `${id.slice(0, 60)}: no such contract`),
    ...fields.filter((name) => !known.has(name)).map((name) => `${name.slice(0, 120)}: no such field`),
    ...(from < to ? [] : ['from is not before to']),
    ...(basis === 'records' && participants !== undefined ? ['participants: of disclosures only'] : []),
    ...tooMany('contracts', ids.length, scopedContractsMax),
    ...tooMany('fields', fields.length, scopedFieldsMax),
    ...tooMany('participants', participants?.length ?? 0, scopedInstitutionsMax),
    ...tooMany('enterprises', enterprises?.length ?? 0, namedEnterprisesMax),
  ];
}

/** Those who were told stay as they are. */
async function insertConcerned(
  tx: Tx,
  grant: Grant,
  { incident, scope }: { readonly incident: string; readonly scope: ShapedScope },
): Promise<void> {
  const values: unknown[] = [incident];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const { basis, from, to, participants, enterpriseIds } = scope;
  const contracts = scope.contracts.map(({ contract, personal }) => ({ contract, fields: personal }));
  const held = heldPersonsRelation(grant, { contracts, from, to, enterpriseIds }, bind);
  const fields = new Map(scope.contracts.map(({ contract, asked }) => [contract.id, asked]));
  const ids = scope.contracts.map(({ contract }) => contract.id);
  const left = { contracts: ids, fields, from, to, participants, enterpriseIds };
  const concerned =
    basis === 'disclosures'
      ? `select d.enterprise_id, count(*)::int as disclosures from ${disclosedRelation(grant, left, bind)} d group by 1`
      : `select distinct h.enterprise_id, 0 as disclosures from held h`;
  await tx.rows(
    `with held as (
       select h.enterprise_id, count(distinct (h.contract_id, h.delivery_no, h.row_no))::int as records,
         count(distinct h.person)::int as persons
       from ${held} h group by 1
     ), concerned as (${concerned})
     insert into rights.incident_notices (enterprise_id, incident_id, disclosures, records, persons)
     select c.enterprise_id, $1, c.disclosures, coalesce(h.records, 0), coalesce(h.persons, 0)
     from concerned c left join held h using (enterprise_id)
     on conflict (enterprise_id, incident_id) do nothing`,
    values,
  );
}

async function countScope(tx: Tx, grant: Grant, incident: string): Promise<IncidentScope> {
  const [counts] = await tx.rows<IncidentScope>(
    `select count(*)::int as enterprises, coalesce(sum(n.disclosures), 0)::int as disclosures,
       coalesce(sum(n.records), 0)::int as records, coalesce(sum(n.persons), 0)::int as persons,
       count(s.enterprise_id)::int as "soleTraders"
     from rights.incident_notices n left join ${soleTradersRelation(grant)} s using (enterprise_id)
     where n.incident_id = $1`,
    [incident],
  );
  return counts ?? { enterprises: 0, disclosures: 0, records: 0, persons: 0, soleTraders: 0 };
}

/** Without codes of enterprises: how many were named, and their digest. */
function describeScope({
  basis,
  contracts,
  fields = [],
  from,
  to,
  participants,
  enterprises,
}: ScopeAsked): object {
  return {
    basis,
    contracts,
    fields,
    from: from.toISOString(),
    to: to.toISOString(),
    participants: participants ?? null,
    named: enterprises?.length ?? null,
    namedDigest: enterprises === undefined ? null : canonicalHash([...enterprises].toSorted()),
  };
}
