import { type BinningResult, makeBinning } from '../binning/make-binning.ts';
import { columnOf, type Table, type Target } from '../table/columns.ts';
import type { Plan } from './plan.ts';

/** The plan's variables as the table has them, in the table's order. Refuses names that it lacks. */
export function variablesOf(table: Table, plan: Plan): string[] {
  const out = new Set([plan.target.column, ...plan.exclude]);
  for (const name of [...(plan.variables ?? []), ...Object.keys(plan.variableBins)]) columnOf(table, name);
  const wanted = plan.variables === undefined ? undefined : new Set(plan.variables);
  return [...table.columns.keys()].filter((name) => !out.has(name) && (wanted?.has(name) ?? true));
}

/** Bins every variable of the plan; an infeasible one is an answer like any other. */
export function binVariables(table: Table, target: Target, plan: Plan): BinningResult[] {
  return variablesOf(table, plan).map((name) => {
    const own = plan.variableBins[name] ?? {};
    return makeBinning(columnOf(table, name), target, { ...plan.bins, ...own }, own);
  });
}
