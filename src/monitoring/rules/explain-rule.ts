import type { IndicatorBook } from '#evaluation';
import type { Catalogue } from '#lists';
import type { EventSteps, LevelStep, Rule, RuleKind, ThresholdRule } from './rule.ts';
import { sayFilter } from './say-filter.ts';

const RULE_WORDS = {
  level: { red: '红', orange: '橙', yellow: '黄', blue: '蓝' },
  scope: { public: '公开信息', authorised: '须有贷后管理授权' },
  reach: { replicated: '归集', followed: '逐户跟踪' },
  start: { draft: '草稿', shadow: '影子运行', active: '启用' },
  backTest: {
    passed: '通过',
    not_shown: '次数足够，未能证明有用',
    too_few: '次数不足，未能检验；依规定依据启用',
    none: '须逐户授权，不作总体检验；依规定依据启用',
  },
} as const;

const KIND_WORDS: Readonly<Record<RuleKind, string>> = {
  event: '出现事实',
  threshold: '数值越限',
  grade_drop: '等级下降',
  whitelist_exit: '移出白名单',
  silence: '数据中断',
};

type Known = { readonly catalogue: Catalogue; readonly book: Pick<IndicatorBook, 'indicators'> };

/** A rule in lines that a person in the duty reads without its file: Chinese first, then the English name and action. */
export function explainRule(rule: Rule, known: Known): string[] {
  const {
    id,
    version,
    name,
    level,
    kind,
    scope,
    reach,
    coolDownDays,
    precisionFloor,
    basis,
    action,
    start,
    backTest,
  } = rule;
  const { catalogue } = known;
  const datasets = rule.contracts.map(
    (contract) => `${catalogue.contracts.get(contract)?.name ?? ''}（${contract}）`,
  );
  return [
    `${name.zh}（${id} ${version}）`,
    `级别：${RULE_WORDS.level[level]}；种类：${KIND_WORDS[kind]}；初始状态：${RULE_WORDS.start[start]}`,
    `数据：${datasets.length === 0 ? '节点自身的评价结果' : datasets.join('、')}；${RULE_WORDS.reach[reach]}；${RULE_WORDS.scope[scope]}`,
    `触发：${sayTrigger(rule, known)}`,
    ...saySteps(rule),
    ...(coolDownDays === 0 ? [] : [`解除后 ${coolDownDays} 日内不再触发`]),
    ...(rule.isInvisible ? ['所依据的信息可用不可见：只给出级别，不给出数值'] : []),
    `准确率下限：${precisionFloor === null ? '未定' : `${precisionFloor * 100}%，低于此即退回试运行`}`,
    ...(backTest === undefined ? [] : [`合成城市回溯检验：${RULE_WORDS.backTest[backTest]}`]),
    `依据：${basis.join('；')}`,
    `建议：${action.zh}`,
    `${name.en}. ${action.en}.`,
  ];
}

function sayTrigger(rule: Rule, known: Known): string {
  switch (rule.kind) {
    case 'event':
      return rule.filter === undefined
        ? '有任何一条记录'
        : sayFilter(rule.filter, { contract: rule.contract, catalogue: known.catalogue });
    case 'threshold':
      return sayThreshold(rule, known);
    case 'silence':
      return `最近一条记录距今满 ${rule.afterDays} 日，此前至少有 ${rule.recordsMin} 条，且来源在 ${rule.sourceHeardDays} 日内有数据`;
    case 'grade_drop':
      return `公布的等级较上一期下降 ${rule.places} 级及以上`;
    case 'whitelist_exit':
      return `有效的白名单条目因 ${rule.reasons.join('、')} 退出`;
  }
}

function sayThreshold(rule: ThresholdRule, { book }: Known): string {
  const nameOf = (id: string): string => `${book.indicators.get(id)?.definition.name.zh ?? id}（${id}）`;
  const [raised, cleared] = rule.direction === 'above' ? ['达到', '回落到'] : ['降至', '回升到'];
  const base = rule.minimumBase;
  return [
    `${nameOf(rule.indicator)}${raised} ${rule.raiseAt}，直至${cleared} ${rule.clearAt} 方解除`,
    ...(base === undefined ? [] : [`以 ${nameOf(base.indicator)} 不低于 ${base.atLeast} 为前提`]),
    ...(rule.season === 'none' ? [] : ['与上年同月比较，不受季节影响']),
  ].join('；');
}

function saySteps(rule: Rule): string[] {
  if (rule.kind === 'event') return rule.steps === undefined ? [] : [sayEventSteps(rule.steps)];
  if (rule.kind !== 'threshold' && rule.kind !== 'grade_drop') return [];
  return rule.steps === undefined ? [] : [`分级：${list(rule.steps)}`];
}

function sayEventSteps(steps: EventSteps): string {
  if (steps.by === 'amount') return `分级：按 ${steps.field}，${list(steps.steps)}`;
  return `分级：${steps.withinDays} 日内的件数，${list(steps.steps)}`;
}

function list(steps: readonly LevelStep[]): string {
  return steps.map(({ at, level }) => `到 ${at} 为${RULE_WORDS.level[level]}`).join('，');
}
