import { Type } from 'typebox';
import { checkShape, wrongFile } from './check-shape.ts';
import { CRITERIA_MAX } from './random-index.ts';

/** Row over column: how many times as important; positive and reciprocal. */
export type Judgements = readonly (readonly number[])[];

export type AhpStudy = {
  readonly criteria: readonly string[];
  readonly experts: readonly { readonly id: string; readonly judgements: Judgements }[];
};

const strict = { additionalProperties: false } as const;
const Id = Type.String({ minLength: 1, maxLength: 60 });
const Judgement = Type.Union([
  Type.Number({ exclusiveMinimum: 0 }),
  Type.String({ pattern: '^[1-9][0-9]*/[1-9][0-9]*$' }),
]);
const StudyFile = Type.Object(
  {
    criteria: Type.Array(Id, { minItems: 2, maxItems: CRITERIA_MAX, uniqueItems: true }),
    experts: Type.Array(Type.Object({ id: Id, judgements: Type.Array(Type.Array(Judgement)) }, strict), {
      minItems: 1,
      maxItems: 200,
    }),
    source: Type.Optional(Type.String()),
  },
  strict,
);

/** Saaty's scale ends at nine; beyond it people do not judge, they count. */
const SCALE_MAX = 9;
/** Reciprocals written as decimals (0.333) are rounded. */
const RECIPROCAL_TOLERANCE = 0.01;

/**
 * A study from what a person wrote: `criteria`, and per expert the upper triangle of judgements without the diagonal
 * (n − 1 rows, each one shorter) or the whole matrix, numbers or fractions as `1/3`. Throws `weights.wrong_file`.
 */
export function shapeAhpStudy(written: unknown): AhpStudy {
  const { criteria, experts } = checkShape(StudyFile, written);
  const twice = experts.findIndex(({ id }, at) => experts.findIndex((other) => other.id === id) < at);
  if (twice >= 0) throw wrongFile(`/experts/${twice}/id`, 'the same expert twice');
  return {
    criteria,
    experts: experts.map(({ id, judgements }, at) => ({
      id,
      judgements: shapeMatrix(
        judgements.map((row) => row.map(toNumber)),
        criteria.length,
        `/experts/${at}/judgements`,
      ),
    })),
  };
}

export function isReciprocal(matrix: Judgements, tolerance = 1e-9): boolean {
  return matrix.every((row, one) =>
    row.every((value, other) => Math.abs(value * (matrix[other]?.[one] ?? 0) - 1) <= tolerance),
  );
}

function shapeMatrix(rows: Judgements, order: number, where: string): Judgements {
  const matrix = isTriangle(rows, order) ? fillTriangle(rows, order) : requireSquare(rows, order, where);
  const beyond = matrix.flat().find((value) => value > SCALE_MAX + RECIPROCAL_TOLERANCE);
  if (beyond !== undefined) throw wrongFile(where, `${beyond} is beyond the scale of 1/9 to 9`);
  return matrix;
}

function isTriangle(rows: Judgements, order: number): boolean {
  return rows.length === order - 1 && rows.every((row, at) => row.length === order - 1 - at);
}

function requireSquare(rows: Judgements, order: number, where: string): Judgements {
  if (rows.length !== order || rows.some((row) => row.length !== order))
    throw wrongFile(where, `neither ${order} × ${order} nor the triangle above its diagonal`);
  if (!isReciprocal(rows, RECIPROCAL_TOLERANCE))
    throw wrongFile(where, 'not reciprocal: a(i,j) × a(j,i) must be 1, and 1 on the diagonal');
  // The upper triangle is what was asked; the lower is made from it so that roundings do not remain.
  return fillTriangle(
    rows.slice(0, -1).map((row, at) => row.slice(at + 1)),
    order,
  );
}

function fillTriangle(rows: Judgements, order: number): Judgements {
  const upper = (one: number, other: number) => rows[one]?.[other - one - 1] ?? 1;
  return Array.from({ length: order }, (_, one) =>
    Array.from({ length: order }, (_cell, other) => {
      if (one === other) return 1;
      return one < other ? upper(one, other) : 1 / upper(other, one);
    }),
  );
}

function toNumber(written: number | string): number {
  if (typeof written === 'number') return written;
  const [above, below] = written.split('/').map(Number);
  return (above ?? Number.NaN) / (below ?? Number.NaN);
}
