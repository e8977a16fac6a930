import type { Tx } from '#kernel';
import type { PopulationPermit } from '#security';
import { parseMapping } from '../../check/mapping.ts';
import type { Catalogue } from '../../contract/load.ts';
import type { Contract } from '../../contract/shape.ts';
import { relation } from '../../read/relation.ts';
import { ownColumns } from '../../store/table-plan.ts';
import { quarantineKeyReader, type RowKey } from './quarantine-keys.ts';

/** Quarantined rows looked at in one step; a ticket stays open at the first step with a row not yet clean. */
const STEP_ROWS = 5_000;

/**
 * True when every quarantined row of the delivery has a live record of the same enterprise and natural key that a later
 * delivery brought. A row whose key cannot be read is never clean by itself. The Permit covers the contract.
 */
export async function areKeysClean(
  tx: Tx,
  permit: PopulationPermit,
  { deliveryNo, contract, catalogue }: { deliveryNo: string; contract: Contract; catalogue: Catalogue },
): Promise<boolean> {
  const [file] = await tx.rows<{ mapping: string; header: string[] | null }>(
    `select mapping, summary -> 'header' as header from lists.deliveries where delivery_no = $1 and summary is not null`,
    [deliveryNo],
  );
  const readable = new Set(permit.fields(contract.id).map(({ name }) => name));
  if (file === undefined || contract.naturalKey.some((name) => !readable.has(name))) return false;
  const mapping = file.mapping === '' ? undefined : parseMapping(file.mapping);
  const readKey = quarantineKeyReader(contract, { header: file.header, mapping }, catalogue.codeTables);
  const clean = cleanSql(tx, permit, contract);
  let rowsSeen = 0;
  for (let afterRow = -1; ; ) {
    const rows = await readStep(tx, deliveryNo, afterRow);
    const last = rows.at(-1);
    if (last === undefined) return rowsSeen > 0;
    const keys = rows.map(({ raw }) => readKey(raw));
    if (!(await areLive(tx, clean, keys, deliveryNo))) return false;
    rowsSeen += rows.length;
    afterRow = last.row_no;
  }
}

async function readStep(
  tx: Tx,
  deliveryNo: string,
  afterRow: number,
): Promise<{ row_no: number; raw: unknown }[]> {
  return await tx.rows<{ row_no: number; raw: unknown }>(
    `select row_no, (array_agg(raw) filter (where raw is not null))[1] as raw from lists.defects
     where delivery_no = $1 and row_no > $2 and severity = 'block' group by row_no order by row_no limit $3`,
    [deliveryNo, afterRow, STEP_ROWS],
  );
}

async function areLive(
  tx: Tx,
  sql: string,
  keys: readonly (RowKey | null)[],
  deliveryNo: string,
): Promise<boolean> {
  const known = keys.filter((key) => key !== null);
  if (known.length < keys.length) return false;
  const parts = (known[0]?.key ?? []).map((_, at) => known.map(({ key }) => key[at] ?? ''));
  const [row] = await tx.rows<{ missing: number }>(sql, [
    deliveryNo,
    known.map(({ code }) => code),
    known.map(({ nameKey }) => nameKey),
    ...parts,
  ]);
  return row?.missing === 0;
}

/** Counts keys without a live record of a later delivery; $1 delivery, $2 codes, $3 name keys, then the key's parts. */
function cleanSql(tx: Tx, permit: PopulationPermit, contract: Contract): string {
  const types = new Map(ownColumns(contract).map(({ name, type }) => [name, type]));
  const parts = contract.naturalKey.map((name, at) => ({ name, type: types.get(name), parameter: at + 4 }));
  const arrays = parts.map(({ parameter }) => `, $${parameter}::text[]`).join('');
  const columns = parts.map(({ parameter }) => `, k${parameter}`).join('');
  const equal = parts
    .map(({ name, type, parameter }) => `and r.${name} = w.k${parameter}::${type}`)
    .join(' ');
  return `
    select count(*)::integer as missing
    from unnest($2::text[], $3::text[]${arrays}) as w(code, name_key${columns})
    left join lists.enterprise_codes c on c.code = w.code and c.known_to = 'infinity'
    where not exists (
      select from ${relation(tx, permit, contract)} r
      where r.enterprise_id in (
          select c.enterprise_id union all
          select n.enterprise_id from lists.enterprise_names n
          where c.enterprise_id is null and w.code = '' and n.name_key = w.name_key and n.known_to = 'infinity')
        and r.delivery_no > $1::bigint ${equal})`;
}
