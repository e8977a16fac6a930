import { type FieldCipher, type FieldPlace, openField, Refusal, sealField, type Tx } from '#kernel';

type OfItem = {
  readonly enterpriseId: string;
  readonly objectionId: string;
  readonly itemNo: number | null;
};
type Table = 'rights.objection_items' | 'rights.objection_steps';

/** Bound to the item: moved to another one, or to another column, values do not open. */
export function valuesPlace(
  table: Table,
  { enterpriseId, objectionId, itemNo }: OfItem,
  column: 'fields' | 'corrected_fields' = 'fields',
): FieldPlace {
  return { table, column: `${column} ${objectionId}/${itemNo}`, owner: `enterprise:${enterpriseId}` };
}

export function namePlace(
  { enterpriseId, objectionId }: Pick<OfItem, 'enterpriseId' | 'objectionId'>,
  sha256: string,
): FieldPlace {
  const column = `attachment ${objectionId}/${sha256}`;
  return { table: 'rights.objections', column, owner: `enterprise:${enterpriseId}` };
}

/** Seals what an objection holds of a record under the enterprise's data key. */
export async function sealValues(
  tx: Tx,
  cipher: FieldCipher,
  place: FieldPlace,
  values: readonly (object | string)[],
): Promise<string> {
  return await sealField(tx, cipher, place, JSON.stringify(values));
}

/** Null where nothing is held, and where the enterprise's key was destroyed as the law asks. Throws `fields.unreadable`. */
export async function openValues<Value>(
  tx: Tx,
  cipher: FieldCipher,
  place: FieldPlace,
  sealed: string | null,
): Promise<readonly Value[] | null> {
  if (sealed === null) return null;
  try {
    return JSON.parse(await openField(tx, cipher, place, sealed)) as readonly Value[];
  } catch (error) {
    if (error instanceof Refusal && error.code === 'fields.shredded') return null;
    throw error;
  }
}
