import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });

const Delivery = Type.Object(
  {
    contract: Type.String(),
    provider: Type.String(),
    kind: Type.Union([Type.Literal('records'), Type.Literal('withdrawal')]),
    /** Relative to the city's folder. */
    file: Type.String(),
    /** The day to which the file tells. */
    asOf: Type.String({ format: 'date' }),
    /** What a delivery receipt should say when the files are delivered in this order to an empty node. */
    expected: Type.Object(
      {
        rows: Count,
        new: Count,
        changed: Count,
        unchanged: Count,
        held: Count,
        quarantined: Count,
        duplicateInFile: Count,
      },
      strict,
    ),
  },
  strict,
);

/** `city.json`: what was written, in the order in which it should be delivered. */
const CityManifest = Type.Object(
  {
    synthetic: Type.Literal(true),
    notice: Type.String(),
    format: Type.Literal(1),
    seed: Type.Integer(),
    enterprises: Count,
    defectShare: Type.Number(),
    from: Type.String(),
    months: Count,
    until: Type.String({ format: 'date' }),
    defaults: Count,
    deliveries: Type.Array(Delivery),
    /** What sources of followed data would answer; never delivered. */
    sources: Type.Array(Type.Object({ contract: Type.String(), file: Type.String(), rows: Count }, strict)),
    truth: Type.Object(
      {
        enterprises: Type.String(),
        defects: Type.String(),
        loans: Type.String(),
        /** Absent in a city of an earlier release. */
        liveLoans: Type.Optional(Type.String()),
      },
      strict,
    ),
  },
  strict,
);

export type CityDelivery = Readonly<Static<typeof Delivery>>;
export type CityManifest = Readonly<Static<typeof CityManifest>>;

export const MANIFEST_FILE = 'city.json';

export const NOTICE =
  '本目录全部为合成数据，由程序按种子生成，不含任何真实企业或者个人的信息。All data here are synthetic; no real enterprise or person is in them.';

/** Reads a written city; throws when there is none or the file is not a manifest. */
export async function readManifest(folder: string): Promise<CityManifest> {
  const value: unknown = JSON.parse(await readFile(join(folder, MANIFEST_FILE), 'utf8'));
  if (Value.Check(CityManifest, value)) return value;
  throw new TypeError(`${MANIFEST_FILE} does not describe a synthetic city`);
}
