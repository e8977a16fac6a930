import type { Filter } from '#evaluation';
import type { Catalogue, Contract, Field } from '#lists';

type Said = { readonly contract: Contract; readonly catalogue: Pick<Catalogue, 'codeTables'> };
type Leaf = Extract<Filter, { readonly field: string }>;
type Operand = NonNullable<Leaf['eq']>;

/** A filter as a person in the duty reads it, in Chinese, by the names that the contract and its code tables give. */
export function sayFilter(filter: Filter, about: Said): string {
  if ('all' in filter) return filter.all.map((part) => sayPart(part, about)).join('，且');
  if ('any' in filter) return filter.any.map((part) => sayPart(part, about)).join('，或');
  if ('not' in filter) return `不是（${sayFilter(filter.not, about)}）`;
  return sayLeaf(filter, about);
}

function sayPart(part: Filter, about: Said): string {
  return 'all' in part || 'any' in part ? `（${sayFilter(part, about)}）` : sayFilter(part, about);
}

const SIGNS = [
  ['eq', '为'],
  ['ne', '不为'],
  ['lt', '小于'],
  ['le', '不大于'],
  ['gt', '大于'],
  ['ge', '不小于'],
] as const;

function sayLeaf(leaf: Leaf, about: Said): string {
  const field = about.contract.fields.find(({ name }) => name === leaf.field);
  if (field === undefined) throw new TypeError(`a checked filter has no field ${leaf.field}`);
  const say = (operand: Operand): string => sayOperand(operand, field, about);
  const name = field.businessName;
  if (leaf.isNull !== undefined) return leaf.isNull ? `没有${name}` : `有${name}`;
  if (leaf.in !== undefined) return `${name}为${leaf.in.map(say).join('、')}之一`;
  if (leaf.notIn !== undefined) return `${name}不是${leaf.notIn.map(say).join('、')}`;
  if (leaf.between !== undefined) return `${name}在${leaf.between.map(say).join('与')}之间`;
  const found = SIGNS.find(([key]) => leaf[key] !== undefined);
  const operand = found === undefined ? undefined : leaf[found[0]];
  if (found === undefined || operand === undefined) throw new TypeError('the schema asks for one operator');
  return `${name}${found[1]}${say(operand)}`;
}

function sayOperand(operand: Operand, field: Field, { contract, catalogue }: Said): string {
  if (typeof operand === 'boolean') return operand ? '是' : '否';
  if (typeof operand === 'number') return field.kind === 'money' ? `${operand / 100} 元` : String(operand);
  if (typeof operand === 'string') {
    const table = field.codes === undefined ? undefined : catalogue.codeTables.get(field.codes);
    return `“${table?.values.find(({ code }) => code === operand)?.name ?? operand}”`;
  }
  if ('field' in operand)
    return contract.fields.find(({ name }) => name === operand.field)?.businessName ?? operand.field;
  return sayShift(operand.asOf);
}

function sayShift({
  days = 0,
  months = 0,
  years = 0,
}: {
  days?: number;
  months?: number;
  years?: number;
}): string {
  const parts = [
    [years, '年'],
    [months, '个月'],
    [days, '日'],
  ] as const;
  const moved = parts.filter(([count]) => count !== 0);
  if (moved.length === 0) return '当日';
  return moved.map(([count, unit]) => `${Math.abs(count)}${unit}${count < 0 ? '前' : '后'}`).join('又');
}
