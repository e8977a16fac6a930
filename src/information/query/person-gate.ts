import type { Tx } from '#kernel';
import type { Asked } from './ask.ts';
import type { PersonGate, Released } from './person-gate-shape.ts';
import type { AnsweredDataset } from './query-shape.ts';

/**
 * The one check: guarded fields of an answer stay empty unless the person each record is about has consented to this institution
 * and purpose. Datasets without such fields cost nothing. What a source answered is of no record, and nobody's consent.
 */
export async function withholdPersons(
  tx: Tx,
  gate: PersonGate,
  { asked, datasets }: { readonly asked: Asked; readonly datasets: readonly AnsweredDataset[] },
): Promise<AnsweredDataset[]> {
  const guarded = datasets.filter(({ contract, records }) =>
    records.some(({ values }) => Object.keys(values).some((field) => gate.guards(contract, field))),
  );
  if (guarded.length === 0) return [...datasets];
  const released = await gate.findReleased(tx, {
    enterpriseId: asked.enterprise.enterpriseId,
    institutionId: asked.admission.institutionId,
    purpose: asked.permit.purpose,
    records: guarded.flatMap(({ contract, records }) =>
      records.flatMap(({ id }) => (id === null ? [] : [{ contract, record: id }])),
    ),
  });
  return datasets.map((dataset) => (guarded.includes(dataset) ? emptied(dataset, gate, released) : dataset));
}

function emptied(dataset: AnsweredDataset, gate: PersonGate, released: Released): AnsweredDataset {
  const { contract } = dataset;
  const mayLeave = (record: string | null, field: string): boolean =>
    !gate.guards(contract, field) || (record !== null && released(contract, record, field));
  const records = dataset.records.map((record) => ({
    ...record,
    values: Object.fromEntries(
      Object.entries(record.values).map(([field, value]) => [
        field,
        mayLeave(record.id, field) ? value : null,
      ]),
    ),
  }));
  return { ...dataset, records };
}
