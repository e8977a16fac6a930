import { type BinningResult, makeBinning } from '../binning/make-binning.ts';
import { columnOf, type Table, type Target } from '../table/columns.ts';
import type { LeakageRules, Plan } from './plan.ts';

/**
 * Why a variable probably knows the outcome. `share`: rows in which it became known after the decision, of those that
 * have both times; `by`: the column that says when, or `plan` where a person said so.
 */
export type Leak =
  | {
      readonly variable: string;
      readonly kind: 'implausible_iv';
      readonly iv: number;
      readonly ivMax: number;
    }
  | { readonly variable: string; readonly kind: 'known_after'; readonly by: string; readonly share: number };

type Case = { readonly table: Table; readonly target: Target; readonly plan: Plan };

/** Names what is too good to be true, and what by its time of knowledge was not there when it would be asked. */
export function findLeaks(study: Case, results: readonly BinningResult[]): Leak[] {
  const { table, plan } = study;
  const { ivMax, after } = plan.leakage;
  const worth = results.flatMap((result): Leak[] => {
    const { variable, iv } = worthOf(study, result);
    return iv > ivMax ? [{ variable, kind: 'implausible_iv', iv, ivMax }] : [];
  });
  const declared = after.map((variable): Leak => {
    columnOf(table, variable);
    return { variable, kind: 'known_after', by: 'plan', share: 1 };
  });
  return [...worth, ...byTime(table, plan.leakage), ...declared];
}

/**
 * A variable that separates the classes leaves bins with one class alone, which the rules of size refuse: it is looked
 * at without them, or the worst leak of all would go unnamed.
 */
function worthOf({ table, target, plan }: Case, result: BinningResult): { variable: string; iv: number } {
  if (result.state === 'binned') return { variable: result.binning.variable, iv: result.binning.figures.iv };
  const { variable } = result;
  const bare = { ...plan.bins, trend: 'none', binsMin: 1, goodsMin: 0, badsMin: 0 } as const;
  const again = makeBinning(columnOf(table, variable), target, bare);
  return { variable, iv: again.state === 'binned' ? again.binning.figures.iv : 0 };
}

function byTime(table: Table, { asOf, dates, knownAt }: LeakageRules): Leak[] {
  if (asOf === undefined) return [];
  const known = [...dates.map((name) => [name, name] as const), ...Object.entries(knownAt)];
  return known.flatMap(([variable, by]): Leak[] => {
    columnOf(table, variable);
    const share = shareAfter(table, by, asOf);
    return share > 0 ? [{ variable, kind: 'known_after', by, share }] : [];
  });
}

/** Texts are compared as texts: dates written year first are in their order. */
function shareAfter(table: Table, by: string, asOf: string): number {
  const [known, asked] = [timesOf(table, by), timesOf(table, asOf)];
  let [after, both] = [0, 0];
  for (let row = 0; row < table.rowCount; row += 1) {
    const [knownAt, askedAt] = [known(row), asked(row)];
    if (knownAt === undefined || askedAt === undefined) continue;
    both += 1;
    if (knownAt > askedAt) after += 1;
  }
  return both === 0 ? 0 : after / both;
}

function timesOf(table: Table, name: string): (row: number) => number | string | undefined {
  const column = columnOf(table, name);
  if (column.kind === 'categorical') return (row) => column.categories[column.codes[row] ?? -1];
  return (row) => {
    const value = column.values[row] ?? Number.NaN;
    return Number.isNaN(value) ? undefined : value;
  };
}
