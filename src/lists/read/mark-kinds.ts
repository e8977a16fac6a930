/** 异议中, 不予展示, 已修复, 已撤销, 企业谢绝. Closed, as in the table's check. */
export type MarkKind = 'disputed' | 'withheld' | 'repaired' | 'annulled' | 'declined';

/** Marks under which a record is absent for everyone but its enterprise. */
const WITHHOLDING: readonly MarkKind[] = ['withheld', 'repaired', 'annulled', 'declined'];

/** As SQL, for `m.mark in (…)`. */
export const WITHHOLDING_SQL = WITHHOLDING.map((kind) => `'${kind}'`).join(', ');
