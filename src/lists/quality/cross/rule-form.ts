import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false } as const;
const Name = Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' });
const Value = Type.String({ maxLength: 60 });

/** A condition on one record: its value as canonical text, codes as codes, dates `YYYY-MM-DD`, booleans `true`/`false`. */
const Condition = Type.Union([
  Type.Object({ field: Name, in: Type.Array(Value, { minItems: 1 }) }, strict),
  Type.Object({ field: Name, notIn: Type.Array(Value, { minItems: 1 }) }, strict),
  Type.Object({ field: Name, filled: Type.Boolean() }, strict),
  Type.Object({ field: Name, onOrBefore: Value }, strict),
]);

const Operand = Type.Union([
  Name,
  Type.Object({ field: Name, part: Type.Literal('year') }, strict),
  Type.Object({ value: Type.Number() }, strict),
]);

const Operator = Type.Union([
  Type.Literal('equal'),
  Type.Literal('not_equal'),
  Type.Literal('at_most'),
  Type.Literal('at_least'),
  Type.Literal('below'),
  Type.Literal('above'),
]);

const Comparison = Type.Object({ judged: Operand, op: Operator, partner: Operand }, strict);

const ContractId = Type.String({ pattern: '^[nbv][0-9]{2}_[a-z0-9_]{2,50}$' });
const where = Type.Optional(Type.Array(Condition, { minItems: 1, maxItems: 6 }));
const Side = Type.Union([
  Type.Object({ contract: ContractId, where }, strict),
  Type.Object({ register: Type.Literal(true), where }, strict),
]);
const same = Type.Optional(
  Type.Array(Type.Object({ judged: Name, partner: Name }, strict), { minItems: 1, maxItems: 3 }),
);
const Partner = Type.Union([
  Type.Object({ contract: ContractId, where, same }, strict),
  Type.Object({ register: Type.Literal(true), where, same }, strict),
]);

/** One rule across datasets; see models/quality/README.md for what each part means. */
export const CrossRule = Type.Object(
  {
    id: Name,
    name: Type.String({ minLength: 4, maxLength: 60, pattern: '\\p{Script=Han}' }),
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    description: Type.String({ minLength: 10, maxLength: 400 }),
    /** Law, standard or `proposal`. */
    source: Type.String({ minLength: 2, maxLength: 160 }),
    dimension: Type.Union([Type.Literal('consistency'), Type.Literal('coverage')]),
    judged: Side,
    partner: Partner,
    expect: Type.Union([
      Type.Literal('every'),
      Type.Literal('some'),
      Type.Literal('none'),
      Type.Literal('total'),
    ]),
    compare: Type.Optional(Type.Array(Comparison, { minItems: 1, maxItems: 4 })),
    holds: Type.Optional(Type.Array(Condition, { minItems: 1, maxItems: 4 })),
  },
  strict,
);

export type CrossRule = Readonly<Static<typeof CrossRule>>;
export type Condition = Static<typeof Condition>;
export type Operand = Static<typeof Operand>;
export type Comparison = Static<typeof Comparison>;
export type Side = Static<typeof Partner>;

/** Fields of the register that a rule may read: facts of the enterprise, no code and no name. */
export const REGISTER_FIELDS = ['standing', 'kind', 'size_class'] as const;

export function contractOf(side: Side): string | null {
  return 'contract' in side ? side.contract : null;
}

/** The contract whose figure a rule's findings count in; null when no dataset answers for it. */
export function answeringContract(rule: CrossRule): string | null {
  return contractOf(rule.dimension === 'coverage' ? rule.partner : rule.judged);
}

/** Every field that the rule reads of one side, once each. */
export function fieldsRead(rule: CrossRule, side: 'judged' | 'partner'): string[] {
  const compared = (rule.compare ?? []).flatMap((comparison) => fieldOf(comparison[side]));
  const paired = (rule.partner.same ?? []).map((pair) => pair[side]);
  const held = side === 'partner' ? (rule.holds ?? []).map(({ field }) => field) : [];
  const conditions = (rule[side].where ?? []).map(({ field }) => field);
  return [...new Set([...compared, ...paired, ...held, ...conditions])];
}

function fieldOf(operand: Operand): string[] {
  if (typeof operand === 'string') return [operand];
  return 'field' in operand ? [operand.field] : [];
}
