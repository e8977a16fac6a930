import type { EnterpriseId, Tx } from '#kernel';
import { type Apart, readApart, readMembers, relation, type Slice } from '#lists';
import type { PopulationPermit } from '#security';
import type { EventRule } from '../rules/rule.ts';
import { signalsOf } from './event-signals.ts';
import { EACH_MAX, knownDay, sliceOf } from './population-values.ts';
import type { FoundSignal } from './signal.ts';
import { type EventRow, fieldsOfRules, writeEvents } from './write-events.ts';

type Asked = {
  readonly rules: readonly EventRule[];
  readonly enterpriseIds: readonly EnterpriseId[];
  readonly asOf: string;
  readonly since: Date | null;
};

/** The facts of these enterprises, who are of the Permit's population: one statement a contract; two for a page, whose few special cases are read by themselves. */
export async function detectEvents(tx: Tx, permit: PopulationPermit, asked: Asked): Promise<FoundSignal[]> {
  const groups = [...Map.groupBy(asked.rules, ({ contract }) => contract.id).values()];
  const ids = asked.enterpriseIds;
  if (groups.length === 0 || ids.length === 0) return [];
  const about = { ...asked, asOf: knownDay(permit, asked.asOf) };
  const found: FoundSignal[] = [];
  if (ids.length <= EACH_MAX) {
    const members = await readAll(tx, permit, ids);
    for (const rules of groups) found.push(...(await detectEach(tx, permit, { ...about, rules, members })));
    return found;
  }
  const slice = sliceOf(ids);
  const contracts = groups.flatMap(([first]) => (first === undefined ? [] : [first.contract]));
  const apart = await readApart(tx, permit, { contracts, slice });
  const wanted = new Set<string>(ids);
  const members = await readAll(
    tx,
    permit,
    apart.subjects.filter((id) => wanted.has(id)),
  );
  for (const rules of groups) {
    found.push(...(await detectPage(tx, permit, { ...about, rules, apart, slice, wanted })));
    found.push(...(await detectEach(tx, permit, { ...about, rules, members })));
  }
  return found;
}

/** The stretch of numbers in which the enterprises lie, who of it stands apart, and who is asked about. */
type OfPage = { readonly slice: Slice; readonly apart: Apart; readonly wanted: ReadonlySet<string> };

async function detectPage(
  tx: Tx,
  permit: PopulationPermit,
  { rules, asOf, since, apart, slice, wanted }: Asked & OfPage,
): Promise<FoundSignal[]> {
  const contract = contractOf(rules);
  const fields = fieldsOfRules(rules, contract);
  const from = `${relation(tx, permit, contract, { fields, slice, apart })} r`;
  const { text, values } = writeEvents(rules, { from, owner: 'r.enterprise_id', first: 1, since }, asOf);
  const rows = await tx.rows<EventRow>(text, values);
  return rows.filter(({ enterprise_id: id }) => wanted.has(id)).flatMap((row) => signalsOf(row, rules));
}

/** Whose records count for whom. */
type Member = { readonly owner: EnterpriseId; readonly member: string };

async function readAll(tx: Tx, permit: PopulationPermit, ids: readonly EnterpriseId[]): Promise<Member[]> {
  if (ids.length === 0) return [];
  const { knownAt } = permit.asOf;
  const pairs = ids.map((enterpriseId) => ({ enterpriseId, knownAt }));
  const members = await readMembers(tx, permit, pairs);
  return ids.flatMap((owner, at) => (members[at] ?? []).map((member) => ({ owner, member })));
}

/** Enterprise by enterprise, with whatever was merged into each. */
async function detectEach(
  tx: Tx,
  permit: PopulationPermit,
  { rules, members, asOf, since }: Asked & { readonly members: readonly Member[] },
): Promise<FoundSignal[]> {
  if (members.length === 0) return [];
  const contract = contractOf(rules);
  const each = { whose: 'm.member', knownAt: 'm.known_at' };
  const records = relation(tx, permit, contract, { fields: fieldsOfRules(rules, contract), each });
  const from = `(select u.owner, u.member, $3::timestamptz as known_at
          from unnest($1::bigint[], $2::bigint[]) as u (owner, member)) m cross join lateral ${records} r`;
  const { text, values } = writeEvents(rules, { from, owner: 'm.owner', first: 4, since }, asOf);
  const rows = await tx.rows<EventRow>(text, [
    members.map(({ owner }) => owner),
    members.map(({ member }) => member),
    permit.asOf.knownAt,
    ...values,
  ]);
  return rows.flatMap((row) => signalsOf(row, rules));
}

function contractOf(rules: readonly EventRule[]): EventRule['contract'] {
  const [first] = rules;
  if (first === undefined) throw new TypeError('a group has a rule');
  return first.contract;
}
