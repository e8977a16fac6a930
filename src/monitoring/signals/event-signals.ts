import { shiftDay } from '#evaluation';
import { beijingDate, canonicalHash, toEnterpriseId } from '#kernel';
import type { Contract } from '#lists';
import type { EventRule } from '../rules/rule.ts';
import { levelOf } from './levels.ts';
import type { FoundSignal } from './signal.ts';
import type { EventRow } from './write-events.ts';

/** The signals of one record: one for each rule that holds for it. */
export function signalsOf(row: EventRow, rules: readonly EventRule[]): FoundSignal[] {
  return rules.flatMap((rule, n) =>
    row[`m${n}`] === true ? [toSignal(row, rule, row[`v${n}`] ?? null)] : [],
  );
}

function toSignal(row: EventRow, rule: EventRule, value: number | null): FoundSignal {
  const { contract, steps } = rule;
  const happened = dayOf(row, contract.businessTime);
  const fact = {
    ruleId: rule.id,
    ruleHash: rule.hash,
    level: levelOf(value, { ...rule, steps: steps?.steps ?? [] }),
  };
  return {
    ...fact,
    enterpriseId: toEnterpriseId(row.enterprise_id),
    fact: factOf(row, rule),
    occurredOn: dayOf(row, rule.time) ?? happened ?? beijingDate(row.known_from),
    knownAt: row.known_from,
    // A day that the fact itself looks ahead to, as an expiry, is not when the department knew it.
    isLate: rule.time === undefined && happened !== undefined && isLate(contract, happened, row.known_from),
    isDisputed: row.is_disputed,
    value: rule.isInvisible ? null : value,
    evidence: [
      { contract: contract.id, deliveryNo: row.delivery_no, rowNo: row.row_no, knownFrom: row.known_from },
    ],
  };
}

/** The natural key as a digest: a fact has to be told from another, and not to be read here. */
function factOf(row: EventRow, { contract, identity = [] }: EventRule): string {
  const key = [...contract.naturalKey, ...identity].map((name) => [name, row[`f_${name}`] ?? null]);
  return `${contract.id}/${canonicalHash(key).slice(0, 32)}`;
}

function dayOf(row: EventRow, name: string | undefined): string | undefined {
  return name === undefined ? undefined : row[`f_${name}`]?.slice(0, 10);
}

/** Whether a fact of this day should have been here before, by what the contract promises. */
function isLate({ latency }: Pick<Contract, 'latency'>, day: string, knownFrom: Date): boolean {
  const { value, unit } = latency;
  const shift = { d: { days: value }, m: { months: value }, y: { years: value } }[unit];
  return shiftDay(day, shift) < beijingDate(knownFrom);
}
