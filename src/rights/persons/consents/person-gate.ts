import { beijingDate, type Clock, type EnterpriseId, type Tx } from '#kernel';
import type { PersonGate } from '#information';
import { readMergedIds } from '#lists';
import type { PersonsDefinition } from '../definition/load-persons.ts';

type GateParts = { readonly clock: Clock; readonly persons: PersonsDefinition };

/**
 * 单独同意的一处检查 (articles 23, 29): what an institution receives of a natural person that no law publishes, it receives under
 * that person's separate consent for this purpose and this institution, and else not at all. Personal fields by which nobody can
 * be told from others are never given. Whoever was not yet found in new records has consented to nothing.
 */
export function openPersonGate({ clock, persons }: GateParts): PersonGate {
  const guarded = guardedFields(persons);
  return {
    guards: (contractId, field) => guarded.get(contractId)?.has(field) ?? false,
    async findReleased(tx, { enterpriseId, institutionId, purpose, records }) {
      const asked = records.filter(({ contract }) => guarded.has(contract));
      if (asked.length === 0) return () => false;
      const rows = await readReleased(tx, {
        enterpriseId,
        institutionId,
        purpose,
        records: asked.map(({ record }) => record),
        today: beijingDate(clock.now()),
      });
      const released = new Set(
        rows.flatMap(({ contract, record, role }) => fieldsOf(persons, { contract, role }, record)),
      );
      return (contract, record, field) => released.has(`${contract} ${record} ${field}`);
    },
  };
}

/** By contract; what a law publishes is not among them. */
function guardedFields({ mentions, unmatched }: PersonsDefinition): ReadonlyMap<string, ReadonlySet<string>> {
  const guarded = new Map<string, Set<string>>();
  for (const { contract, fields, lawfulWithout } of [...mentions, ...unmatched]) {
    if (lawfulWithout) continue;
    guarded.set(contract, new Set([...(guarded.get(contract) ?? []), ...fields]));
  }
  return guarded;
}

function fieldsOf(
  { mentions }: PersonsDefinition,
  { contract, role }: { readonly contract: string; readonly role: string },
  record: string,
): string[] {
  const definition = mentions.find((one) => one.contract === contract && one.role === role);
  return (definition?.fields ?? []).map((field) => `${contract} ${record} ${field}`);
}

type Asked = {
  readonly enterpriseId: EnterpriseId;
  readonly institutionId: string;
  readonly purpose: string;
  readonly records: readonly string[];
  readonly today: string;
};

async function readReleased(tx: Tx, asked: Asked) {
  return await tx.rows<{ contract: string; record: string; role: string }>(
    `select m.contract_id as contract, m.record_id as record, m.role
     from rights.person_mentions m
     join rights.persons p on p.link_digest = m.link_digest and p.state = 'bound'
     join rights.person_consents c on c.person_id = p.person_id and c.withdrawn_at is null and c.valid_to >= $5::date
       and c.purpose = $2 and c.recipient = $3 and m.role = any(c.roles)
     where m.enterprise_id = any($1::bigint[]) and m.record_id = any($4::text[])`,
    [
      await readMergedIds(tx, asked.enterpriseId),
      asked.purpose,
      asked.institutionId,
      asked.records,
      asked.today,
    ],
  );
}
