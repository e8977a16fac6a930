import { beginningOfBeijingDate, beijingDate } from '#kernel';
import { addDays, monthIndexOf, shiftDay, windowDays } from './days.ts';
import type { Shift, Window } from '../indicator.ts';

/** As of which day indicators are computed, and when each source was last delivered before the instant of knowledge. */
export type Moment = {
  readonly asOf: string;
  readonly delivered: ReadonlyMap<string, Date | null>;
};

/**
 * A value that stands still for one as-of day: a bound of a window, whether a source covers. It is worked out here, once,
 * and goes into the statement as a value, so that no statement reckons with dates and none depends on a server's zone.
 */
export type Slot = {
  readonly key: string;
  readonly type: 'date' | 'integer' | 'boolean' | 'timestamptz';
  readonly valueOf: (moment: Moment) => string | number | boolean | Date;
};

/** The slots of one compilation, each once, in the order in which they were asked for. */
export class Slots {
  readonly #slots: Slot[] = [];
  readonly #places = new Map<string, number>();

  /** Number of the slot, for the writer of the statement. */
  place(slot: Slot): number {
    const known = this.#places.get(slot.key);
    if (known !== undefined) return known;
    this.#places.set(slot.key, this.#slots.length);
    return this.#slots.push(slot) - 1;
  }

  all(): readonly Slot[] {
    return [...this.#slots];
  }
}

export const asOfDay: Slot = { key: 'day', type: 'date', valueOf: ({ asOf }) => asOf };
export const asOfYear: Slot = { key: 'year', type: 'integer', valueOf: ({ asOf }) => yearOf(asOf) };

export function shiftedDay(shift: Shift): Slot {
  return { key: `day ${JSON.stringify(shift)}`, type: 'date', valueOf: ({ asOf }) => shiftDay(asOf, shift) };
}

export function shiftedYear(shift: Shift): Slot {
  return {
    key: `year ${JSON.stringify(shift)}`,
    type: 'integer',
    valueOf: ({ asOf }) => yearOf(shiftDay(asOf, shift)),
  };
}

type Edge = 'first' | 'last';

/** Most windows end with the as-of day: one slot for all of them, so that what they share is seen to be shared. */
export function windowDay(window: Window, edge: Edge): Slot {
  if (edge === 'last' && (window.offset ?? 0) === 0 && (window.align ?? 'day') === 'day') return asOfDay;
  const valueOf = ({ asOf }: Moment): string => windowDays(asOf, window)[edge];
  return { key: `window ${edge} ${keyOf(window)}`, type: 'date', valueOf };
}

export function windowYear(window: Window, edge: Edge): Slot {
  const valueOf = ({ asOf }: Moment): number => yearOf(windowDays(asOf, window)[edge]);
  return { key: `window year ${edge} ${keyOf(window)}`, type: 'integer', valueOf };
}

/** Number of the window's last month, as `monthIndexOf` counts. */
export function windowMonth(window: Window): Slot {
  const valueOf = ({ asOf }: Moment): number => monthIndexOf(windowDays(asOf, window).last);
  return { key: `window month ${keyOf(window)}`, type: 'integer', valueOf };
}

/** The dataset has been delivered at all. */
export function isDelivered(contractId: string): Slot {
  const valueOf = ({ delivered }: Moment): boolean => lastOf(delivered, contractId) !== null;
  return { key: `delivered ${contractId}`, type: 'boolean', valueOf };
}

/** The dataset was delivered last more than so many days before the as-of day. */
export function isStale(contractId: string, days: number): Slot {
  const valueOf = ({ asOf, delivered }: Moment): boolean => {
    const last = lastOf(delivered, contractId);
    return last !== null && beijingDate(last) < addDays(asOf, -days);
  };
  return { key: `stale ${contractId} ${days}`, type: 'boolean', valueOf };
}

/** What was known last before this instant is stale. */
export function staleBefore(days: number): Slot {
  const valueOf = ({ asOf }: Moment): Date => beginningOfBeijingDate(addDays(asOf, -days));
  return { key: `stale before ${days}`, type: 'timestamptz', valueOf };
}

function lastOf(delivered: Moment['delivered'], contractId: string): Date | null {
  const last = delivered.get(contractId);
  if (last === undefined) throw new TypeError(`deliveries of ${contractId} were not looked up`);
  return last;
}

function yearOf(day: string): number {
  return Number(day.slice(0, 4));
}

function keyOf({ count, unit, offset = 0, align = 'day' }: Window): string {
  return [count, unit, offset, align].join(' ');
}
