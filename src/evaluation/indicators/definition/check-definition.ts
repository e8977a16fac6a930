import type { Catalogue, Contract, Field } from '#lists';
import {
  checkFilter,
  fault,
  type Fault,
  fieldOf,
  fieldsRead,
  noField,
  notUsable,
  typeOf,
} from './check-filter.ts';
import type { BaseDefinition, Fn, ReleaseRule } from '../indicator.ts';

export type Known = { readonly catalogue: Catalogue; readonly releases: ReadonlyMap<string, ReleaseRule> };

/** Every fault of a definition against its contract; none when it can be compiled. */
export function checkDefinition(definition: BaseDefinition, { catalogue, releases }: Known): Fault[] {
  const { source, filter } = definition;
  const contract = catalogue.contracts.get(source.contract);
  if (contract === undefined)
    return [
      fault('/source/contract', `没有合同 ${source.contract}`, `there is no contract ${source.contract}`),
    ];
  const faults = [
    ...checkSource(definition, contract),
    ...checkTime(definition, contract),
    ...checkAggregate(definition, contract, catalogue),
    ...(filter === undefined ? [] : checkFilter(filter, { contract, catalogue, place: '/filter' })),
  ];
  return [...faults, ...checkDisclosure(definition, contract, releases)];
}

function checkSource({ source, coverage }: BaseDefinition, contract: Contract): Fault[] {
  const faults: Fault[] = [];
  if (!isSuccessor(contract.version, source.version)) {
    const [zh, en] = [`合同现为 ${contract.version} 版`, `the contract is ${contract.version} now`];
    faults.push(fault('/source/version', zh, en));
  }
  const isReplicated = contract.sharingModes.includes('replicated');
  if (coverage === 'replicated' && !isReplicated)
    faults.push(fault('/coverage', `${contract.id} 不归集`, `${contract.id} is not replicated`));
  if (coverage === 'followed' && (isReplicated || !contract.sharingModes.includes('at_source')))
    faults.push(
      fault('/coverage', `${contract.id} 不是跟踪数据`, `${contract.id} is not asked at its source`),
    );
  return faults;
}

/** Same major version, and not an older one than the definition was written for. */
function isSuccessor(version: string, since: string): boolean {
  const [now = [], then = []] = [version, since].map((text) => text.split('.').map(Number));
  const [major, minor = 0, patch = 0] = now;
  const [major0, minor0 = 0, patch0 = 0] = then;
  return major === major0 && (minor > minor0 || (minor === minor0 && patch >= patch0));
}

function checkTime({ time, window, aggregate }: BaseDefinition, contract: Contract): Fault[] {
  const { fn } = aggregate;
  if (time === 'known') {
    const needsTime = window !== undefined || fn === 'last' || fn === 'first' || fn === 'streak';
    return needsTime ? [fault('/time', 'known 没有业务时间', 'known has no business time')] : [];
  }
  const field = fieldOf(contract, time);
  if (field === undefined) return [noField('/time', contract, time)];
  const isTime = (typeOf(field) === 'day' && field.openEnded !== true) || field.kind === 'year';
  if (!isTime) return [notUsable('/time', field)];
  const faults: Fault[] = [];
  if (field.kind === 'year' && window !== undefined && window.align !== 'year')
    faults.push(fault('/window', '年度要按整年取', 'years are taken by whole years: align: year'));
  const periods = field.kind === 'year' ? 'year' : 'month';
  if (fn === 'streak' && (window?.unit !== periods || window.count > STREAK_MAX))
    faults.push(
      fault(
        '/window',
        `streak 须按 ${periods}，至多 ${STREAK_MAX} 期`,
        `streak counts ${periods}s, ${STREAK_MAX} at most`,
      ),
    );
  return faults;
}

/** Periods of a streak are bits of one integer. */
const STREAK_MAX = 60;

const WITHOUT_FIELD = new Set<Fn>(['count', 'exists', 'streak']);
const NUMERIC = new Set<Fn>(['sum', 'avg', 'min', 'max', 'last', 'first']);

function checkAggregate(definition: BaseDefinition, contract: Contract, catalogue: Catalogue): Fault[] {
  const { fn, field: name, scores, since } = definition.aggregate;
  const place = '/aggregate';
  if (since !== undefined && fn !== 'age_days')
    return [fault(place, 'since 只用于 age_days', 'since is for age_days')];
  if (WITHOUT_FIELD.has(fn))
    return name === undefined ? [] : [fault(place, `${fn} 不取字段`, `${fn} takes no field`)];
  if (name === undefined && fn === 'age_days' && definition.time !== 'known') return [];
  if (name === undefined) return [fault(place, `${fn} 要有字段`, `${fn} needs a field`)];
  const field = fieldOf(contract, name);
  if (field === undefined) return [noField(`${place}/field`, contract, name)];
  if (scores !== undefined) return checkScores(field, scores, catalogue);
  return isAggregated(fn, field) ? [] : [notUsable(`${place}/field`, field)];
}

function isAggregated(fn: Fn, field: Field): boolean {
  const type = typeOf(field);
  if (NUMERIC.has(fn)) return type === 'number' || type === 'boolean';
  if (fn === 'age_days') return type === 'day' && field.openEnded !== true;
  return type !== undefined;
}

function checkScores(field: Field, scores: Readonly<Record<string, number>>, catalogue: Catalogue): Fault[] {
  const place = '/aggregate/scores';
  const table = field.codes === undefined ? undefined : catalogue.codeTables.get(field.codes);
  if (table === undefined) return [fault(place, `${field.name} 不是代码`, `${field.name} is no code`)];
  const codes = new Set(table.values.map(({ code }) => code));
  return Object.keys(scores)
    .filter((code) => !codes.has(code))
    .map((code) =>
      fault(place, `代码表 ${table.id} 里没有“${code}”`, `code table ${table.id} has no "${code}"`),
    );
}

/** All fields that a definition reads, each once. */
export function fieldsOf({ time, filter, aggregate }: BaseDefinition): string[] {
  const names = [
    ...(time === 'known' ? [] : [time]),
    ...(filter === undefined ? [] : fieldsRead(filter)),
    ...(aggregate.field === undefined ? [] : [aggregate.field]),
  ];
  return [...new Set(names)];
}

function checkDisclosure(
  definition: BaseDefinition,
  contract: Contract,
  releases: ReadonlyMap<string, ReleaseRule>,
): Fault[] {
  const { release } = definition;
  if (release !== undefined && !releases.has(release))
    return [fault('/release', `没有发布规则 ${release}`, `there is no release rule ${release}`)];
  return fieldsOf(definition).flatMap((name) => {
    const disclosure = fieldOf(contract, name)?.disclosure;
    if (disclosure === 'secret') return [fault('/', `字段 ${name} 不予共享`, `field ${name} is secret`)];
    return disclosure === 'invisible' && release === undefined
      ? [
          fault(
            '/release',
            `字段 ${name} 可用不可见，须有发布规则`,
            `field ${name} is invisible and needs a release rule`,
          ),
        ]
      : [];
  });
}
