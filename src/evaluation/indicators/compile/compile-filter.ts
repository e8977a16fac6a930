import type { Contract, Field } from '#lists';
import { fieldOf, type Operator, operatorOf, operandsOf, typeOf } from '../definition/check-filter.ts';
import type { Filter, Leaf, Operand } from '../indicator.ts';
import { shiftedDay, shiftedYear, type Slot } from './slots.ts';

/** How a statement refers to a slot of its as-of day. */
export type SlotWriter = (slot: Slot) => string;

/**
 * A filter that was found sound, as an SQL condition over `r`. Field names come from the contract, every value is written
 * as a literal of its type. It may be null where it does not hold; `not` never is.
 */
export function compileFilter(filter: Filter, contract: Contract, slot: SlotWriter): string {
  const each = (parts: readonly Filter[], word: string): string =>
    `(${parts.map((part) => compileFilter(part, contract, slot)).join(` ${word} `)})`;
  if ('all' in filter) return each(filter.all, 'and');
  if ('any' in filter) return each(filter.any, 'or');
  if ('not' in filter) return `(${compileFilter(filter.not, contract, slot)}) is not true`;
  return compileLeaf(filter, contract, slot);
}

const SIGNS: Readonly<Partial<Record<Operator, string>>> = {
  eq: '=',
  ne: '<>',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};

function compileLeaf(leaf: Leaf, contract: Contract, slot: SlotWriter): string {
  const field = fieldOf(contract, leaf.field);
  if (field === undefined) throw new TypeError(`${contract.id} has no field ${leaf.field}`);
  const column = `r.${field.name}`;
  const operator = operatorOf(leaf);
  if (operator === 'isNull') return `${column} is ${leaf.isNull === true ? '' : 'not '}null`;
  const operands = operandsOf(leaf).map((operand) => writeOperand(operand, field, slot));
  if (operator === 'in') return `${column} in (${operands.join(', ')})`;
  if (operator === 'notIn') return `${column} not in (${operands.join(', ')})`;
  if (operator === 'between') return `${column} between ${operands.join(' and ')}`;
  return `${column} ${SIGNS[operator]} ${operands.join('')}`;
}

function writeOperand(operand: Operand, field: Field, slot: SlotWriter): string {
  if (typeof operand === 'object') {
    if ('field' in operand) return `r.${operand.field}`;
    return slot(field.kind === 'year' ? shiftedYear(operand.asOf) : shiftedDay(operand.asOf));
  }
  if (typeof operand === 'boolean') return String(operand);
  if (typeof operand === 'number') return writeNumber(operand, field);
  return typeOf(field) === 'day' ? `date ${quote(operand)}` : quote(operand);
}

function writeNumber(value: number, field: Field): string {
  return field.kind === 'decimal' ? `numeric '${value}'` : `${BigInt(value)}`;
}

/** A literal; the server takes backslashes as they are (standard_conforming_strings). */
export function quote(text: string): string {
  if (text.includes('\0')) throw new TypeError('a text has no NUL');
  return `'${text.replaceAll("'", "''")}'`;
}
