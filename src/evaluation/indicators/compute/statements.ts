import type { EnterpriseId, Tx } from '#kernel';
import { type Apart, type Bounds, OWN_KIND, populationRelation, relation, type Slice } from '#lists';
import type { PopulationPermit } from '#security';
import { quote, type SlotWriter } from '../compile/compile-filter.ts';
import type { CompiledIndicators, CompiledSource } from '../compile/compile-indicators.ts';
import { type Moment, type Slot, Slots } from '../compile/slots.ts';
import { type Beside, writeValues } from '../compile/write-values.ts';

export type Statement = { readonly text: string; readonly values: readonly unknown[] };

export type Marks = {
  /** Values as they would be without the records that are under objection. */
  readonly withoutDisputed?: boolean;
};

/** What a slice gives beside the values: what the register says of an enterprise, and fields of one dataset. */
export type BesideValues = {
  readonly carried?: readonly ('standing' | 'size_class')[];
  readonly beside?: Beside | undefined;
};

type AboutSlice = {
  readonly slice: Slice;
  /** Given: the text holds for any slice of this moment with nobody apart, and has the slice's bounds as parameters. */
  readonly bounds?: Bounds | undefined;
  readonly apart: Apart;
  readonly moment: Moment;
};

/**
 * The statement of one slice, to be read or to be inserted from: enterprise_id, what stands beside, then v0, t0 and so on,
 * in no order. Each source is read once, without marks and aliases; the enterprises that stand apart are not in it.
 */
export function sliceStatement(
  tx: Tx,
  permit: PopulationPermit,
  compiled: CompiledIndicators,
  about: Marks & BesideValues & AboutSlice,
): string {
  const { slice, bounds, apart, moment, withoutDisputed = false, carried = [], beside } = about;
  // Of one moment: as literals they leave the planner fewer steps, and every slice of a run the same text.
  const slot: SlotWriter = (wanted) => literalOf(wanted, moment);
  return writeValues(compiled, {
    innerSlot: slot,
    outerSlot: slot,
    head: populationRelation(tx, permit, { slice, bounds, apart }),
    headColumns: ['enterprise_id', 'kind', ...carried],
    carried,
    beside,
    from: ({ contract, fields }) => `${relation(tx, permit, contract, { fields, slice, bounds, apart })} r`,
    groupBy: 'r.enterprise_id',
    withoutDisputed,
    withEvidence: false,
  });
}

function literalOf(slot: Slot, moment: Moment): string {
  const value = slot.valueOf(moment);
  return `${quote(value instanceof Date ? value.toISOString() : String(value))}::${slot.type}`;
}

export type OwnStatement = { readonly text: string; readonly slots: readonly Slot[] };

/** The statement of one enterprise, over its own relations in the order of `compiled.sources`; slots begin at $3. */
export function ownStatement(
  compiled: CompiledIndicators,
  relations: readonly string[],
  { withoutDisputed = false, withEvidence }: Marks & { readonly withEvidence: boolean },
): OwnStatement {
  const slots = new Slots();
  const slot: SlotWriter = (wanted) => `$${slots.place(wanted) + 3}::${wanted.type}`;
  const byContract = new Map(compiled.sources.map(({ contract }, n) => [contract.id, relations[n]]));
  const text = writeValues(compiled, {
    innerSlot: slot,
    outerSlot: slot,
    head: `(select ${OWN_KIND} as kind)`,
    headColumns: ['kind'],
    from: ({ contract }) => `${byContract.get(contract.id) ?? ''} r`,
    groupBy: undefined,
    withoutDisputed,
    withEvidence,
  });
  return { text, slots: slots.all() };
}

/** An enterprise as of a day with what was known at an instant, and whose records count for it. */
export type Pair = {
  readonly enterpriseId: EnterpriseId;
  readonly knownAt: Date;
  readonly moment: Moment;
  readonly members: readonly string[];
};

/** The statement of many pairs: n (from 1), then v0, t0 and so on; a pair that the register did not know then is not in it. */
export function pairsStatement(
  tx: Tx,
  permit: PopulationPermit,
  compiled: CompiledIndicators,
  { pairs, withoutDisputed = false }: Marks & { readonly pairs: readonly Pair[] },
): Statement {
  const slots = new Slots();
  const slotOf =
    (alias: string): SlotWriter =>
    (wanted) =>
      `${alias}s${slots.place(wanted)}`;
  const records = ({ contract, fields }: CompiledSource): string => `members m join heads p on p.n = m.n
      cross join lateral ${relation(tx, permit, contract, { fields, each: { whose: 'm.member', knownAt: 'p.known_at' } })} r`;
  const head = populationRelation(tx, permit, { each: { whose: 'p.enterprise_id', knownAt: 'p.known_at' } });
  const body = writeValues(compiled, {
    innerSlot: slotOf('p.'),
    outerSlot: slotOf(''),
    head: `(select p.*, e.kind from heads p cross join lateral ${head} e)`,
    headColumns: ['n', 'kind', ...slotNames(compiled, slots, withoutDisputed)],
    from: records,
    groupBy: 'p.n',
    withoutDisputed,
    withEvidence: false,
  });
  const all = slots.all();
  const text = `with heads as (
      select * from unnest($1::bigint[], $2::timestamptz[]${all.map(({ type }, at) => `, $${at + 5}::${type}[]`).join('')})
        with ordinality as p (enterprise_id, known_at${all.map((_, at) => `, s${at}`).join('')}, n)
    ), members as (select * from unnest($3::bigint[], $4::bigint[]) as m (n, member))
    ${body}`;
  return {
    text,
    values: [...pairValues(pairs), ...all.map((slot) => pairs.map(({ moment }) => slot.valueOf(moment)))],
  };
}

/** All slots go on from the heads; which there are is known once everything was written, so it is written twice. */
function slotNames(compiled: CompiledIndicators, slots: Slots, withoutDisputed: boolean): string[] {
  const note: SlotWriter = (wanted) => `s${slots.place(wanted)}`;
  writeValues(compiled, {
    innerSlot: note,
    outerSlot: note,
    head: '',
    headColumns: ['n'],
    from: () => '',
    groupBy: 'n',
    withoutDisputed,
    withEvidence: false,
  });
  return slots.all().map((_, at) => `s${at}`);
}

function pairValues(pairs: readonly Pair[]): unknown[] {
  const members = pairs.flatMap((pair, at) => pair.members.map((member) => ({ n: at + 1, member })));
  return [
    pairs.map(({ enterpriseId }) => enterpriseId),
    pairs.map(({ knownAt }) => knownAt),
    members.map(({ n }) => n),
    members.map(({ member }) => member),
  ];
}

export function valuesOf(slots: readonly Slot[], moment: Moment): unknown[] {
  return slots.map((slot) => slot.valueOf(moment));
}
