import type { Contract } from '#lists';

/**
 * Whether an objection may hold values of a field: those that nobody sees stand in their dataset alone, and an objection names
 * the field without saying what is in it.
 */
export function mayHoldValue({ fields }: Pick<Contract, 'fields'>, name: string): boolean {
  const disclosure = fields.find((field) => field.name === name)?.disclosure;
  return disclosure === 'public' || disclosure === 'authorised';
}
