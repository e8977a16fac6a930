import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { qualityRefusal } from './quality-refusals.ts';

/** The value if it has the shape; else refuses with `quality.definition_not_valid`, naming the file and each reason. */
export function requireShape<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
  file: string,
): Static<Schema> {
  const reasons = [...Value.Errors(schema, value)].map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
  if (reasons.length > 0)
    throw qualityRefusal('quality.definition_not_valid', { file, reasons: reasons.slice(0, 10).join('; ') });
  return value as Static<Schema>;
}
