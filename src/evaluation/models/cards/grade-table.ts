import { canonicalHash } from '#kernel';
import type { Card } from '../../laboratory/model/card.ts';
import type { CardPlan } from './card-plan.ts';

/** Grades over the whole points of one card, best first; the last takes what is below all others. */
export type GradeTable = {
  readonly schema: 'xinqiao.grade-table/1';
  readonly card: string;
  readonly grades: readonly {
    readonly grade: string;
    /** `null`: the last. */
    readonly scoreMin: number | null;
    readonly chanceMax: number | null;
  }[];
  readonly hash: string;
};

/** Turns chances into scores by the card's own scale; a score on the limit has at most the chance of its grade. */
export function makeGradeTable(card: Card, { grades }: Pick<CardPlan, 'grades'>): GradeTable {
  const { factor, offset } = card.points;
  const content = {
    schema: 'xinqiao.grade-table/1' as const,
    card: card.hash,
    grades: grades.map(({ grade, chanceMax }) => ({
      grade,
      scoreMin:
        chanceMax === undefined ? null : Math.ceil(offset - factor * Math.log(chanceMax / (1 - chanceMax))),
      chanceMax: chanceMax ?? null,
    })),
  };
  return { ...content, hash: canonicalHash(content) };
}

/** Place of the grade in the table, 0 the best. */
export function gradePlaceOf({ grades }: GradeTable, score: number): number {
  return grades.findIndex(({ scoreMin }) => scoreMin === null || score >= scoreMin);
}
