import { canonicalHash } from '#kernel';
import { apportion } from '../../weights/weights.ts';
import type { LeafFile, SystemFile } from './file-shape.ts';
import { agrees, type IndicatorFactsById } from './indicator-facts.ts';
import type { Branch, Dimension, IndexSystem, Leaf } from './index-system.ts';
import { INDEX_SYSTEM_LIMITS } from './index-system-limits.ts';
import { type Points, showPoints, toPoints } from './points.ts';
import { shapeLeaf } from './shape-leaf.ts';

type Marked = { readonly fullMarks?: number; readonly weight?: number };
type Shaped<Thing> = { readonly thing: Thing; readonly faults: readonly string[] };

/** Scoring rules with exact marks, and everything that is wrong with the file, each a sentence. */
export function shapeSystem(file: SystemFile, indicators: IndicatorFactsById): Shaped<IndexSystem> {
  const faults: string[] = [];
  const fullMarks = toPoints(file.fullMarks) ?? 0;
  const leaves: Leaf[] = [];
  const marks = shareOut(file.dimensions, fullMarks, file.id, faults);
  const dimensions = file.dimensions.map((dimension, at): Dimension => {
    const own = { id: dimension.id, name: dimension.name, fullMarks: marks[at] ?? 0 };
    const groupMarks = shareOut(dimension.groups, own.fullMarks, dimension.id, faults);
    const groups = dimension.groups.map((group, place): Branch => {
      const branch = { id: group.id, name: group.name, fullMarks: groupMarks[place] ?? 0 };
      leaves.push(...shapeLeaves(group.leaves, own.id, branch, faults));
      return branch;
    });
    return { ...own, groups };
  });
  const { kind: _kind, dimensions: _tree, ...head } = file;
  const thing = { ...head, fullMarks, hash: canonicalHash(file), dimensions, leaves };
  return { thing, faults: [...faults, ...treeFaults(thing), ...indicatorFaults(thing, indicators)] };
}

function shapeLeaves(files: readonly LeafFile[], dimension: string, group: Branch, faults: string[]): Leaf[] {
  const marks = shareOut(files, group.fullMarks, group.id, faults);
  return files.map((file, at) => {
    const { leaf, faults: own } = shapeLeaf(file, { dimension, group: group.id, fullMarks: marks[at] ?? 0 });
    faults.push(...own);
    return leaf;
  });
}

/** Marks of siblings that add up to their parent's: as written, or by weights that add up to 1. */
function shareOut(siblings: readonly Marked[], total: Points, parent: string, faults: string[]): Points[] {
  const weights = siblings.flatMap(({ weight }) => (weight === undefined ? [] : [weight]));
  const marks = siblings.flatMap(({ fullMarks }) =>
    fullMarks === undefined ? [] : [toPoints(fullMarks) ?? 0],
  );
  if (weights.length + marks.length !== siblings.length || (weights.length > 0 && marks.length > 0)) {
    faults.push(`${parent}: its parts need fullMarks each, or weight each`);
    return siblings.map(() => 0);
  }
  if (weights.length > 0) {
    const sum = weights.reduce((all, weight) => all + weight, 0);
    if (Math.abs(sum - 1) > 1e-9)
      faults.push(`${parent}: weights add up to ${Number(sum.toFixed(6))}, not 1`);
    return apportion(total, weights);
  }
  const sum = marks.reduce((all, one) => all + one, 0);
  if (sum !== total) faults.push(`${parent}: marks add up to ${showPoints(sum)}, not ${showPoints(total)}`);
  return marks;
}

function treeFaults({ leaves, dimensions }: IndexSystem): string[] {
  const names = dimensions.flatMap(({ id, groups }) => [id, ...groups.map((group) => group.id)]);
  const twice = [...findTwice(names), ...findTwice(leaves.map(({ indicator }) => indicator))];
  return [
    ...twice.map((name) => `${name} twice`),
    ...(leaves.length > INDEX_SYSTEM_LIMITS.leavesMax
      ? [`more than ${INDEX_SYSTEM_LIMITS.leavesMax} leaves`]
      : []),
  ];
}

function indicatorFaults({ leaves, reach }: IndexSystem, indicators: IndicatorFactsById): string[] {
  return leaves.flatMap(({ indicator, direction }) => {
    const facts = indicators.get(indicator);
    if (facts === undefined) return [`no indicator ${indicator}`];
    const faults: string[] = [];
    // What needs a consent can be withheld; in a full-coverage system withholding bad data would pay.
    if (reach === 'full_coverage' && facts.coverage === 'followed')
      faults.push(`${indicator} rests on followed data; a full-coverage system takes replicated data alone`);
    if (!facts.uses.includes('grade')) faults.push(`${indicator} may not be used for grades`);
    if (!agrees(direction, facts.direction))
      faults.push(`${indicator} is ${facts.direction}, its bands are ${direction}`);
    return faults;
  });
}

export function findTwice(names: readonly string[]): string[] {
  return names.filter((name, at) => names.indexOf(name) < at);
}
