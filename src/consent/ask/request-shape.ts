import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { CONSENT_LIMITS } from '../consent-limits.ts';
import { consentRefusal } from '../consent-refusals.ts';

const strict = { additionalProperties: false } as const;
const Participant = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{1,63}$' });
const Day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', format: 'date' });

const terms = {
  /** One of the financing purposes; looked up, so that any other is refused as such. */
  purpose: Type.String({ minLength: 1, maxLength: 60 }),
  /** The institution's product as the fair-use bounds name it. */
  product: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9_]{1,39}$' })),
  contracts: Type.Array(
    Type.Object(
      {
        id: Type.String({ minLength: 1, maxLength: 60 }),
        /** Absent: all of the dataset that can be consented to. */
        fields: Type.Optional(
          Type.Array(Type.String({ minLength: 1, maxLength: 60 }), {
            minItems: 1,
            maxItems: 60,
            uniqueItems: true,
          }),
        ),
      },
      strict,
    ),
    { minItems: 1, maxItems: CONSENT_LIMITS.contractsMax },
  ),
  fetch: Type.Enum(['once', 'periodic']),
  /** Periodic only: at most so many uses a period. */
  frequency: Type.Optional(
    Type.Object(
      {
        count: Type.Integer({ minimum: 1, maximum: 1_000 }),
        unit: Type.Enum(['day', 'week', 'month']),
      },
      strict,
    ),
  ),
  dataFrom: Day,
  /** Absent: up to the day of use. */
  dataTo: Type.Optional(Day),
  /** The last day of validity, Beijing date. */
  validTo: Day,
  /** How long the institution may keep what it was given. */
  dataLife: Type.Object(
    {
      count: Type.Integer({ minimum: 1, maximum: 1_000 }),
      unit: Type.Enum(['day', 'month', 'year']),
    },
    strict,
  ),
  /** The one office that may use it; absent: any office of the institution. */
  branch: Type.Optional(Participant),
  /** Further platforms through which it may be used; the one it is asked through is always among them. */
  platforms: Type.Optional(
    Type.Array(Participant, { maxItems: CONSENT_LIMITS.platformsMax, uniqueItems: true }),
  ),
};

/** What an institution or a platform asks an enterprise to agree to. */
export const ConsentRequest = Type.Object(
  { enterprise: Type.String({ minLength: 9, maxLength: 20, pattern: '^[0-9A-Za-z]+$' }), ...terms },
  strict,
);
export type ConsentRequest = Static<typeof ConsentRequest>;
export type RequestedTerms = Omit<ConsentRequest, 'enterprise'>;

/** The same in an OAuth request (RFC 9396). Who signs in is the enterprise; naming it makes sure that it is the one meant. */
export const ConsentDetail = Type.Union([
  Type.Object(
    {
      type: Type.Literal('credit_information'),
      enterprise: Type.Optional(ConsentRequest.properties.enterprise),
      /** A platform says for which institution. */
      institution: Type.Optional(Participant),
      ...terms,
    },
    strict,
  ),
  Type.Object(
    { type: Type.Literal('credit_information'), consent_id: Type.String({ minLength: 1, maxLength: 60 }) },
    strict,
  ),
]);
export type ConsentDetail = Static<typeof ConsentDetail>;

/** The value if it has the shape; else refuses with `consent.request_malformed`, naming the place and never the value. */
export function requireRequest(value: unknown): ConsentRequest {
  requireShape(ConsentRequest, value);
  return value as ConsentRequest; // the errors are none
}

/** As `requireRequest`, for the detail of an OAuth request. */
export function requireDetail(value: unknown): ConsentDetail {
  const [full, existing] = ConsentDetail.anyOf;
  const isReference = typeof value === 'object' && value !== null && 'consent_id' in value;
  requireShape(isReference ? existing : full, value);
  return value as ConsentDetail; // the errors are none
}

function requireShape(schema: TSchema, value: unknown): void {
  const [first] = Value.Errors(schema, value);
  if (first === undefined) return;
  throw consentRefusal('consent.request_malformed', {
    place: first.instancePath || '/',
    reason: first.message,
  });
}
