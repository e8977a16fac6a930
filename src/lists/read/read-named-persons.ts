import assert from 'node:assert';
import { assertProof, type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { Grant } from '#security';
import type { Contract } from '../contract/shape.ts';
import { tableName } from '../store/table-plan.ts';

/** Where a contract names a natural person: the name, and the number, which is masked as it is stored. */
export type PersonFields = { readonly name: string; readonly number: string };

export type NamedPersonsAsked = {
  readonly contract: Contract;
  readonly fields: PersonFields;
  /** What became known after this instant … */
  readonly since: Date;
  /** … and by this one. */
  readonly until: Date;
  /** Behind this row, in the order of deliveries and rows; the first page begins behind `FIRST_ROW`. */
  readonly after: RowPlace;
  readonly limit: number;
};

export type RowPlace = { readonly deliveryNo: string; readonly rowNo: number };
export const FIRST_ROW: RowPlace = { deliveryNo: '0', rowNo: 0 };

export type NamedPerson = {
  readonly enterpriseId: EnterpriseId;
  /** `<delivery>:<row>` */
  readonly recordId: string;
  readonly place: RowPlace;
  readonly knownFrom: Date;
  readonly name: string;
  /** As stored: never whole. */
  readonly maskedNumber: string;
};

/**
 * Natural persons in the rows of a contract, live or not, whatever marks they bear: whose they are decides to whom a notice is
 * owed (Personal Information Protection Law article 17). For the node's own work, which keeps digests of what it reads here and
 * shows nobody a value: the Grant is of such an act.
 */
export async function readNamedPersons(
  tx: Tx,
  grant: Grant,
  asked: NamedPersonsAsked,
): Promise<NamedPerson[]> {
  assertProof(grant, 'Grant');
  const { contract, fields, since, until, after, limit } = asked;
  requireFields(contract, fields);
  const rows = await tx.rows<Row>(
    `select r.enterprise_id::text as enterprise_id, d.delivery_id || ':' || r.row_no as record,
       r.delivery_no::text as delivery_no, r.row_no, r.known_from, r.${fields.name} as name, r.${fields.number} as number
     from ${tableName(contract)} r join lists.deliveries d on d.delivery_no = r.delivery_no
     where r.known_from > $1 and r.known_from <= $2 and r.${fields.name} is not null and r.${fields.number} is not null
       and (r.delivery_no, r.row_no) > ($3::bigint, $4::integer)
     order by r.delivery_no, r.row_no limit $5`,
    [since, until, after.deliveryNo, after.rowNo, limit],
  );
  return rows.map(toNamedPerson);
}

type Row = {
  readonly enterprise_id: string;
  readonly record: string;
  readonly delivery_no: string;
  readonly row_no: number;
  readonly known_from: Date;
  readonly name: string;
  readonly number: string;
};

function toNamedPerson(row: Row): NamedPerson {
  return {
    enterpriseId: toEnterpriseId(row.enterprise_id),
    recordId: row.record,
    place: { deliveryNo: row.delivery_no, rowNo: row.row_no },
    knownFrom: row.known_from,
    name: row.name,
    maskedNumber: row.number,
  };
}

function requireFields({ id, fields }: Contract, { name, number }: PersonFields): void {
  const known = new Map(fields.map((field) => [field.name, field.kind]));
  assert(known.has(name), `${id} has no field ${name}`);
  assert(known.get(number) === 'id_number', `${id}.${number} is not a number that is masked when stored`);
}
