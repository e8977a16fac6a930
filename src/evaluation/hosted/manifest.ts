import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { FINANCING_PURPOSES } from '#security';
import { HOSTED_LIMITS } from './hosted-limits.ts';
import { hostedRefusal } from './hosted-refusals.ts';

const strict = { additionalProperties: false } as const;
/** As a PMML field or a column of a tensor is named. */
const InputName = Type.String({ minLength: 1, maxLength: 100 });
const Words = {
  zh: Type.String({ minLength: 2, maxLength: 100, pattern: '\\p{Script=Han}' }),
  en: Type.String({ minLength: 2, maxLength: 200 }),
};

const Input = Type.Union([
  /** A value that the node computes. */
  Type.Object(
    {
      name: InputName,
      from: Type.Literal('indicator'),
      indicator: Type.String({ pattern: '^[a-z][a-z0-9_]{2,59}$' }),
    },
    strict,
  ),
  /** A value that the institution sends with each call; it is not kept. */
  Type.Object({ name: InputName, from: Type.Literal('call'), kind: Type.Enum(['number', 'text']) }, strict),
]);
export type HostedInput = Static<typeof Input>;

const Onnx = Type.Object(
  {
    /** Every input tensor of the model, and the inputs that fill it in order. */
    inputs: Type.Array(
      Type.Object(
        {
          tensor: Type.String({ minLength: 1, maxLength: 100 }),
          columns: Type.Array(InputName, { minItems: 1, maxItems: HOSTED_LIMITS.inputsMax }),
        },
        strict,
      ),
      { minItems: 1, maxItems: HOSTED_LIMITS.inputsMax },
    ),
    output: Type.Object(
      { tensor: Type.String({ minLength: 1, maxLength: 100 }), at: Type.Integer({ minimum: 0 }) },
      strict,
    ),
    better: Type.Enum(['higher', 'lower']),
    /** A reason is an input with which the score is worse than with the baseline in its place. */
    explain: Type.Array(
      Type.Object(
        { input: InputName, baseline: Type.Number(), code: Type.String({ minLength: 1, maxLength: 60 }) },
        strict,
      ),
      { maxItems: HOSTED_LIMITS.inputsMax },
    ),
  },
  strict,
);

const Manifest = Type.Object(
  {
    /** The institution's own name for the model; the same name with other content is the next version. */
    name: Type.String({ pattern: '^[a-z][a-z0-9_-]{1,59}$' }),
    title: Type.Object(Words, strict),
    format: Type.Enum(['pmml', 'onnx']),
    purposes: Type.Array(Type.Enum(FINANCING_PURPOSES), { minItems: 1, uniqueItems: true }),
    inputs: Type.Array(Input, { minItems: 1, maxItems: HOSTED_LIMITS.inputsMax }),
    /** Scores leave as `min`, `min + step` … `max` and nothing between. */
    output: Type.Object(
      { min: Type.Number(), max: Type.Number(), step: Type.Number({ exclusiveMinimum: 0 }) },
      strict,
    ),
    reasons: Type.Object(
      {
        max: Type.Integer({ minimum: 0, maximum: HOSTED_LIMITS.reasonsMax }),
        words: Type.Array(
          Type.Object({ code: Type.String({ minLength: 1, maxLength: 60 }), ...Words }, strict),
          {
            maxItems: HOSTED_LIMITS.inputsMax,
          },
        ),
      },
      strict,
    ),
    onnx: Type.Optional(Onnx),
  },
  strict,
);

/** What an institution declares of its model. */
export type HostedManifest = Static<typeof Manifest>;

/** Throws `hosted.manifest_wrong`, which names every fault with its place. */
export function requireManifest(value: unknown): HostedManifest {
  const faults = [...Value.Errors(Manifest, value)].map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
  requireNone(faults);
  const manifest = value as HostedManifest; // it has no faults of shape
  requireNone(faultsOf(manifest));
  return manifest;
}

function faultsOf({ format, onnx, inputs, output, reasons }: HostedManifest): string[] {
  const steps = (output.max - output.min) / output.step;
  const isOnnx = format === 'onnx';
  return [
    ...(isOnnx === (onnx !== undefined) ? [] : ['/onnx is there exactly for the format onnx']),
    ...duplicates(inputs.map(({ name }) => name)).map((name) => `/inputs has ${name} twice`),
    ...duplicates(reasons.words.map(({ code }) => code)).map((code) => `/reasons/words has ${code} twice`),
    ...(inputs.some(({ from }) => from === 'indicator')
      ? []
      : ['/inputs has no indicator: such a model needs no node']),
    ...(steps >= 1 && steps <= 1e6 && Math.abs(steps - Math.round(steps)) < 1e-6
      ? []
      : ['/output: max lies a whole number of steps above min']),
  ];
}

function duplicates(names: readonly string[]): string[] {
  return names.filter((name, at) => names.indexOf(name) < at);
}

function requireNone(faults: readonly string[]): void {
  if (faults.length === 0) return;
  const said = faults.slice(0, 10).join('; ').slice(0, 600);
  throw hostedRefusal('hosted.manifest_wrong', { zh: said, en: said });
}
