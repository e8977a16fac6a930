import type { IndicatorBook } from '#evaluation';
import type { Clock, Database, KeyStore } from '#kernel';
import type { Catalogue, loadCalendar } from '#lists';
import type { PolicySet } from '#security';
import type { ReturnsRules } from './definition/rules.ts';

/** What compiling, sealing and handing on returns work with; made once by entry. */
export type ReturnsContext = {
  readonly database: Database;
  readonly policies: PolicySet;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  /** Indicators that the model in use rests on. */
  readonly book: IndicatorBook;
  readonly calendar: ReturnType<typeof loadCalendar>;
  readonly rules: ReturnsRules;
};
