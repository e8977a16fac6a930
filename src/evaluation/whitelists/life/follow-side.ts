import type { EnterpriseId } from '#kernel';
import type { OutcomeFlags } from '#outcomes';

/** Enterprises on one side of a list at a day, and those of them that had nothing adverse yet. */
export type Side = { readonly enterprises: number; readonly clean: ReadonlySet<EnterpriseId> };

/** What became of one side, members or the rest, within the horizon after a date. */
export type Followed = {
  readonly enterprises: number;
  /** Those that had no adverse record at the date and so could get one. */
  readonly clean: number;
  readonly adverse: number;
  /** Per clean enterprise; null: there was none. */
  readonly adverseRate: number | null;
  readonly reached: number;
  readonly granted: number;
  readonly lent: number;
  readonly bad: number;
  /** Per enterprise that was lent to; null: none was. */
  readonly badRate: number | null;
};

/** Figures of one side; an enterprise counts once however many institutions report of it. */
export function followSide(
  { enterprises, clean }: Side,
  { hit, outcomes }: { readonly hit: ReadonlySet<EnterpriseId>; readonly outcomes: readonly OutcomeFlags[] },
): Followed {
  const adverse = countCommon(clean, hit);
  const count = (has: (one: OutcomeFlags) => boolean): number =>
    new Set(outcomes.filter(has).map(({ enterpriseId }) => enterpriseId)).size;
  const lent = count(({ isLent }) => isLent);
  const bad = count(({ isBad }) => isBad);
  return {
    enterprises,
    clean: clean.size,
    adverse,
    adverseRate: clean.size === 0 ? null : adverse / clean.size,
    reached: count(({ isReached }) => isReached),
    granted: count(({ isGranted }) => isGranted),
    lent,
    bad,
    badRate: lent === 0 ? null : bad / lent,
  };
}

/** How many stand in both. */
export function countCommon(one: ReadonlySet<EnterpriseId>, other: ReadonlySet<EnterpriseId>): number {
  let common = 0;
  for (const id of one) if (other.has(id)) common += 1;
  return common;
}
