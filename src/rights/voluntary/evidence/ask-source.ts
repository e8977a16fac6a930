import assert from 'node:assert';
import { beginningOfBeijingDate, beijingDate, type EnterpriseId, newId, type Tx } from '#kernel';
import type { SourceAnswer } from '#information';
import { type Contract, type EnterpriseIdentity, readEnterprise, readKnownAt } from '#lists';
import { type Caller, decide, recordLeaf, type SourceOrder } from '#security';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { VOLUNTARY_LIMITS } from '../voluntary-limits.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';

/** A right of the enterprise to have departments asked about itself, once. */
export type Asking = {
  readonly askId: string;
  readonly enterpriseId: EnterpriseId;
  readonly order: SourceOrder;
  readonly contracts: readonly Contract[];
  readonly enterprise: EnterpriseIdentity;
};

type Ordered = {
  readonly caller: Caller;
  readonly itemId: string;
  readonly contracts: readonly Contract[];
};

/**
 * Gives the order to ask, with its intent leaf and a row for each department: an ask of which nobody says what came of it is a
 * finding. Under the lock of the enterprise's items, so that the bound of a day holds. Throws `voluntary.too_many_source_asks`.
 */
export async function orderRows(
  tx: Tx,
  context: VoluntaryContext,
  { caller, itemId, contracts }: Ordered,
): Promise<Asking> {
  const { enterpriseId } = caller;
  assert(enterpriseId !== null, 'an enterprise checks its own items');
  const at = context.clock.now();
  await requireRoom(tx, enterpriseId, at);
  const ids = contracts.map(({ id }) => id);
  const asOf = { knownAt: await readKnownAt(tx, ids) };
  const asked = { caller, purpose: 'self' as const, subject: enterpriseId, contracts, asOf };
  const permit = decide(tx, context.policies, asked);
  const order = permit.orderFromSources(ids, new Date(at.getTime() + VOLUNTARY_LIMITS.sourceAskMs));
  const askId = newId('ask', at);
  const body = {
    act: 'source_check',
    ask: askId,
    item: itemId,
    purpose: 'self',
    contracts: ids,
    by: caller.id,
  };
  await recordLeaf(tx, context.keys, { kind: 'intent', at, subject: enterpriseId, body });
  await tx.rows(
    `insert into rights.source_asks (enterprise_id, ask_id, source_contract_id, item_id, asked_by, asked_at)
     select $1, $2, contract_id, $4, $5, $6 from unnest($3::text[]) as of (contract_id)`,
    [enterpriseId, askId, ids, itemId, caller.id, at],
  );
  return { askId, enterpriseId, order, contracts, enterprise: await readEnterprise(tx, enterpriseId) };
}

async function requireRoom(tx: Tx, enterpriseId: EnterpriseId, now: Date): Promise<void> {
  const max = VOLUNTARY_LIMITS.sourceAsksPerDayMax;
  const [row] = await tx.rows<{ asks: number }>(
    `select count(distinct ask_id)::integer as asks from rights.source_asks
     where enterprise_id = $1 and asked_at >= $2`,
    [enterpriseId, beginningOfBeijingDate(beijingDate(now))],
  );
  if ((row?.asks ?? 0) >= max) throw voluntaryRefusal('voluntary.too_many_source_asks', { max });
}

/** Capacity of a department is shared among whoever asks; checks of enterprises have one share together. */
const SHARE = 'self';

/** Call it in no transaction. */
export async function gatherRows(
  { askSources }: Pick<VoluntaryContext, 'askSources'>,
  { order, contracts, enterprise }: Asking,
): Promise<readonly SourceAnswer[]> {
  const wanted = contracts.filter(({ id }) => order.fields(id).length > 0);
  if (askSources === undefined || wanted.length === 0) return [];
  return await askSources(order, { contracts: wanted, enterprise, institution: SHARE });
}

export async function settleAsks(
  tx: Tx,
  { enterpriseId, askId }: Asking,
  outcomes: readonly { readonly source: Contract; readonly outcome: 'match' | 'no_match' | 'no_answer' }[],
): Promise<void> {
  for (const { source, outcome } of outcomes)
    await tx.rows(
      `update rights.source_asks set outcome = $4
       where enterprise_id = $1 and ask_id = $2 and source_contract_id = $3`,
      [enterpriseId, askId, source.id, outcome],
    );
}
