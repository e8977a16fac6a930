import { inTransaction, toEnterpriseId, type Tx } from '#kernel';
import type { ObjectionContext } from '../objection-context.ts';
import { sealValues, valuesPlace } from '../sealed-values.ts';

/** Rows that one transaction seals. */
const ROWS_PER_STEP = 200;

/**
 * Seals values that were written in clear before values were sealed; finds nothing once that is done. Returns how many rows.
 */
export async function sealOlderValues(context: ObjectionContext): Promise<number> {
  let sealed = 0;
  for (const seal of [sealItems, sealSteps])
    for (;;) {
      const done = await inTransaction(context.database, (tx) => seal(tx, context));
      if (done === 0) break;
      sealed += done;
    }
  return sealed;
}

type Clear = {
  readonly enterpriseId: string;
  readonly objectionId: string;
  readonly itemNo: number | null;
  readonly stepNo: number;
  readonly fields: readonly object[] | null;
  readonly correctedFields: readonly object[] | null;
};

async function sealItems(tx: Tx, { cipher }: ObjectionContext): Promise<number> {
  const rows = await tx.rows<Clear>(
    `select enterprise_id::text as "enterpriseId", objection_id as "objectionId", item_no as "itemNo", fields,
       corrected_fields as "correctedFields"
     from rights.objection_items where fields is not null or corrected_fields is not null
     order by enterprise_id, objection_id, item_no limit $1 for update`,
    [ROWS_PER_STEP],
  );
  for (const row of rows) {
    const seal = async (column: 'fields' | 'corrected_fields', values: readonly object[] | null) =>
      values === null
        ? null
        : await sealValues(tx, cipher, valuesPlace('rights.objection_items', row, column), values);
    await tx.rows(
      `update rights.objection_items set fields = null, corrected_fields = null,
         fields_sealed = coalesce($4, fields_sealed), corrected_fields_sealed = coalesce($5, corrected_fields_sealed)
       where enterprise_id = $1 and objection_id = $2 and item_no = $3`,
      [
        toEnterpriseId(row.enterpriseId),
        row.objectionId,
        row.itemNo,
        await seal('fields', row.fields),
        await seal('corrected_fields', row.correctedFields),
      ],
    );
  }
  return rows.length;
}

async function sealSteps(tx: Tx, { cipher }: ObjectionContext): Promise<number> {
  const rows = await tx.rows<Clear>(
    `select enterprise_id::text as "enterpriseId", objection_id as "objectionId", item_no as "itemNo", step_no as "stepNo", fields
     from rights.objection_steps where fields is not null
     order by enterprise_id, objection_id, step_no limit $1 for update`,
    [ROWS_PER_STEP],
  );
  for (const row of rows) {
    const place = valuesPlace('rights.objection_steps', row);
    await tx.rows(
      `update rights.objection_steps set fields = null, fields_sealed = $4
       where enterprise_id = $1 and objection_id = $2 and step_no = $3`,
      [
        toEnterpriseId(row.enterpriseId),
        row.objectionId,
        row.stepNo,
        await sealValues(tx, cipher, place, row.fields ?? []),
      ],
    );
  }
  return rows.length;
}
