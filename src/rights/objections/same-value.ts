import type { Field } from '#lists';

/** Whether two texts of one field say the same: numbers, instants and truth values have more than one spelling. */
export function isSameValue(
  { kind }: Pick<Field, 'kind'>,
  one: string | null,
  other: string | null,
): boolean {
  if (one === null || other === null) return one === other;
  if (one === other) return true;
  if (kind === 'money' || kind === 'decimal' || kind === 'integer') return Number(one) === Number(other);
  if (kind === 'timestamp') return Date.parse(one) === Date.parse(other);
  // `t` and `true` are PostgreSQL's own spellings.
  return kind === 'boolean' && one[0] === other[0];
}
