import { compileFilter, type Moment, type Slot, Slots, type SlotWriter } from '#evaluation';
import type { Contract } from '#lists';
import { eventFields } from '../rules/check-rule.ts';
import type { EventRule } from '../rules/rule.ts';

/** A row of such a statement: its record, then `f_<field>` as text, and m0, v0 and so on: whether each rule holds, and its value. */
export type EventRow = {
  readonly enterprise_id: string;
  readonly delivery_no: string;
  readonly row_no: number;
  readonly known_from: Date;
  readonly is_disputed: boolean;
} & Readonly<Record<`f_${string}`, string | null>> &
  Readonly<Record<`m${number}`, boolean>> &
  Readonly<Record<`v${number}`, number | null>>;

/** Where the records stand: a from clause with `r` in it, and whose they count for. */
export type EventForm = {
  readonly from: string;
  readonly owner: string;
  /** Number of the first value that the statement may bind. */
  readonly first: number;
  /** Only versions that became known after it; null: all that stand. */
  readonly since: Date | null;
};

/** The fields that any of these rules of one contract reads. */
export function fieldsOfRules(rules: readonly EventRule[], contract: Contract): string[] {
  return [...new Set(rules.flatMap((rule) => eventFields(rule, contract)))].sort();
}

/**
 * One statement for all rules of a contract: each record of the enterprises is looked at once, and comes out when any rule
 * holds for it. How many such facts there were is counted over all that stand, also where only the new ones are asked for.
 */
export function writeEvents(
  rules: readonly EventRule[],
  { from, owner, first, since }: EventForm,
  asOf: string,
): { readonly text: string; readonly values: readonly unknown[] } {
  const [contract] = rules.map((rule) => rule.contract);
  if (contract === undefined) throw new TypeError('a contract has rules here');
  const slots = new Slots();
  const slot = (wanted: Slot): string => `$${slots.place(wanted) + first}::${wanted.type}`;
  const conditions = rules.map((rule) => conditionOf(rule, slot));
  const matches = rules.flatMap((rule, n) => {
    const holds = `coalesce(${conditions[n] ?? 'false'}, false)`;
    return [`${holds} as m${n}`, `${valueOf(rule, { holds, owner })} as v${n}`];
  });
  const fields = fieldsOfRules(rules, contract).map((name) => `r.${name}::text as f_${name}`);
  const moment: Moment = { asOf, delivered: new Map() };
  const values = slots.all().map((one) => one.valueOf(moment));
  const known = since === null ? '' : ` where z.known_from > $${first + values.length}::timestamptz`;
  const text = `select z.* from (
      select ${owner} as enterprise_id, r.delivery_no, r.row_no, r.known_from, r.is_disputed,
        ${[...fields, ...matches].join(',\n        ')}
      from ${from} where ${conditions.join('\n        or ')}
    ) z${known} order by z.enterprise_id, z.delivery_no, z.row_no`;
  return { text, values: since === null ? values : [...values, since] };
}

function conditionOf({ filter, contract }: EventRule, slot: SlotWriter): string {
  return filter === undefined ? 'true' : `(${compileFilter(filter, contract, slot)})`;
}

function valueOf({ steps, contract }: EventRule, about: { holds: string; owner: string }): string {
  if (steps === undefined) return 'null::float8';
  if (steps.by === 'amount') return `r.${steps.field}::float8`;
  const day = `r.${contract.businessTime ?? ''}`;
  return `(count(*) filter (where ${about.holds}) over (partition by ${about.owner} order by ${day}
          range between interval '${steps.withinDays} days' preceding and current row))::float8`;
}
