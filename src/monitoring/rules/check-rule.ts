import {
  type BaseDefinition,
  checkDefinition,
  fault,
  type Fault,
  fieldsRead,
  type IndicatorBook,
} from '#evaluation';
import type { Catalogue, Contract, Disclosure } from '#lists';
import { bitsOf } from '#security';
import {
  type EventDefinition,
  gravityOf,
  LEVELS,
  type LevelStep,
  type RuleDefinition,
  type SilenceDefinition,
  type ThresholdDefinition,
} from './rule.ts';
import { contractOf, indicatorsBehind, silenceIndicators } from './rule-parts.ts';

export type Known = { readonly catalogue: Catalogue; readonly book: IndicatorBook };

/** Every fault of a rule against contracts and indicators; none when it can be run. */
export function checkRule(rule: RuleDefinition, known: Known): Fault[] {
  switch (rule.kind) {
    case 'event':
      return checkEvent(rule, known);
    case 'threshold':
      return checkThreshold(rule, known);
    case 'silence':
      return checkSilence(rule, known);
    case 'grade_drop':
      return [...checkDerived(rule), ...checkSteps(rule.level, 'above', rule.steps)];
    case 'whitelist_exit':
      return checkDerived(rule);
  }
}

/** Grades and whitelist entries are the node's own and published: every loan is watched by them. */
function checkDerived({ scope, reach }: RuleDefinition): Fault[] {
  if (scope === 'public' && reach === 'replicated') return [];
  return [
    fault(
      '/scope',
      '等级和白名单规则是公开、归集的',
      'rules on grades and whitelists are public and replicated',
    ),
  ];
}

function checkEvent(rule: EventDefinition, known: Known): Fault[] {
  const { steps, filter, time } = rule;
  const contract = contractOf(rule, known.catalogue);
  if (contract === undefined) return [noContract(rule.source.contract)];
  const { businessTime } = contract;
  if (businessTime === undefined)
    return [fault('/source/contract', `${contract.id} 没有业务时间`, `${contract.id} has no business time`)];
  const counted = { ...valueOf(rule, contract), aggregate: { fn: 'count' } } as const;
  const faults = checkDefinition(filter === undefined ? counted : { ...counted, filter }, {
    catalogue: known.catalogue,
    releases: known.book.releases,
  });
  const named = [...(rule.identity ?? []), ...(time === undefined ? [] : [time])];
  return [
    ...faults,
    ...named.filter((name) => !hasField(contract, name)).map((name) => noField(contract, name)),
    ...(time === undefined || isDay(contract, time)
      ? []
      : [fault('/time', `${time} 不是日期`, `${time} is no day`)]),
    ...(steps?.by === 'amount' ? checkAmount(contract, steps.field) : []),
    ...checkSteps(rule.level, 'above', steps?.steps),
    ...checkScope(rule, { fields: eventFields(rule, contract), contract, book: known.book }),
  ];
}

/** The fields that an event rule reads, each once: those of its filter, its day, its fact and its steps. */
export function eventFields(rule: EventDefinition, contract: Contract): string[] {
  const { filter, time, identity = [], steps } = rule;
  return [
    ...new Set([
      ...contract.naturalKey,
      ...(contract.businessTime === undefined ? [] : [contract.businessTime]),
      ...(time === undefined ? [] : [time]),
      ...(filter === undefined ? [] : fieldsRead(filter)),
      ...identity,
      ...(steps?.by === 'amount' ? [steps.field] : []),
    ]),
  ];
}

function checkAmount(contract: Contract, name: string): Fault[] {
  const field = contract.fields.find((candidate) => candidate.name === name);
  if (field === undefined) return [noField(contract, name)];
  const isNumber = ['money', 'decimal', 'integer'].includes(field.kind) && field.currency !== 'any';
  return isNumber ? [] : [fault('/steps/field', `${name} 不是数`, `${name} is no number`)];
}

function checkThreshold(rule: ThresholdDefinition, { book }: Known): Fault[] {
  const { direction, raiseAt, clearAt, minimumBase } = rule;
  const ids = [rule.indicator, ...(minimumBase === undefined ? [] : [minimumBase.indicator])];
  const missing = ids.filter((id) => !book.indicators.has(id));
  if (missing.length > 0)
    return missing.map((id) => fault('/indicator', `没有指标 ${id}`, `there is no indicator ${id}`));
  const isBetween = direction === 'above' ? clearAt < raiseAt : clearAt > raiseAt;
  const gap = fault(
    '/clearAt',
    '解除值须在触发值的另一侧',
    'the clearing value lies on the safe side of the raising one',
  );
  return [
    ...(isBetween ? [] : [gap]),
    ...ids.flatMap((id) => checkUse(id, book)),
    ...indicatorsBehind(book, ids).flatMap((indicator) => {
      if (indicator.kind === 'combined') return [];
      const { definition, contract } = indicator;
      const reach = fault('/reach', `${contract.id} 的取得方式不同`, `${contract.id} is had another way`);
      const needs = definition.coverage === 'followed' && rule.scope === 'public';
      const consent = fault(
        '/scope',
        '逐户跟踪的指标须有授权',
        'an indicator on followed data needs a consent',
      );
      return [
        ...(definition.coverage === rule.reach ? [] : [reach]),
        ...(needs ? [consent] : checkScope(rule, { fields: readFields(definition), contract, book })),
      ];
    }),
    ...checkSteps(rule.level, direction, rule.steps),
  ];
}

function checkUse(id: string, book: IndicatorBook): Fault[] {
  const uses = book.indicators.get(id)?.definition.uses ?? [];
  if (uses.includes('alert') || uses.includes('input')) return [];
  return [fault('/indicator', `指标 ${id} 不用于预警`, `indicator ${id} is not for alerts`)];
}

function checkSilence(rule: SilenceDefinition, { catalogue, book }: Known): Fault[] {
  const contract = contractOf(rule, catalogue);
  if (contract === undefined) return [noContract(rule.source.contract)];
  const definitions = silenceIndicators(rule, contract);
  const needs = rule.reach === 'followed' && rule.scope === 'public';
  const consent = fault('/scope', '跟踪数据的中断须有授权', 'silence of followed data needs a consent');
  return [
    ...definitions.flatMap((definition) =>
      checkDefinition(definition, { catalogue, releases: book.releases }),
    ),
    ...(needs ? [consent] : []),
    ...checkScope(rule, { fields: definitions.flatMap(readFields), contract, book }),
  ];
}

/** A rule for every loan reads public fields alone; what may be used but not shown needs a release rule of its own. */
function checkScope(
  rule: RuleDefinition,
  { fields, contract, book }: Pick<Known, 'book'> & { fields: readonly string[]; contract: Contract },
): Fault[] {
  const classes = new Set(fields.map((name) => classOf(contract, name)));
  if (rule.scope === 'public' && [...classes].some((one) => one !== undefined && one !== 'public'))
    return [
      fault('/scope', `${contract.id} 的字段不全是公开的`, `not all fields of ${contract.id} are public`),
    ];
  if (classes.has('secret')) return [fault('/', '有不予共享的字段', 'a field is secret')];
  return classes.has('invisible') ? checkRelease(rule, book) : [];
}

/** The only output of a rule, and how wide it is: one of the levels, or none. */
const OUTPUT = { id: 'alert_level', bits: bitsOf(LEVELS.length + 1) } as const;

function checkRelease({ release }: RuleDefinition, { releases }: IndicatorBook): Fault[] {
  if (release === undefined)
    return [fault('/release', '可用不可见的字段须有发布规则', 'an invisible field needs a release rule')];
  const rule = releases.get(release);
  if (rule?.output === OUTPUT.id && rule.bitsMax >= OUTPUT.bits) return [];
  return [fault('/release', `${release} 不发布预警等级`, `${release} releases no level of an alert`)];
}

/** Each step is graver than the one before and lies further out. */
function checkSteps(
  level: RuleDefinition['level'],
  direction: 'above' | 'below',
  steps: readonly LevelStep[] = [],
): Fault[] {
  const sign = direction === 'above' ? 1 : -1;
  const isRising = steps.every((step, n) => {
    const before = steps[n - 1];
    const isGraver = gravityOf(step.level) > gravityOf(before?.level ?? level);
    return isGraver && (before === undefined || sign * step.at > sign * before.at);
  });
  return isRising ? [] : [fault('/steps', '各档须逐档加重', 'each step is graver than the one before')];
}

function readFields({ time, filter, aggregate }: BaseDefinition): string[] {
  return [
    ...(time === 'known' ? [] : [time]),
    ...(filter === undefined ? [] : fieldsRead(filter)),
    ...(aggregate.field === undefined ? [] : [aggregate.field]),
  ];
}

function valueOf(rule: EventDefinition, contract: Contract): Omit<BaseDefinition, 'filter' | 'aggregate'> {
  const base = {
    id: rule.id,
    version: rule.version,
    name: rule.name,
    dimension: '监管风险',
    coverage: rule.reach,
    source: rule.source,
    time: contract.businessTime ?? 'known',
    empty: 0,
    notCovered: null,
    direction: 'lower_better',
    basis: rule.basis.join('；'),
    uses: ['alert'],
  } as const;
  return rule.release === undefined ? base : { ...base, release: rule.release };
}

function classOf(contract: Contract, name: string): Disclosure | undefined {
  return contract.fields.find((field) => field.name === name)?.disclosure;
}

function hasField(contract: Contract, name: string): boolean {
  return contract.fields.some((field) => field.name === name);
}

function isDay(contract: Contract, name: string): boolean {
  return contract.fields.some((field) => field.name === name && ['date', 'month'].includes(field.kind));
}

function noField(contract: Contract, name: string): Fault {
  return fault('/', `${contract.id} 没有字段 ${name}`, `${contract.id} has no field ${name}`);
}

function noContract(id: string): Fault {
  return fault('/source/contract', `没有合同 ${id}`, `there is no contract ${id}`);
}
