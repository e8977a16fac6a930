import { CONSENT_PURPOSES, INSTITUTION_TYPES } from '#security';
import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[a-z][a-z0-9_]{1,39}$' });
const Count = Type.Integer({ minimum: 1, maximum: 10_000 });
const Version = Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' });

const Span = Type.Object({ count: Count, unit: Type.Enum(['day', 'month', 'year']) }, strict);
const Rate = Type.Object({ count: Count, unit: Type.Enum(['day', 'week', 'month']) }, strict);

/** Upper bounds for some purposes, products and dataset groups; absent products or groups mean any. */
const Bound = Type.Object(
  {
    purposes: Type.Array(Type.Enum([...CONSENT_PURPOSES]), { minItems: 1, uniqueItems: true }),
    products: Type.Optional(Type.Array(Id, { minItems: 1, uniqueItems: true })),
    groups: Type.Optional(Type.Array(Id, { minItems: 1, uniqueItems: true })),
    validityMax: Span,
    frequencyMax: Rate,
    dataRangeMax: Span,
    dataLifeMax: Span,
  },
  strict,
);

/** One kind of institution: a file `<institutionType>.yaml`. */
export const InstitutionBounds = Type.Object(
  {
    institutionType: Type.Enum([...INSTITUTION_TYPES]),
    version: Version,
    /** Who decided it: a document's number, or `proposal`. */
    source: Type.String({ minLength: 2, maxLength: 200 }),
    bounds: Type.Array(Bound, { minItems: 1, maxItems: 100 }),
  },
  strict,
);

/** Which datasets are bounded together: the file `groups.yaml`. A dataset in no group is in `other`. */
export const DatasetGroups = Type.Object(
  {
    version: Version,
    source: Type.String({ minLength: 2, maxLength: 200 }),
    groups: Type.Array(
      Type.Object(
        {
          id: Id,
          nameZh: Type.String({ minLength: 2, maxLength: 20 }),
          nameEn: Type.String({ minLength: 2, maxLength: 60 }),
          contracts: Type.Array(Type.String({ pattern: '^[nbv][0-9]{2}_[a-z0-9_]{2,50}$' }), {
            minItems: 1,
            uniqueItems: true,
          }),
        },
        strict,
      ),
      { minItems: 1, maxItems: 60 },
    ),
  },
  strict,
);

export type Span = Static<typeof Span>;
export type Rate = Static<typeof Rate>;
export type Bound = Static<typeof Bound>;
export type InstitutionBounds = Static<typeof InstitutionBounds>;
export type DatasetGroups = Static<typeof DatasetGroups>;
