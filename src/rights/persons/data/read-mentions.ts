import assert from 'node:assert';
import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { type Contract, readDatasets, readKnownAt, type RecordVersion } from '#lists';
import { systemCaller } from '#platform';
import { decide, type PermittedField } from '#security';
import type { MentionDefinition } from '../definition/load-persons.ts';
import { personsRefusal } from '../definition/persons-refusals.ts';
import type { Person } from '../identity/person-store.ts';
import type { PersonsContext } from '../persons-context.ts';
import { PERSONS_LIMITS } from '../persons-limits.ts';

/** A record in which the person stands. */
export type MentionAddress = {
  readonly enterpriseId: EnterpriseId;
  readonly contract: string;
  /** `<delivery>:<row>` */
  readonly record: string;
  readonly role: string;
};

/** Every record that ever named the person, in the order of enterprises and contracts; behind `after`, where a page ended. */
export async function selectMentions(
  tx: Tx,
  { linkDigest }: Pick<Person, 'linkDigest'>,
  limit: number = PERSONS_LIMITS.recordsMax,
): Promise<MentionAddress[]> {
  const rows = await tx.rows<Omit<MentionAddress, 'enterpriseId'> & { enterpriseId: string }>(
    `select enterprise_id::text as "enterpriseId", contract_id as contract, record_id as record, role
     from rights.person_mentions where link_digest = $1
     order by known_from desc, enterprise_id, contract_id, record_id, role limit $2`,
    [linkDigest, limit],
  );
  return rows.map((row) => ({ ...row, enterpriseId: toEnterpriseId(row.enterpriseId) }));
}

/** Throws `persons.not_about_you`, also where the record is about somebody else. */
export async function requireMention(
  tx: Tx,
  { linkDigest }: Pick<Person, 'linkDigest'>,
  { contract, record }: { readonly contract: string; readonly record: string },
): Promise<MentionAddress> {
  const [row] = await tx.rows<Omit<MentionAddress, 'enterpriseId'> & { enterpriseId: string }>(
    `select enterprise_id::text as "enterpriseId", contract_id as contract, record_id as record, role
     from rights.person_mentions where link_digest = $1 and contract_id = $2 and record_id = $3 limit 1`,
    [linkDigest, contract, record],
  );
  if (row === undefined) throw personsRefusal('persons.not_about_you');
  return { ...row, enterpriseId: toEnterpriseId(row.enterpriseId) };
}

/** A record in which the person stands, as it is now. */
export type LiveMention = MentionAddress & {
  readonly definition: MentionDefinition;
  readonly contractInForce: Contract;
  readonly fields: readonly PermittedField[];
  readonly version: RecordVersion;
};

/**
 * Those of the records that are live and in use: what was withheld, repaired or annulled, and what a later delivery took the
 * place of, is absent as it is for everyone but the enterprise. The node reads for the person, as its own work; one statement
 * for each enterprise.
 */
export async function readLiveMentions(
  tx: Tx,
  context: PersonsContext,
  addresses: readonly MentionAddress[],
): Promise<LiveMention[]> {
  const byEnterprise = Map.groupBy(addresses, ({ enterpriseId }) => enterpriseId);
  const live: LiveMention[] = [];
  for (const [subject, own] of byEnterprise) {
    const ids = [...new Set(own.map(({ contract }) => contract))];
    const contracts = ids.flatMap((id) => context.catalogue.contracts.get(id) ?? []);
    if (contracts.length === 0) continue;
    const permit = decide(tx, context.policies, {
      caller: systemCaller('person_requests'),
      purpose: 'operate',
      subject,
      contracts,
      asOf: { knownAt: await readKnownAt(tx, ids) },
    });
    const limit = PERSONS_LIMITS.recordsPerDatasetMax;
    for (const { contract, records, fields } of await readDatasets(tx, permit, { contracts, limit })) {
      const versions = new Map(records.map((version) => [version.recordId, version]));
      for (const address of own.filter((one) => one.contract === contract.id)) {
        const version = versions.get(address.record);
        const definition = definitionOf(context, address);
        if (version === undefined) continue;
        live.push({ ...address, definition, contractInForce: contract, fields, version });
      }
    }
  }
  return live;
}

export function definitionOf(
  { persons }: Pick<PersonsContext, 'persons'>,
  { contract, role }: Pick<MentionAddress, 'contract' | 'role'>,
): MentionDefinition {
  const found = persons.mentions.find((one) => one.contract === contract && one.role === role);
  assert(found !== undefined, `the definition still speaks of ${contract} ${role}`);
  return found;
}
