import { createHash } from 'node:crypto';
import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { isInPopulation, readMembers, relation, selectOwn } from '#lists';
import type { Permit, PopulationPermit } from '#security';
import { compileAggregate } from '../compile/compile-aggregate.ts';
import type { CompiledIndicators, CompiledSource } from '../compile/compile-indicators.ts';
import { type Moment, type Slot, Slots } from '../compile/slots.ts';
import { valuesOf } from './statements.ts';

/** One record that counted for a value. */
export type RecordBehind = {
  readonly enterpriseId: EnterpriseId;
  readonly contractId: string;
  readonly deliveryNo: string;
  readonly rowNo: number;
  readonly knownFrom: Date;
};

type Row = { enterprise_id: string; delivery_no: string; row_no: number; known_from: Date };

/**
 * The records behind values of these enterprises as of a day: whatever counted for one of the compiled indicators, in the
 * order of delivery and row. One statement a source, for the few of a population that something was found of.
 */
export async function readRecordsBehind(
  tx: Tx,
  permit: PopulationPermit,
  compiled: CompiledIndicators,
  { asOf, ...asked }: { enterpriseIds: readonly EnterpriseId[]; asOf: string },
): Promise<RecordBehind[]> {
  const enterpriseIds = asked.enterpriseIds.filter((id) => isInPopulation(permit, id));
  if (enterpriseIds.length === 0) return [];
  const { knownAt } = permit.asOf;
  const members = await readMembers(
    tx,
    permit,
    enterpriseIds.map((enterpriseId) => ({ enterpriseId, knownAt })),
  );
  const pairs = members.flatMap((all, at) => all.map((member) => ({ owner: enterpriseIds[at], member })));
  const found: RecordBehind[] = [];
  for (const source of compiled.sources) {
    const { matches, slots } = conditionOf(source, 4);
    const { contract, fields } = source;
    const records = relation(tx, permit, contract, {
      fields,
      each: { whose: 'm.member', knownAt: 'm.known_at' },
    });
    const rows = await tx.rows<Row>(
      `select m.owner as enterprise_id, r.delivery_no, r.row_no, r.known_from
       from (select u.owner, u.member, $3::timestamptz as known_at
             from unnest($1::bigint[], $2::bigint[]) as u (owner, member)) m
       cross join lateral ${records} r where ${matches} order by 1, 2, 3`,
      [
        pairs.map(({ owner }) => owner),
        pairs.map(({ member }) => member),
        knownAt,
        ...valuesOf(slots, momentOf(asOf)),
      ],
    );
    found.push(...toRecords(rows, contract.id));
  }
  return found;
}

/** As `readRecordsBehind`, of the one enterprise of a Permit. */
export async function readOwnRecordsBehind(
  tx: Tx,
  permit: Permit,
  compiled: CompiledIndicators,
  asOf: string,
): Promise<RecordBehind[]> {
  const found: RecordBehind[] = [];
  for (const source of compiled.sources) {
    const { matches, slots } = conditionOf(source, 3);
    const { contract, fields } = source;
    const rows = await selectOwn<Omit<Row, 'enterprise_id'>>(tx, permit, {
      contracts: [{ contract, fields }],
      statement: ([records = '']) => {
        const text = `select r.delivery_no, r.row_no, r.known_from from ${records} r where ${matches} order by 1, 2`;
        return { name: nameOf(text), text, values: valuesOf(slots, momentOf(asOf)) };
      },
    });
    const own = rows.map((row) => ({ ...row, enterprise_id: permit.subject }));
    found.push(...toRecords(own, contract.id));
  }
  return found;
}

function nameOf(text: string): string {
  return `evaluation.behind ${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
}

/** Which records of a source count for any of its indicators; slots begin at `$first`. */
function conditionOf(
  { contract, indicators }: CompiledSource,
  first: number,
): { matches: string; slots: readonly Slot[] } {
  const slots = new Slots();
  const slot = (wanted: Slot): string => `$${slots.place(wanted) + first}::${wanted.type}`;
  const conditions = indicators.map(({ at, indicator: { definition } }) => {
    // A slot of the value alone would be bound and never referred to: the value is not written here.
    const parts = { definition, contract, at, slot, outerSlot: () => '', withoutDisputed: false };
    return compileAggregate(parts).matches;
  });
  return { matches: conditions.map((sql) => `(${sql})`).join(' or '), slots: slots.all() };
}

/** Conditions over records ask for days alone, and never when a source was delivered. */
function momentOf(asOf: string): Moment {
  return { asOf, delivered: new Map() };
}

function toRecords(rows: readonly Row[], contractId: string): RecordBehind[] {
  return rows.map((row) => ({
    enterpriseId: toEnterpriseId(row.enterprise_id),
    contractId,
    deliveryNo: row.delivery_no,
    rowNo: row.row_no,
    knownFrom: row.known_from,
  }));
}
