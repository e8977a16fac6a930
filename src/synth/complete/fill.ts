import { makeEnterprise } from '../city/enterprise.ts';
import type { City, Enterprise, State } from '../city/shape.ts';
import { stateOn } from '../city/state.ts';
import type { Day } from '../model/days.ts';
import type { Rng } from '../model/random.ts';

/** What a field may hold before it is spelled: dates and months as days, money as fen, code values as codes. */
export type Cell = string | number | boolean | null;

/** Fields that a generator decides itself, by name; what it leaves out is filled from the contract. null: left empty. */
export type Values = Readonly<Record<string, Cell>>;

/** What one record is filled from. */
export type Fill = {
  readonly city: City;
  readonly enterprise: Enterprise;
  readonly rng: Rng;
  /** The day of the fact. */
  readonly on: Day;
  /** What the department knows when it delivers the record; facts after it are not in it. */
  readonly asOf: Day;
  /** Part of document numbers: tells records of all enterprises apart. */
  readonly serial: string;
  /** What the register said on that day. */
  readonly state: () => State;
  /** Another enterprise of the city, the same one wherever the record names it. */
  readonly partner: () => Enterprise;
};

/** Partners have smaller numbers, so that the enterprise itself does not depend on how many there are. */
const PARTNERS_MIN = 200;

export function makeFill(base: Omit<Fill, 'state' | 'partner'>): Fill {
  const { city, enterprise, rng, on } = base;
  let partner: Enterprise | undefined;
  let state: State | undefined;
  const other = Math.floor(rng() * Math.max(enterprise.index, PARTNERS_MIN));
  return {
    ...base,
    state: () => {
      state ??= stateOn(enterprise, on);
      return state;
    },
    partner: () => {
      partner ??= makeEnterprise(city, other === enterprise.index ? other + 1 : other);
      return partner;
    },
  };
}
