import type { BinRules, GivenBins, Prebins, Totals } from './bin-rules.ts';
import type { CategoryTally } from './tally.ts';

/** Pre-bins of categories in order of their bad rate; each is a list of categories. */
export type CategoricalPrebins = Prebins & { readonly groups: readonly (readonly string[])[] };

type Group = {
  readonly categories: readonly string[];
  readonly goods: number;
  readonly bads: number;
  readonly isFixed: boolean;
};

/**
 * Categories have no order of their own: by bad rate they get the one in which the best groups are neighbours. Rare
 * ones are pooled first, or their order would be chance.
 */
export function prebinCategories(
  tallies: readonly CategoryTally[],
  rules: BinRules,
  given: GivenBins,
  totals: Totals,
): CategoricalPrebins {
  const groups = joinToMax(orderGroups(makeGroups(tallies, rules, given, totals), rules), rules.prebinsMax);
  return {
    goods: Float64Array.from(groups, ({ goods }) => goods),
    bads: Float64Array.from(groups, ({ bads }) => bads),
    fixed: Uint8Array.from(groups, ({ isFixed }, at) => Number(isFixed || groups[at - 1]?.isFixed === true)),
    groups: groups.map(({ categories }) => categories),
  };
}

function makeGroups(
  tallies: readonly CategoryTally[],
  { rareShareMax }: BinRules,
  given: GivenBins,
  totals: Totals,
): Group[] {
  const named = [
    ...(given.fixedGroups ?? []).map((categories) => groupOf(tallies, categories, true)),
    ...(given.groups ?? []).map((categories) => groupOf(tallies, categories, false)),
  ];
  const taken = new Set(named.flatMap(({ categories }) => categories));
  const free = tallies.filter(({ category }) => !taken.has(category));
  const rowsMin = rareShareMax * (totals.goods + totals.bads);
  const isRare = ({ goods, bads }: CategoryTally) => goods + bads < rowsMin;
  const rare = free.filter(isRare).map(({ category }) => category);
  return [
    ...named,
    ...free.filter((tally) => !isRare(tally)).map(({ category }) => groupOf(tallies, [category], false)),
    ...(rare.length > 0 ? [groupOf(tallies, rare.sort(), false)] : []),
  ];
}

function groupOf(tallies: readonly CategoryTally[], categories: readonly string[], isFixed: boolean): Group {
  const members = new Set(categories);
  const found = tallies.filter(({ category }) => members.has(category));
  return {
    categories,
    goods: found.reduce((sum, { goods }) => sum + goods, 0),
    bads: found.reduce((sum, { bads }) => sum + bads, 0),
    isFixed,
  };
}

/** Ascending in bad rate, or descending where that was asked; ties by name, so that the order is no chance. */
function orderGroups(groups: readonly Group[], { trend }: BinRules): Group[] {
  const sign = trend === 'descending' ? -1 : 1;
  const rate = ({ goods, bads }: Group) => (goods + bads > 0 ? bads / (goods + bads) : 0);
  return [...groups].sort(
    (a, b) => sign * (rate(a) - rate(b)) || compareTexts(a.categories[0] ?? '', b.categories[0] ?? ''),
  );
}

/** By code units: the order must not depend on the machine's language. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Joins the two lightest neighbours until there are few enough; fixed groups stay as they are. */
function joinToMax(groups: readonly Group[], prebinsMax: number): Group[] {
  const joined = [...groups];
  while (joined.length > prebinsMax) {
    const at = lightestPair(joined);
    const [left, right] = [joined[at], joined[at + 1]];
    if (left === undefined || right === undefined) break;
    joined.splice(at, 2, {
      categories: [...left.categories, ...right.categories],
      goods: left.goods + right.goods,
      bads: left.bads + right.bads,
      isFixed: false,
    });
  }
  return joined;
}

function lightestPair(groups: readonly Group[]): number {
  let best = { at: -1, rows: Number.POSITIVE_INFINITY };
  for (let at = 0; at + 1 < groups.length; at += 1) {
    const [left, right] = [groups[at], groups[at + 1]];
    if (left === undefined || right === undefined || left.isFixed || right.isFixed) continue;
    const rows = left.goods + left.bads + right.goods + right.bads;
    if (rows < best.rows) best = { at, rows };
  }
  return best.at;
}
