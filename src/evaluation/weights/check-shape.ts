import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { weightsRefusal } from './weights-refusals.ts';

/** The value as the schema says, or `weights.wrong_file` with the first place that is wrong. */
export function checkShape<Schema extends TSchema>(schema: Schema, value: unknown): Static<Schema> {
  if (Value.Check(schema, value)) return value;
  const [first] = Value.Errors(schema, value);
  throw wrongFile(first?.instancePath || '/', first?.message ?? 'not the shape that is needed');
}

export function wrongFile(where: string, reason: string): Error {
  return weightsRefusal('weights.wrong_file', { where, reason });
}
