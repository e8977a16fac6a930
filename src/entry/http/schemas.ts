import { type TSchema, Type } from 'typebox';

const TwoLanguages = Type.Object({ zh: Type.String(), en: Type.String() });

/** Every error of the API has this form. */
export const ErrorBody = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ description: 'Closed list, never reused; see docs/errors.md' }),
      clause: Type.String({ description: 'Policy clause behind the refusal' }),
      message: TwoLanguages,
      remedy: TwoLanguages,
    }),
    requestId: Type.String(),
  },
  { title: 'Error' },
);

/** An answer and the errors: what is not declared here does not leave. */
export function answers<Answer extends TSchema>(answer: Answer) {
  return { 200: answer, '4xx': ErrorBody, '5xx': ErrorBody } as const;
}

/** Instants are ISO 8601 with offset Z, dates are Beijing dates. */
export const Instant = Type.String({ format: 'date-time' });
export const Day = Type.String({ format: 'date' });

export function nullable<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}

export const ContractId = Type.String({ pattern: '^[nbv][0-9]{2}_[a-z0-9_]{2,50}$' });
export const EnterpriseCode = Type.String({ minLength: 9, maxLength: 20, pattern: '^[0-9A-Za-z]+$' });

/** What an instant becomes on the wire. */
export type Wire<Value> = Value extends Date
  ? string
  : Value extends readonly (infer Item)[]
    ? Wire<Item>[]
    : Value extends object
      ? { -readonly [Key in keyof Value]: Wire<Value[Key]> }
      : Value;

/** The same value with instants as text; JSON has no other form for them. */
export function toWire<Value>(value: Value): Wire<Value> {
  return wireOf(value) as Wire<Value>;
}

function wireOf(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(wireOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, wireOf(part)]));
}
