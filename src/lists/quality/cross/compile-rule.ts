import type { Field } from '../../contract/shape.ts';
import type { Comparison, Condition, CrossRule, Operand } from './rule-form.ts';

/** One SQL statement with its bound values; it selects enterprise_id, delivery_no, row_no, failed of each record checked. */
export type CompiledRule = { readonly text: string; readonly values: readonly unknown[] };

/** The two relations a rule is compiled over; each has a column `subject` beside those of `relation`. */
export type RuleRelations = {
  readonly judged: string;
  readonly partner: string;
  /** Kind of a contract's field; undefined for the register. */
  kindOf(side: 'judged' | 'partner', field: string): Field['kind'] | undefined;
};

/** What `{reportYear}` and `{reportYearEnd}` stand for in the conditions of this run. */
export type Placeholders = Readonly<Record<string, string>>;

/** Compiles a rule that `findFaults` found sound. Field names come from contracts, every other text is a bound value. */
export function compileRule(
  rule: CrossRule,
  relations: RuleRelations,
  placeholders: Placeholders,
): CompiledRule {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const context = { relations, placeholders, bind };
  const joined = joinConditions(rule, context);
  const filters = judgedFilters(rule, context);
  const isChecked = rule.expect === 'every' || rule.expect === 'total' ? 'having count(p.subject) > 0' : '';
  const text = `
    select j.enterprise_id, j.delivery_no, j.row_no, ${verdict(rule, context)} as failed
    from ${relations.judged} j
    left join ${relations.partner} p on ${joined.join(' and ')}
    ${filters.length === 0 ? '' : `where ${filters.join(' and ')}`}
    group by j.enterprise_id, j.delivery_no, j.row_no
    ${isChecked}`;
  return { text, values };
}

type Context = {
  readonly relations: RuleRelations;
  readonly placeholders: Placeholders;
  readonly bind: (value: unknown) => string;
};

/** Partners that a comparison can say nothing about are no partners of `every` and `total`. */
function joinConditions(rule: CrossRule, context: Context): string[] {
  const pairs = (rule.partner.same ?? []).map(
    ({ judged, partner }) => `p.${partner}::text = j.${judged}::text`,
  );
  const conditions = (rule.partner.where ?? []).map((condition) => sayCondition(condition, 'p', context));
  const needsOperands = rule.expect === 'every' || rule.expect === 'total';
  return [
    'p.subject = j.subject',
    ...pairs,
    ...conditions,
    ...(needsOperands ? operandsPresent(rule, 'partner') : []),
  ];
}

/** A record whose own operand is empty is not checked. */
function judgedFilters(rule: CrossRule, context: Context): string[] {
  const conditions = (rule.judged.where ?? []).map((condition) => sayCondition(condition, 'j', context));
  const paired = (rule.partner.same ?? []).map(({ judged }) => `j.${judged} is not null`);
  return [...conditions, ...paired, ...operandsPresent(rule, 'judged')];
}

function operandsPresent(rule: CrossRule, side: 'judged' | 'partner'): string[] {
  return (rule.compare ?? []).flatMap((comparison) => {
    const operand = comparison[side];
    if (typeof operand !== 'string' && 'value' in operand) return [];
    const name = typeof operand === 'string' ? operand : operand.field;
    return [`${side === 'judged' ? 'j' : 'p'}.${name} is not null`];
  });
}

function verdict(rule: CrossRule, context: Context): string {
  if (rule.expect === 'total') return totalVerdict(rule, context);
  const tests = [
    ...(rule.compare ?? []).map((comparison) => sayComparison(comparison, context)),
    ...(rule.holds ?? []).map((condition) => sayCondition(condition, 'p', context)),
  ];
  const holds = tests.length === 0 ? 'true' : tests.join(' and ');
  switch (rule.expect) {
    case 'every':
      return `count(p.subject) filter (where not (${holds})) > 0`;
    case 'some':
      return `count(p.subject) filter (where ${holds}) = 0`;
    case 'none':
      return `count(p.subject) filter (where ${holds}) > 0`;
  }
}

function totalVerdict(rule: CrossRule, context: Context): string {
  const [comparison] = rule.compare ?? [];
  if (comparison === undefined) throw new TypeError(`${rule.id}: total has no comparison`);
  const judged = sayOperand(comparison.judged, 'judged', context);
  return `not (min(${judged}) ${SIGNS[comparison.op]} sum(${sayOperand(comparison.partner, 'partner', context)}))`;
}

const SIGNS = { equal: '=', not_equal: '<>', at_most: '<=', at_least: '>=', below: '<', above: '>' } as const;

function sayComparison({ judged, op, partner }: Comparison, context: Context): string {
  return `${sayOperand(judged, 'judged', context)} ${SIGNS[op]} ${sayOperand(partner, 'partner', context)}`;
}

function sayOperand(operand: Operand, side: 'judged' | 'partner', context: Context): string {
  const alias = side === 'judged' ? 'j' : 'p';
  if (typeof operand === 'string') return `${alias}.${operand}`;
  if ('value' in operand) return `${context.bind(operand.value)}::numeric`;
  const isYear = context.relations.kindOf(side, operand.field) === 'year';
  return isYear ? `${alias}.${operand.field}` : `extract(year from ${alias}.${operand.field})`;
}

/** An empty value is in no set and outside every set. */
function sayCondition(condition: Condition, alias: 'j' | 'p', { bind, placeholders }: Context): string {
  const column = `${alias}.${condition.field}`;
  if ('filled' in condition) return `${column} is ${condition.filled ? 'not null' : 'null'}`;
  if ('onOrBefore' in condition)
    return `${column} <= ${bind(fill(condition.onOrBefore, placeholders))}::date`;
  if ('in' in condition)
    return `coalesce(${column}::text = any(${bind(fillAll(condition.in, placeholders))}::text[]), false)`;
  return `coalesce(${column}::text <> all(${bind(fillAll(condition.notIn, placeholders))}::text[]), true)`;
}

function fillAll(values: readonly string[], placeholders: Placeholders): string[] {
  return values.map((value) => fill(value, placeholders));
}

function fill(value: string, placeholders: Placeholders): string {
  return value.replace(/^\{(\w+)\}$/, (_, name: string) => {
    const known = placeholders[name];
    if (known === undefined) throw new TypeError(`no placeholder {${name}}`);
    return known;
  });
}

/** Annual reports of a year are due by 30 June of the next (企业信息公示暂行条例, article 8). */
export function reportYearPlaceholders(lastDay: string): Placeholders {
  const year = Number(lastDay.slice(0, 4)) - (lastDay.slice(5) >= '06-30' ? 1 : 2);
  return { reportYear: String(year), reportYearEnd: `${year}-12-31` };
}
