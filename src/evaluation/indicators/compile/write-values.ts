import { type CompiledAggregate, compileAggregate } from './compile-aggregate.ts';
import type { SlotWriter } from './compile-filter.ts';
import { type CompiledIndicators, type CompiledSource, inputPlaces, placeOf } from './compile-indicators.ts';
import type { Contract } from '#lists';
import type { BaseIndicator, CombinedIndicator } from '../indicator.ts';
import { isDelivered, isStale, staleBefore } from './slots.ts';

/** What differs between the three places where the one text stands: a slice, one enterprise, pairs of enterprise and day. */
export type Form = {
  /** Slots as the aggregates over `r` refer to them, and as the statement around them does. */
  readonly innerSlot: SlotWriter;
  readonly outerSlot: SlotWriter;
  /** Relation `h` with `kind` and whatever the outer slots refer to. */
  readonly head: string;
  /** Columns of `h` that go on, by name; the first names the row. */
  readonly headColumns: readonly string[];
  /** Those of them that stand beside the values in the end. */
  readonly carried?: readonly string[];
  /** Fields of a replicated dataset that stand beside the values as they are, the greatest of several. */
  readonly beside?: Beside | undefined;
  /** The records of a source as a from clause, with `r` in it. */
  readonly from: (source: CompiledSource) => string;
  /** By what the records are grouped, equal to the first of `headColumns`; undefined: all are of one enterprise. */
  readonly groupBy: string | undefined;
  readonly withoutDisputed: boolean;
  /** Gives, as e0, e1 …, the places of the records behind each value. */
  readonly withEvidence: boolean;
};

export type Beside = { readonly contract: Contract; readonly fields: readonly string[] };

type Compiled = ReadonlyMap<number, CompiledAggregate>;

/**
 * The statement of all values: each source is grouped once, then one row an enterprise. Columns: the first of
 * `headColumns`, what stands beside, v0, v1 … (double or null) and t0, t1 … (number of the status), in the order of
 * `compiled.ids`.
 */
export function writeValues(compiled: CompiledIndicators, form: Form): string {
  const aggregates: Compiled = new Map(
    compiled.sources.flatMap((source) =>
      source.indicators.map(({ at, indicator }) => [at, compileOne(at, indicator, form)] as const),
    ),
  );
  const raw = writeRaw(compiled, aggregates, form);
  const valued = writeBase(compiled, aggregates, { form, raw });
  const places = compiled.ids.map((id) => placeOf(compiled, id));
  const values = places.map((at, n) => `, z.v${at} as v${n}, z.t${at} as t${n}`).join('');
  const evidence = form.withEvidence
    ? compiled.order.map((_, at) => evidenceColumn(compiled, at)).join('')
    : '';
  const others = [...(form.carried ?? []), ...(form.beside?.fields ?? [])]
    .map((name) => `, z.${name}`)
    .join('');
  return `select z.${form.headColumns[0] ?? ''}${others}${values}${evidence} from ${writeCombined(compiled, valued)} z`;
}

function compileOne(at: number, { definition, contract }: BaseIndicator, form: Form): CompiledAggregate {
  const { innerSlot: slot, outerSlot, withoutDisputed } = form;
  return compileAggregate({ definition, contract, at, slot, outerSlot, withoutDisputed });
}

/** The aggregates of every source beside each other. */
function writeRaw(compiled: CompiledIndicators, aggregates: Compiled, form: Form): string {
  const sources = readSources(compiled, form);
  const joins = sources.map((source, n) => {
    const columns = sourceColumns(source, n, aggregates, form);
    const list = columns.map(({ name, sql }) => `${sql} as ${name}`).join(',\n      ');
    const shared = sharedConditions(source, aggregates);
    const from =
      shared.length === 0 ? form.from(source) : `${form.from(source)} where ${shared.join(' and ')}`;
    if (form.groupBy === undefined) return `cross join (select ${list} from ${from}) g${n}`;
    return `left join (
      select ${form.groupBy} as k, ${list}
      from ${from} group by ${form.groupBy}
    ) g${n} on g${n}.k = h.${form.headColumns[0] ?? ''}`;
  });
  const heads = form.headColumns.map((name) => `h.${name}`);
  const raws = sources.flatMap((source, n) =>
    sourceColumns(source, n, aggregates, form).map(({ name }) => `g${n}.${name}`),
  );
  return `(select ${[...heads, ...raws].join(', ')} from ${form.head} h\n    ${joins.join('\n    ')})`;
}

type ReadSource = CompiledSource & { readonly beside: readonly string[] };

/** The sources in their order; what stands beside is read with the source that reads its dataset anyway, else last. */
function readSources({ sources }: CompiledIndicators, { beside }: Form): ReadSource[] {
  const plain: ReadSource[] = sources.map((source) => ({ ...source, beside: [] }));
  if (beside === undefined) return plain;
  const { contract, fields } = beside;
  const at = sources.findIndex((source) => source.contract === contract);
  const own: CompiledSource = sources[at] ?? { contract, coverage: 'replicated', fields: [], indicators: [] };
  const joined: ReadSource = { ...own, fields: [...new Set([...own.fields, ...fields])], beside: fields };
  return at < 0 ? [...plain, joined] : plain.with(at, joined);
}

/**
 * What every indicator of a source asks of a record, which is asked once, before the records are grouped. Not of followed
 * sources, where any record at all covers an enterprise, nor where something of any record stands beside.
 */
function sharedConditions(
  { coverage: kind, indicators, beside }: ReadSource,
  aggregates: Compiled,
): string[] {
  if (kind === 'followed' || beside.length > 0) return [];
  const [first, ...others] = indicators.map(({ at }) => aggregateAt(aggregates, at).conditions);
  return [...new Set(first)].filter((condition) => others.every((all) => all.includes(condition)));
}

function sourceColumns(
  source: ReadSource,
  n: number,
  aggregates: Compiled,
  form: Form,
): { readonly name: string; readonly sql: string }[] {
  const shared = new Set(sharedConditions(source, aggregates));
  const own = source.indicators.flatMap(({ at }) => {
    const { columns, conditions, matches } = aggregateAt(aggregates, at);
    const rest = conditions.filter((condition) => !shared.has(condition));
    const filter = rest.length === 0 ? '' : ` filter (where ${rest.join(' and ')})`;
    const filtered = columns.map(({ name, sql }) => ({ name, sql: sql + filter }));
    const places = `array_agg(r.delivery_no || ':' || r.row_no) filter (where ${matches})`;
    return form.withEvidence ? [...filtered, { name: `p${at}`, sql: places }] : filtered;
  });
  const plain = source.beside.map((name) => ({ name, sql: `max(r.${name})` }));
  if (source.coverage === 'replicated') return [...own, ...plain];
  return [...own, { name: `rows${n}`, sql: 'count(*)' }, { name: `known${n}`, sql: 'max(r.known_from)' }];
}

function aggregateAt(aggregates: Compiled, at: number): CompiledAggregate {
  const aggregate = aggregates.get(at);
  if (aggregate === undefined) throw new TypeError('every indicator is compiled');
  return aggregate;
}

/** Status and value of the indicators that read records. */
function writeBase(
  compiled: CompiledIndicators,
  aggregates: Compiled,
  { form, raw }: { form: Form; raw: string },
): string {
  const columns = compiled.sources.flatMap((source, n) =>
    source.indicators.map(({ at, indicator: { definition } }) => {
      const aggregate = aggregateAt(aggregates, at);
      const covered = coverage(source, n, { definition, form });
      const stale = staleness(source, n, { definition, form });
      return `
      case when not (${covered}) then ${fallback(definition.notCovered)}
        when ${aggregate.isEmpty} then ${fallback(definition.empty)} else ${aggregate.value} end as v${at},
      (case when not (${covered}) then 2 ${stale === undefined ? '' : `when ${stale} then 3 `}when ${aggregate.isEmpty} then 1 else 0 end)::smallint as t${at}`;
    }),
  );
  return `(select x.*,${columns.join(',')}\n    from ${raw} x)`;
}

type About = { readonly definition: BaseIndicator['definition']; readonly form: Form };

/** A replicated source covers once it was delivered; a followed one covers an enterprise of which anything is known. */
function coverage(
  { contract, coverage: kind }: CompiledSource,
  n: number,
  { definition, form }: About,
): string {
  const source =
    kind === 'replicated' ? form.outerSlot(isDelivered(contract.id)) : `coalesce(rows${n}, 0) > 0`;
  const { population } = definition;
  if (population === undefined) return source;
  return `${source} and kind in (${population.map((word) => `'${word}'`).join(', ')})`;
}

function staleness(
  { contract, coverage: kind }: CompiledSource,
  n: number,
  { definition: { staleAfter }, form }: About,
): string | undefined {
  if (staleAfter === undefined) return undefined;
  return kind === 'replicated'
    ? form.outerSlot(isStale(contract.id, staleAfter))
    : `known${n} < ${form.outerSlot(staleBefore(staleAfter))}`;
}

function fallback(value: number | null): string {
  return value === null ? 'null::float8' : `'${value}'::float8`;
}

/** Each combination over what stands below it. */
function writeCombined(compiled: CompiledIndicators, below: string): string {
  let text = below;
  for (const [at, indicator] of compiled.order.entries()) {
    if (indicator.kind === 'combined') text = combine(compiled, { at, indicator, below: text });
  }
  return text;
}

/** What does not cover one input does not cover the combination; a quotient by nothing is empty. */
function combine(
  compiled: CompiledIndicators,
  { at, indicator, below }: { at: number; indicator: CombinedIndicator; below: string },
): string {
  const { definition } = indicator;
  const [left, right] = inputPlaces(compiled, indicator);
  const isRatio = 'ratio' in definition.aggregate;
  const isEmpty = isRatio
    ? `v${left} is null or v${right} is null or v${right} = 0`
    : `v${left} is null or v${right} is null or t${left} = 1 and t${right} = 1`;
  const isUncovered = `t${left} = 2 or t${right} = 2`;
  return `(select y${at}.*,
      case when ${isUncovered} then ${fallback(definition.notCovered)} when ${isEmpty} then ${fallback(definition.empty)}
        else v${left} ${isRatio ? '/' : '-'} v${right} end as v${at},
      (case when ${isUncovered} then 2 when t${left} = 3 or t${right} = 3 then 3 when ${isEmpty} then 1 else 0 end)::smallint as t${at}
    from ${below} y${at})`;
}

function evidenceColumn(compiled: CompiledIndicators, at: number): string {
  return compiled.order[at]?.kind === 'base' ? `, z.p${at} as e${at}` : '';
}
