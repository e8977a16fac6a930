import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { canonicalHash } from '#kernel';
import { type Plan, shapePlan } from '../../laboratory/model/plan.ts';
import { cardsRefusal } from './cards-refusals.ts';

const strict = { additionalProperties: false } as const;
const Text = Type.String({ minLength: 1 });
const Share = Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 });

const CardPlanFile = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]{1,60}$' }),
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    name: Type.Object({ zh: Text, en: Text }, strict),
    basis: Type.Array(Text, { minItems: 1 }),
    indicators: Type.Array(Text, { minItems: 1, maxItems: 200, uniqueItems: true }),
    horizonMonths: Type.Integer({ minimum: 1, maximum: 60 }),
    holdoutMonths: Type.Integer({ minimum: 1, maximum: 36 }),
    /** As in a plan of the laboratory. */
    bins: Type.Optional(Type.Unknown()),
    variableBins: Type.Optional(Type.Unknown()),
    selection: Type.Optional(Type.Unknown()),
    signs: Type.Optional(Type.Unknown()),
    scaling: Type.Optional(Type.Unknown()),
    leakage: Type.Optional(Type.Unknown()),
    /** What whoever wrote the plan expects of it out of sample, written down before it is fitted. */
    expectedAuc: Type.Optional(Type.Object({ from: Share, to: Share, basis: Text }, strict)),
    gates: Type.Object({ aucMin: Share, badsMin: Type.Integer({ minimum: 1 }) }, strict),
    grades: Type.Array(Type.Object({ grade: Text, chanceMax: Type.Optional(Share) }, strict), {
      minItems: 2,
      maxItems: 20,
    }),
  },
  strict,
);

/** A plan by which a card is fitted on the node's own indicators; the hash is that of the file's content. */
export type CardPlan = Readonly<Static<typeof CardPlanFile>> & {
  readonly hash: string;
  readonly laboratory: Plan;
};

const OUTCOME = { column: 'outcome', bad: 'bad' } as const;

/** The plan of this id in the last of the folders that has one. Throws `cards.plan_unknown`, and what `readCardPlan` throws. */
export function findCardPlan(folders: readonly string[], id: string): CardPlan {
  const files = folders.map((folder) => join(folder, 'cards', `${id}.yaml`));
  const file = /^[a-z0-9-]{1,60}$/.test(id) ? files.findLast((one) => existsSync(one)) : undefined;
  if (file === undefined) throw cardsRefusal('cards.plan_unknown', { plan: id.slice(0, 60) });
  return readCardPlan(file);
}

/** Reads a plan file. Throws `cards.plan_not_valid`, and `laboratory.wrong_plan` for the parts of the laboratory. */
export function readCardPlan(file: string): CardPlan {
  const value: unknown = parse(readFileSync(file, 'utf8'));
  return shapeCardPlan(value, basename(file));
}

export function shapeCardPlan(value: unknown, file: string): CardPlan {
  if (!Value.Check(CardPlanFile, value)) {
    const [first] = Value.Errors(CardPlanFile, value);
    throw wrong(file, first?.instancePath || '/', first?.message ?? 'not the shape of a plan');
  }
  requireGrades(file, value.grades);
  const { bins, variableBins, selection, signs, scaling, leakage, indicators } = value;
  const given = { bins, variableBins, selection, signs, scaling, leakage };
  const laboratory = shapePlan({
    ...Object.fromEntries(Object.entries(given).filter(([, part]) => part !== undefined)),
    target: OUTCOME,
    variables: indicators,
  });
  return { ...value, laboratory, hash: canonicalHash(value) };
}

function requireGrades(file: string, grades: Static<typeof CardPlanFile>['grades']): void {
  const isRising = grades.every(({ chanceMax }, at) => {
    if (at === grades.length - 1) return chanceMax === undefined;
    const before = at === 0 ? 0 : (grades[at - 1]?.chanceMax ?? 1);
    return chanceMax !== undefined && chanceMax > before;
  });
  if (!isRising) throw wrong(file, '/grades', 'chanceMax rises from grade to grade, and the last has none');
}

function wrong(file: string, where: string, reason: string): Error {
  return cardsRefusal('cards.plan_not_valid', { file, where, reason });
}
