/** The parts of a JSON Schema that examples are made by. */
export type ExampleSchema = {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ExampleSchema[];
  readonly properties?: Readonly<Record<string, ExampleSchema>>;
  readonly patternProperties?: Readonly<Record<string, ExampleSchema>>;
  readonly items?: ExampleSchema;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
};

/** Values by property name, for what a schema cannot say; a list when the same name has several meanings. */
export type Samples = Readonly<Record<string, unknown>>;

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-07-01T02:00:00.000Z',
  date: '2026-07-01',
  uri: 'https://credit.example.gov.cn/',
};

/** An example of what the schema describes; `name`: the property that holds it. The same schema gives the same one. */
export function exampleOf(schema: ExampleSchema, samples: Samples, name = ''): unknown {
  const [own] = schema.examples ?? [];
  if (own !== undefined) return own;
  if (schema.const !== undefined) return schema.const;
  const sample = sampleOf(schema, samples[name]);
  if (sample !== undefined) return sample;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf !== undefined) return exampleOf(schema.anyOf[0] ?? {}, samples, name);
  if (schema.properties !== undefined || schema.type === 'object') return objectOf(schema, samples);
  if (schema.type === 'array') {
    return schema.items === undefined ? [] : [exampleOf(schema.items, samples, singular(name))];
  }
  return scalarOf(schema);
}

/** The first sample of this name that is of the wanted form. */
function sampleOf(schema: ExampleSchema, found: unknown): unknown {
  const candidates: readonly unknown[] = Array.isArray(found) ? found : [found];
  return candidates.find((value) => value !== undefined && fits(schema, value));
}

function fits(schema: ExampleSchema, value: unknown): boolean {
  if (schema.anyOf !== undefined) return schema.anyOf.some((one) => fits(one, value));
  if (schema.enum !== undefined) return schema.enum.includes(value);
  switch (schema.type) {
    case 'string':
      return typeof value === 'string' && fitsText(schema, value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'object':
      return isObject(value) && (schema.required ?? []).every((name) => Object.hasOwn(value, name));
    case 'array':
      return (
        Array.isArray(value) && value.every((item) => schema.items !== undefined && fits(schema.items, item))
      );
    default:
      return false;
  }
}

function fitsText(
  { pattern = '', minLength = 0, maxLength = Infinity }: ExampleSchema,
  text: string,
): boolean {
  return text.length >= minLength && text.length <= maxLength && new RegExp(pattern, 'u').test(text);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf({ properties = {}, patternProperties = {} }: ExampleSchema, samples: Samples): unknown {
  const made = Object.entries(properties).map(
    ([name, schema]) => [name, exampleOf(schema, samples, name)] as const,
  );
  const [values] = Object.values(patternProperties);
  if (made.length === 0 && values !== undefined) return { name: exampleOf(values, samples, 'value') };
  return Object.fromEntries(made);
}

function scalarOf(schema: ExampleSchema): unknown {
  const { type, format = '', minimum = 0 } = schema;
  switch (type) {
    case 'string':
      return FORMATS[format] ?? textOf(schema);
    case 'integer':
    case 'number':
      return Math.max(1, minimum);
    case 'boolean':
      return true;
    default:
      return null;
  }
}

/** An id of this node, which is a prefix and 26 characters, or the first plain text that fits. */
function textOf(schema: ExampleSchema): string {
  const prefix = /^\^([a-z]{3})_\[[^\]]+\]\{26\}\$$/.exec(schema.pattern ?? '')?.[1];
  if (prefix !== undefined) return `${prefix}_01hzy3v9k2m4n6p8q0r1s2t3v4`;
  const texts = ['示例', 'example', '1', '2026-06', 'example-0001', 'EXAMPLE0001', 'example text of length'];
  return texts.find((text) => fitsText(schema, text)) ?? '示例';
}

function singular(name: string): string {
  return name.endsWith('ies') ? `${name.slice(0, -3)}y` : name.replace(/s$/, '');
}
