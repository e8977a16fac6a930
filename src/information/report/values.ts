import { beijingTime } from '#kernel';

/** The part of a contract's field that decides how a value reads. */
export type ValueField = {
  readonly name: string;
  readonly kind: string;
  readonly codes?: string;
  readonly unit?: string;
};

/** Chinese name of a code, or undefined where the table does not know it. */
export type CodeLabel = (table: string, code: string) => string | undefined;

export const NO_VALUE = '—';

/** ISO 4217 currencies without a minor unit among those that departments report. */
const WHOLE_CURRENCIES = new Set(['JPY', 'KRW', 'VND']);

/**
 * One canonical value as people read it: `1234500` fen → `12,345.00 元`, a code → its name, no end → `长期`.
 * `currency` is the ISO 4217 code of a money value whose contract allows any.
 */
export function textOf(
  field: ValueField,
  value: string | null,
  of: { labelOf: CodeLabel; currency?: string },
): string {
  if (value === null || value === '') return NO_VALUE;
  switch (field.kind) {
    case 'code':
      return (field.codes === undefined ? undefined : of.labelOf(field.codes, value)) ?? value;
    case 'money':
      return moneyText(value, of.currency ?? 'CNY');
    case 'boolean':
      return { true: '是', false: '否' }[value] ?? value;
    case 'date':
      return /^(9999-|infinity)/.test(value) ? '长期' : value;
    case 'timestamp':
      return timestampText(value);
    case 'integer':
    case 'decimal':
      return withUnit(grouped(value), field.unit);
    default:
      return withUnit(value, field.unit);
  }
}

function moneyText(minorUnits: string, currency: string): string {
  const unit = currency === 'CNY' ? '元' : currency;
  if (!/^-?\d+$/.test(minorUnits)) return minorUnits; // masked or banded by the reader
  if (WHOLE_CURRENCIES.has(currency)) return `${grouped(minorUnits)} ${unit}`;
  const sign = minorUnits.startsWith('-') ? '-' : '';
  const digits = minorUnits.replace('-', '').padStart(3, '0');
  return `${sign}${grouped(digits.slice(0, -2))}.${digits.slice(-2)} ${unit}`;
}

function timestampText(value: string): string {
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? value : beijingTime(at);
}

function grouped(number: string): string {
  return /^-?\d+(\.\d+)?$/.test(number) ? number.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',') : number;
}

function withUnit(text: string, unit: string | undefined): string {
  return unit === undefined ? text : `${text} ${unit}`;
}
