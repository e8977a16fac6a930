import type { Day, Month } from '../model/days.ts';
import type { Definitions, District, Sector, Segment } from '../model/definitions.ts';
import type { Key } from '../model/random.ts';
import type { Shocks } from './health.ts';

/** What the register says about an enterprise on one day. Capital in yuan. */
export type State = {
  readonly name: string;
  /** The name it bore before it renamed itself, if it ever does. */
  readonly formerName: string;
  readonly representative: string;
  readonly domicile: string;
  readonly capital: number;
  readonly scope: string;
};

/** Items of the code table `registration_change_item` that change here. */
export type ChangeItem =
  | 'legal_representative'
  | 'domicile'
  | 'capital'
  | 'name'
  | 'scope'
  | 'shareholders'
  | 'personnel';

/** One change of the register, with the item's text before and after it. */
export type Change = {
  readonly on: Day;
  readonly item: ChangeItem;
  readonly before: string;
  readonly after: string;
};

/** The whole truth about one enterprise. Nobody but the generators and the truth file sees health and default. */
export type Enterprise = {
  readonly index: number;
  readonly code: string;
  readonly organisationCode: string;
  readonly registrationNumber: string;
  readonly segment: Segment;
  readonly sector: Sector;
  readonly industry: Sector['industries'][number];
  readonly district: District;
  readonly isSoleTrader: boolean;
  readonly isVolunteer: boolean;
  /** Value of the code table `enterprise_type`. */
  readonly type: string;
  readonly foundedOn: Day;
  /** Deregistered or revoked on this day; undefined while it lives. Nothing new happens after it. */
  readonly ended: { readonly on: Day; readonly kind: 'deregistered' | 'revoked' } | undefined;
  readonly staff: number;
  /** Yuan a year at average health. */
  readonly revenue: number;
  /** How inventive it is, 0 to 1; drives patents and titles, not health. */
  readonly technical: number;
  readonly health: Float64Array;
  readonly healthStart: Month;
  readonly defaultOn: Day | undefined;
  readonly atFounding: State;
  readonly changes: readonly Change[];
};

/** What all enterprises of one city have in common. */
export type City = {
  readonly seed: number;
  readonly definitions: Definitions;
  readonly from: Month;
  readonly until: Day;
  readonly shocks: Shocks;
  readonly keys: { readonly identity: Key; readonly health: Key; readonly life: Key };
};
