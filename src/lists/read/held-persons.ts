import { assertProof, type EnterpriseId } from '#kernel';
import type { Grant } from '#security';
import type { Contract, Field } from '../contract/shape.ts';
import { tableName } from '../store/table-plan.ts';

/** Puts a value into the caller's statement and says its place, as `$1`. */
export type Bind = (value: unknown) => string;

export type HeldRequest = {
  /** With the fields of persons that count; none: the record counts, and no person with it. */
  readonly contracts: readonly { readonly contract: Contract; readonly fields: readonly string[] }[];
  /** What the node held at any instant between. */
  readonly from: Date;
  readonly to: Date;
  /** Only of these; absent: of every enterprise. */
  readonly enterpriseIds?: readonly EnterpriseId[] | undefined;
};

/**
 * What the node held of whom: a parenthesised select with enterprise_id, contract_id, delivery_no, row_no and person, for counts
 * alone. `person` is a digest that tells persons of one enterprise apart: by name, else by number of identity, else by telephone
 * or address; one person is one in each enterprise, not over several. The Grant is of such an act.
 */
export function heldPersonsRelation(grant: Grant, asked: HeldRequest, bind: Bind): string {
  assertProof(grant, 'Grant');
  const { contracts, enterpriseIds } = asked;
  const [from, to] = [bind(asked.from), bind(asked.to)];
  const whose =
    enterpriseIds === undefined ? '' : ` and r.enterprise_id = any(${bind(enterpriseIds)}::bigint[])`;
  const parts = contracts.map(({ contract, fields }) => {
    const of = personColumns(contract.fields.filter(({ name }) => fields.includes(name)));
    const values = of.length === 0 ? '(null::text)' : of.map((name) => `(r.${name}::text)`).join(', ');
    return `select r.enterprise_id, ${bind(contract.id)}::text as contract_id, r.delivery_no, r.row_no,
        encode(sha256(convert_to(p.value, 'UTF8')), 'hex') as person
      from ${tableName(contract)} r cross join lateral (values ${values}) as p (value)
      where r.known_from < ${to} and r.known_to > ${from}${whose}`;
  });
  return `(${parts.join('\n      union all\n      ')})`;
}

/** Enterprises that are natural persons themselves: a parenthesised select with enterprise_id. */
export function soleTradersRelation(grant: Grant): string {
  assertProof(grant, 'Grant');
  return `(select e.enterprise_id from lists.enterprises e where e.kind = 'sole_trader')`;
}

/** The fields of the first kind that there are any of: a name and a number beside it are one person. */
function personColumns(fields: readonly Field[]): string[] {
  const kinds = [['person'], ['id_number'], ['phone', 'email']] as const;
  for (const kind of kinds) {
    const found = fields.filter((field) => (kind as readonly string[]).includes(field.kind));
    if (found.length > 0) return found.map(({ name }) => name);
  }
  return [];
}
