import type { StatisticsFloor } from './load-statistics-floors.ts';

/** Why a cell is not shown: too few enterprises, one of them dominates, or it would give a hidden one away. */
export type HiddenBecause = 'small' | 'dominant' | 'complementary';

/** One cell of one statistic. Children of a cell add up to it. */
export type Cell = {
  readonly id: string;
  /** Null: the total. A cell may stand in several breakdowns of its parent, which each add up to it. */
  readonly parent: string | null;
  readonly breakdown: string;
  /** Enterprises that it rests on; 0: nothing happened, which is no secret. */
  readonly subjects: number;
  /** What the largest enterprise contributes, and all together; never negative. */
  readonly largest: number;
  readonly total: number;
};

/**
 * Which cells are not shown, and why. A cell of few or of one that dominates is hidden; among the parts of a shown whole
 * what is hidden is the whole less the parts shown, so it must be safe itself: until it is, the next smallest part is
 * hidden with it. Of a hidden whole no part is shown.
 */
export function suppress(cells: readonly Cell[], rules: StatisticsFloor): ReadonlyMap<string, HiddenBecause> {
  const hidden = new Map<string, HiddenBecause>();
  for (const cell of cells) {
    const reason = unsafeBecause(cell, rules);
    if (reason !== undefined) hidden.set(cell.id, reason);
  }
  for (const siblings of inOrderOfDepth(cells)) protect(siblings, { hidden, rules });
  return hidden;
}

/** Why a cell must not be shown by itself; undefined: it may. */
export function unsafeBecause(
  { subjects, largest, total }: Pick<Cell, 'subjects' | 'largest' | 'total'>,
  { subjectsMin, largestShareMax }: StatisticsFloor,
): HiddenBecause | undefined {
  if (subjects === 0) return undefined;
  if (subjects < subjectsMin) return 'small';
  return total > 0 && largest > largestShareMax * total ? 'dominant' : undefined;
}

type Siblings = { readonly parent: string | null; readonly cells: readonly Cell[] };

/** Parts of the total first: what is hidden there hides everything below it. */
function inOrderOfDepth(cells: readonly Cell[]): Siblings[] {
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  const depthOf = (id: string | null): number =>
    id === null ? 0 : 1 + depthOf(byId.get(id)?.parent ?? null);
  const groups = Map.groupBy(cells, ({ parent, breakdown }) => `${parent ?? ''}\0${breakdown}`);
  return [...groups.values()]
    .map((own) => ({ parent: own[0]?.parent ?? null, cells: own }))
    .sort((one, other) => depthOf(one.parent) - depthOf(other.parent));
}

function protect(
  { parent, cells }: Siblings,
  { hidden, rules }: { hidden: Map<string, HiddenBecause>; rules: StatisticsFloor },
): void {
  if (parent === null) return;
  const hide = ({ id }: Cell): void => {
    if (!hidden.has(id)) hidden.set(id, 'complementary');
  };
  const filled = cells.filter(({ subjects }) => subjects > 0);
  if (hidden.has(parent)) {
    filled.forEach(hide);
    return;
  }
  const order = filled.toSorted(
    (one, other) => one.subjects - other.subjects || (one.id < other.id ? -1 : 1),
  );
  const isHidden = ({ id }: Cell): boolean => hidden.has(id);
  while (order.some(isHidden) && !isRemainderSafe(order.filter(isHidden), rules)) {
    const next = order.find((cell) => !isHidden(cell));
    if (next === undefined) return;
    hide(next);
  }
}

/** One hidden part alone is the difference to the whole; several are safe when together they are. */
function isRemainderSafe(parts: readonly Cell[], rules: StatisticsFloor): boolean {
  const sum = (pick: (cell: Cell) => number): number => parts.reduce((total, cell) => total + pick(cell), 0);
  const remainder = {
    subjects: sum(({ subjects }) => subjects),
    largest: Math.max(...parts.map(({ largest }) => largest)),
    total: sum(({ total }) => total),
  };
  return parts.length > 1 && unsafeBecause(remainder, rules) === undefined;
}
