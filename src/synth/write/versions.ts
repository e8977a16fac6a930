import { place } from '../complete/complete.ts';
import { type Cell, makeFill } from '../complete/fill.ts';
import type { City, Enterprise } from '../city/shape.ts';
import { stateOn } from '../city/state.ts';
import { type Fact, serialOf } from '../facts/fact.ts';
import type { Day } from '../model/days.ts';
import { chance, streamOf } from '../model/random.ts';
import type { Dataset } from './datasets.ts';

/** What one delivery says about one record. */
export type RecordVersion = {
  /** Number of the record among the enterprise's own of this dataset. */
  readonly record: number;
  readonly delivery: number;
  readonly kind: 'first' | 'changed' | 'unchanged' | 'withdrawn';
  /** The enterprise's name on the day the delivery tells to. */
  readonly name: string;
  readonly cells: readonly Cell[];
};

/** Departments send some rows again although nothing changed. */
const RESENT_SHARE = 0.01;

/**
 * All that the deliveries of one dataset say about one enterprise, by record and then by delivery: first versions,
 * later states, rows sent again, and withdrawals. Records that would share a natural key are told once.
 */
export function listVersions(dataset: Dataset, city: City, enterprise: Enterprise): RecordVersion[] {
  const facts = dataset.make(enterprise, city, streamOf(dataset.keys.facts, enterprise.index));
  if (facts.length === 0) return [];
  const names = dataset.cuts.map((cut) => stateOn(enterprise, cut).name);
  const versions: RecordVersion[] = [];
  const seen = new Set<string>();
  for (const [record, fact] of facts.entries()) {
    if (fact.on > city.until) continue;
    const told = tell(dataset, city, { enterprise, fact, record, names });
    const first = told[0];
    if (first === undefined) continue;
    let key = '';
    for (const at of dataset.keyPositions) key += `${String(first.cells[at])}\u0001`;
    if (!seen.has(key)) versions.push(...told);
    seen.add(key);
  }
  return versions;
}

type Telling = {
  readonly enterprise: Enterprise;
  readonly fact: Fact;
  readonly record: number;
  /** The enterprise's name on the day of each delivery. */
  readonly names: readonly string[];
};

function tell(dataset: Dataset, city: City, { enterprise, fact, record, names }: Telling): RecordVersion[] {
  const { cuts, completer, keys } = dataset;
  const begin = cuts.findIndex((cut) => cut >= fact.on);
  const rng = streamOf(keys.fields, enterprise.index, record);
  const asOf = cuts[begin] ?? city.until;
  const fill = makeFill({
    city,
    enterprise,
    rng,
    on: fact.on,
    asOf,
    serial: serialOf(enterprise, record + 1),
  });
  let cells = completer.complete(fact.values, fill);
  const versions: RecordVersion[] = [];
  for (let delivery = begin; delivery < cuts.length; delivery += 1) {
    const from = delivery === begin ? Number.NEGATIVE_INFINITY : (cuts[delivery - 1] ?? 0);
    const next = applyLater(dataset, { cells, fact, from, to: cuts[delivery] ?? city.until });
    const base = { record, delivery, name: names[delivery] ?? '' };
    if (next === 'withdrawn') {
      if (versions.length > 0) versions.push({ ...base, kind: 'withdrawn', cells });
      return versions;
    }
    const kind = versions.length === 0 ? 'first' : differs(cells, next) ? 'changed' : 'unchanged';
    cells = next;
    if (kind !== 'unchanged' || chance(rng, RESENT_SHARE)) versions.push({ ...base, kind, cells });
  }
  return versions;
}

/** The cells with the states that fall between two deliveries; the same array when there is none. */
function applyLater(
  { completer }: Dataset,
  { cells, fact, from, to }: { cells: Cell[]; fact: Fact; from: Day; to: Day },
): Cell[] | 'withdrawn' {
  let next = cells;
  for (const { on, set } of fact.later ?? []) {
    if (on <= from || on > to) continue;
    if (set === 'withdrawn') return 'withdrawn';
    if (next === cells) next = [...cells];
    place(next, set, completer.positionOf);
  }
  return next;
}

function differs(before: readonly Cell[], after: readonly Cell[]): boolean {
  return before !== after && after.some((cell, at) => cell !== before[at]);
}
