import { join } from 'node:path';
import { loadCalendar } from '#lists';
import { loadReturnsRules, type ReturnsContext, sealDueMonth, sweepUnused } from '#returns';
import { systemCaller } from '#platform';
import { modelFolders } from './evaluation.ts';
import type { Node } from './node.ts';

/** What returns work with on this node; rules of the package, and the city's over them. */
export function openReturns(node: Node): ReturnsContext {
  const { config, database, policies, keys, clock, lists, evaluation } = node;
  return {
    database,
    policies,
    keys,
    clock,
    get catalogue() {
      return lists.catalogue;
    },
    book: evaluation.book,
    calendar: loadCalendar(join(config.packageFolder, 'models', 'calendars')),
    rules: loadReturnsRules(modelFolders(config)),
  };
}

/** Each day: unused queries first, so that a month sealed the same day is of the same knowledge. */
export async function runReturns(node: Node): Promise<void> {
  const context = openReturns(node);
  const caller = systemCaller('run_returns');
  await sweepUnused(context, { caller });
  await sealDueMonth(context, { caller });
}
