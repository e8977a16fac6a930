import { type Column, cellText } from '../table/columns.ts';
import { type BinShape, missingPlace, ordinaryCount, unseenPlace } from './binning.ts';

/** Bin of every row, by place in `bins`. Any column can be given: what a binning of numbers cannot read is unseen. */
export function assignBins(binning: BinShape, column: Column): Uint16Array {
  if (column.kind === 'numeric') return assignNumbers(binning, column.values, column);
  const placeOf = placeText(binning);
  const places = column.categories.map(placeOf);
  return Uint16Array.from(column.codes, (code) => places[code] ?? missingPlace(binning));
}

function assignNumbers(binning: BinShape, values: Float64Array, column: Column): Uint16Array {
  if (binning.kind === 'numeric') {
    const placeOf = placeNumber(binning);
    const places = new Uint16Array(values.length);
    for (let row = 0; row < values.length; row += 1) places[row] = placeOf(values[row] ?? Number.NaN);
    return places;
  }
  const placeOf = placeText(binning);
  return Uint16Array.from(values, (_, row) => {
    const text = cellText(column, row);
    return text === undefined ? missingPlace(binning) : placeOf(text);
  });
}

/** One value on its own, as the online path has it: a number, a text, or `null` where nothing is known. */
export function assignBin(binning: BinShape, value: number | string | null): number {
  if (value === null) return missingPlace(binning);
  if (typeof value === 'string') return placeText(binning)(value);
  if (Number.isNaN(value)) return missingPlace(binning);
  return binning.kind === 'numeric' ? placeNumber(binning)(value) : placeText(binning)(String(value));
}

/** The place of a number: specials first, then [a, b). NaN is missing. */
function placeNumber(binning: BinShape): (value: number) => number {
  const missing = missingPlace(binning);
  const specials = specialPlaces(binning, Number);
  const cuts = Float64Array.from(binning.cuts);
  return (value) => {
    if (Number.isNaN(value)) return missing;
    const special = specials.size > 0 ? specials.get(value) : undefined;
    return special ?? countAtMost(cuts, value);
  };
}

/** Cuts that are not above the value: the value on a cut belongs to the bin that begins there. */
function countAtMost(cuts: Float64Array, value: number): number {
  let [low, high] = [0, cuts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cuts[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function placeText(binning: BinShape): (text: string) => number {
  const unseen = unseenPlace(binning);
  const specials = specialPlaces(binning, String);
  if (binning.kind === 'numeric') {
    const placeOf = placeNumber(binning);
    return (text) =>
      specials.get(text) ??
      (text.trim() === '' || Number.isNaN(Number(text)) ? unseen : placeOf(Number(text)));
  }
  const groups = new Map(
    binning.groups.flatMap((group, at) => group.map((category) => [category, at] as const)),
  );
  return (text) => specials.get(text) ?? groups.get(text) ?? unseen;
}

function specialPlaces<Value>(binning: BinShape, shape: (value: unknown) => Value): Map<Value, number> {
  const first = ordinaryCount(binning);
  return new Map(
    binning.specials.flatMap(({ values }, at) => values.map((value) => [shape(value), first + at] as const)),
  );
}

/** Rows that fell into the unseen bin, and the categories that they hold, at most twenty. */
export function listUnseen(
  binning: BinShape,
  column: Column,
  places: Uint16Array,
): { rows: number; values: string[] } {
  const unseen = unseenPlace(binning);
  const values = new Set<string>();
  let rows = 0;
  places.forEach((place, row) => {
    if (place !== unseen) return;
    rows += 1;
    if (values.size < 20) values.add(cellText(column, row) ?? '');
  });
  return { rows, values: [...values] };
}
