import type { MonitoringContext } from '../monitoring-context.ts';

/** What the life of rules works with. */
export type LifeContext = Pick<
  MonitoringContext,
  'database' | 'policies' | 'keys' | 'clock' | 'catalogue' | 'book'
>;
