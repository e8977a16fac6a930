import type { ConsentContext } from '#consent';
import type { DeclinedContext } from '#evaluation';
import type { ComplaintContext } from '../complaints/complaint-context.ts';
import type { ObjectionContext } from '../objections/objection-context.ts';
import type { RepairContext } from '../repair/repair-context.ts';
import type { SelfContext } from '../self/self-context.ts';
import type { VoluntaryContext } from '../voluntary/voluntary-context.ts';

/** What the window works with: what each act works with, and where scans lie. Made once by entry. */
export type WindowContext = VoluntaryContext & {
  readonly objections: ObjectionContext;
  readonly consents: ConsentContext;
  readonly declined: DeclinedContext;
  readonly repairs: RepairContext;
  readonly complaints: ComplaintContext;
  readonly self: SelfContext;
  /** Sealed scans by digest; shared by all processes of a city's node. */
  readonly scansFolder: string;
};
