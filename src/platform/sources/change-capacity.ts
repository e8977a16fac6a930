import { createHash } from 'node:crypto';
import { newId, type Tx } from '#kernel';
import { recordLeaf, requireAllowed } from '#security';
import type { Acting } from '../acting.ts';
import type { AllowedCalls } from './capacity.ts';
import type { CapacityTables } from './capacity-tables.ts';
import type { Lane, SourceBook } from './source-book.ts';
import { sourceRefusal } from './source-refusals.ts';

/** What a source lets this node ask from now on: calls at once of the whole source, or calls of one interface. */
export type CapacityChange = { readonly sourceId: string; readonly reason: string } & (
  | { readonly concurrencyMax: number }
  | ({ readonly contractId: string } & AllowedCalls)
);

export type OpenCapacityChange = {
  readonly changeId: string;
  readonly sourceId: string;
  readonly contractId: string | null;
  readonly perMinute: number | null;
  readonly perDay: number | null;
  readonly concurrencyMax: number | null;
  readonly reason: string;
  readonly proposedBy: string;
  readonly proposedAt: Date;
};

/**
 * Changes a capacity. What only lowers it holds at once, by one person: a source in need cannot wait for a second one.
 * What raises any part of it waits for another person (`approveCapacity`). Every process follows within seconds.
 * Throws `source.unknown`.
 */
export async function changeCapacity(
  tx: Tx,
  acting: Acting,
  { sources, change }: { sources: Pick<SourceBook, 'lanes'>; change: CapacityChange },
): Promise<{ changeId: string; state: 'in_force' | 'proposed' }> {
  requireAllowed(acting.policies, acting.caller, 'change_capacity');
  const isRise = risesAbove(requireLane(sources, change), change);
  const at = acting.clock.now();
  const changeId = newId('cap', at);
  const receiptId = await leafOf(tx, acting, {
    act: isRise ? 'capacity_proposed' : 'capacity_lowered',
    change: changeId,
    ...bodyOf(change),
  });
  const settled = isRise
    ? { decision: null, decided_by: null, decided_at: null, receipt_id: null }
    : { decision: 'approved' as const, decided_by: acting.caller.id, decided_at: at, receipt_id: receiptId };
  await tx
    .tables<CapacityTables>()
    .insertInto('platform.capacity_changes')
    .values({
      change_id: changeId,
      ...columnsOf(change),
      reason: change.reason,
      proposed_by: acting.caller.id,
      proposed_at: at,
      ...settled,
    })
    .execute();
  return { changeId, state: isRise ? 'proposed' : 'in_force' };
}

/** Second step of a rise, by another person. Throws `source.change_unknown` or `policy.two_persons`. */
export async function approveCapacity(tx: Tx, acting: Acting, changeId: string): Promise<void> {
  const open = await requireOpen(tx, changeId);
  requireAllowed(acting.policies, acting.caller, 'change_capacity', { earlierPersons: [open.proposed_by] });
  await settle(tx, acting, { changeId, decision: 'approved' });
}

/** Ends a proposal without effect; the proposer may do so too. Throws `source.change_unknown`. */
export async function rejectCapacity(tx: Tx, acting: Acting, changeId: string): Promise<void> {
  requireAllowed(acting.policies, acting.caller, 'change_capacity');
  await requireOpen(tx, changeId);
  await settle(tx, acting, { changeId, decision: 'rejected' });
}

/** What waits for a second person, oldest first; for whoever may change capacities. */
export async function listCapacityChanges(tx: Tx, acting: Acting): Promise<OpenCapacityChange[]> {
  requireAllowed(acting.policies, acting.caller, 'change_capacity');
  const rows = await tx
    .tables<CapacityTables>()
    .selectFrom('platform.capacity_changes')
    .selectAll()
    .where('decision', 'is', null)
    .orderBy('proposed_at')
    .limit(200)
    .execute();
  return rows.map((row) => ({
    changeId: row.change_id,
    sourceId: row.source_id,
    contractId: row.contract_id === '' ? null : row.contract_id,
    perMinute: row.per_minute,
    perDay: row.per_day,
    concurrencyMax: row.concurrency_max,
    reason: row.reason,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
  }));
}

/** Brings this process to the capacities in force: the latest approved change, else what the definition says. */
export async function followCapacity(tx: Tx, { lanes }: SourceBook): Promise<void> {
  const rows = await tx.hotRows<InForce>('platform.follow_capacity', IN_FORCE);
  const changed = new Map(rows.map((row) => [`${row.source_id}|${row.contract_id}`, row]));
  for (const { source, gate, lines } of lanes.values()) {
    const own = changed.get(`${source.id}|`)?.concurrency_max ?? source.concurrencyMax;
    if (own !== gate.state.limit) gate.change(own);
    for (const [contractId, { to, capacity }] of lines) {
      const { per_minute, per_day } = changed.get(`${source.id}|${contractId}`) ?? {};
      capacity.change({
        perMinute: per_minute ?? to.capacity.perMinute,
        perDay: per_day ?? to.capacity.perDay,
      });
    }
  }
}

type InForce = {
  source_id: string;
  contract_id: string;
  per_minute: number | null;
  per_day: number | null;
  concurrency_max: number | null;
};

const IN_FORCE = `select distinct on (source_id, contract_id)
    source_id, contract_id, per_minute, per_day, concurrency_max
  from platform.capacity_changes where decision = 'approved'
  order by source_id, contract_id, decided_at desc, change_id desc`;

function requireLane(sources: Pick<SourceBook, 'lanes'>, change: CapacityChange): Lane {
  const lane = sources.lanes.get(change.sourceId);
  const isKnown = lane !== undefined && (!('contractId' in change) || lane.lines.has(change.contractId));
  if (!isKnown) throw sourceRefusal('source.unknown');
  return lane;
}

/** Compared with what this process holds to be in force; a second later at most it is what all hold. */
function risesAbove({ gate, lines }: Lane, change: CapacityChange): boolean {
  if ('concurrencyMax' in change) return change.concurrencyMax > gate.state.limit;
  const allowed = lines.get(change.contractId)?.capacity.allowed;
  if (allowed === undefined) throw new TypeError(`no interface ${change.contractId}`);
  return change.perMinute > allowed.perMinute || change.perDay > allowed.perDay;
}

function columnsOf(change: CapacityChange) {
  return 'concurrencyMax' in change
    ? {
        source_id: change.sourceId,
        contract_id: '',
        per_minute: null,
        per_day: null,
        concurrency_max: change.concurrencyMax,
      }
    : {
        source_id: change.sourceId,
        contract_id: change.contractId,
        per_minute: change.perMinute,
        per_day: change.perDay,
        concurrency_max: null,
      };
}

async function requireOpen(tx: Tx, changeId: string): Promise<{ proposed_by: string }> {
  const open = await tx
    .tables<CapacityTables>()
    .selectFrom('platform.capacity_changes')
    .select('proposed_by')
    .where('change_id', '=', changeId)
    .where('decision', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (open === undefined) throw sourceRefusal('source.change_unknown');
  return open;
}

async function settle(
  tx: Tx,
  acting: Acting,
  { changeId, decision }: { changeId: string; decision: 'approved' | 'rejected' },
): Promise<void> {
  const receiptId = await leafOf(tx, acting, { act: `capacity_${decision}`, change: changeId });
  await tx
    .tables<CapacityTables>()
    .updateTable('platform.capacity_changes')
    .set({ decision, decided_by: acting.caller.id, decided_at: acting.clock.now(), receipt_id: receiptId })
    .where('change_id', '=', changeId)
    .execute();
}

/** Words a person wrote stay out of the leaf; their digest goes in. */
function bodyOf({ reason, sourceId, ...limits }: CapacityChange) {
  return { source: sourceId, ...limits, reasonDigest: createHash('sha256').update(reason).digest('hex') };
}

async function leafOf(
  tx: Tx,
  { caller, clock, keys }: Acting,
  body: Readonly<Record<string, string | number>>,
): Promise<string> {
  const at = clock.now();
  const { id } = await recordLeaf(tx, keys, {
    kind: 'administrative_act',
    at,
    body: { ...body, by: caller.id },
  });
  return id;
}
