import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import type { Refusal } from '#kernel';

/** A file under `monitoring/` in a folder of models, and what says that it does not hold. */
export type TermsFile<Shape extends TSchema> = {
  readonly name: string;
  readonly shape: Shape;
  readonly refuse: (params: { readonly file: string; readonly reason: string }) => Refusal;
};

export const TERMS_WORDS = Type.Object(
  { zh: Type.String(), en: Type.String() },
  { additionalProperties: false },
);

/**
 * Reads the file of the last folder that has one, so that a city's own replaces the package's. Throws what `refuse` makes
 * where no folder has it or it has another shape.
 */
export function readTerms<Shape extends TSchema>(
  folders: readonly string[],
  { name, shape, refuse }: TermsFile<Shape>,
): { readonly file: string; readonly terms: Static<Shape> } {
  const file = folders.map((folder) => join(folder, 'monitoring', name)).findLast((path) => existsSync(path));
  if (file === undefined) throw refuse({ file: `monitoring/${name}`, reason: 'missing' });
  const found: unknown = parse(readFileSync(file, 'utf8'));
  if (!Value.Check(shape, found)) throw refuse({ file, reason: reasonsOf(shape, found) });
  return { file, terms: found };
}

function reasonsOf(shape: TSchema, found: unknown): string {
  const errors = [...Value.Errors(shape, found)].slice(0, 5);
  return errors.map(({ instancePath, message }) => `${instancePath || '/'} ${message}`).join('; ');
}
