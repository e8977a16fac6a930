import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';

const Contracts = Type.Array(Type.String({ pattern: '^[nbv][0-9]{2}_[a-z0-9_]+$' }), { uniqueItems: true });

/** Which datasets the summary looks at, by contract id, in the order in which it names them. */
const OutlineShape = Type.Object(
  { basic: Contracts, adverse: Contracts, positive: Contracts },
  { additionalProperties: false },
);

export type Outline = Readonly<Static<typeof OutlineShape>>;

/** Reads `assets/report/outline.yaml` of the package; a broken file is a broken package and ends the start. */
export function readOutline(packageFolder: string): Outline {
  const file = join(packageFolder, 'assets/report/outline.yaml');
  const outline: unknown = parse(readFileSync(file, 'utf8'));
  if (!Value.Check(OutlineShape, outline)) {
    const reasons = Value.Errors(OutlineShape, outline).map(
      ({ instancePath, message }) => `${instancePath} ${message}`,
    );
    throw new TypeError(`${file}: ${[...reasons].join('; ')}`);
  }
  return Object.freeze(outline);
}
