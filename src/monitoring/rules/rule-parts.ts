import { type BaseDefinition, type Indicator, type IndicatorBook, inputsOf } from '#evaluation';
import type { Catalogue, Contract } from '#lists';
import type { SilenceDefinition } from './rule.ts';

/** The contract of a rule that reads one; undefined: there is none of that id. */
export function contractOf(
  { source }: { readonly source: { readonly contract: string } },
  { contracts }: Pick<Catalogue, 'contracts'>,
): Contract | undefined {
  return contracts.get(source.contract);
}

/** These indicators and all that they rest on, inputs before what rests on them, each once. */
export function indicatorsBehind({ indicators }: IndicatorBook, ids: readonly string[]): Indicator[] {
  const found = new Map<string, Indicator>();
  const visit = (id: string): void => {
    const indicator = indicators.get(id);
    if (indicator === undefined || found.has(id)) return;
    if (indicator.kind === 'combined') inputsOf(indicator.definition.aggregate).forEach(visit);
    found.set(id, indicator);
  };
  ids.forEach(visit);
  return [...found.values()];
}

/** What a rule of silence looks at, said in the indicator language: days since the latest record, and how many there were. */
export function silenceIndicators(
  rule: SilenceDefinition,
  contract: Contract,
): readonly [BaseDefinition, BaseDefinition] {
  const common = {
    version: rule.version,
    name: rule.name,
    dimension: '监管风险',
    coverage: rule.reach,
    source: rule.source,
    time: contract.businessTime ?? 'known',
    notCovered: null,
    // A source that is silent itself gives stale values, and those neither raise nor clear.
    staleAfter: rule.sourceHeardDays,
    direction: 'lower_better',
    basis: rule.basis.join('；'),
    uses: ['alert'],
    ...(rule.window === undefined ? {} : { window: rule.window }),
    ...(rule.release === undefined ? {} : { release: rule.release }),
  } as const;
  return [
    { ...common, id: `${rule.id}_days`, empty: null, aggregate: { fn: 'age_days' } },
    { ...common, id: `${rule.id}_records`, empty: 0, aggregate: { fn: 'count' } },
  ];
}
