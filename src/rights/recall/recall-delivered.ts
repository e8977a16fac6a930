import assert from 'node:assert';
import { inTransaction, type Tx } from '#kernel';
import { type Contract, type CorrectedRecord, findCorrected, readKnownAt } from '#lists';
import { systemCaller } from '#platform';
import { requireAllowed } from '#security';
import type { RightsContext } from '../rights-context.ts';
import { RECALL_LIMITS } from './recall-limits.ts';
import { recallRecords } from './recall-disclosures.ts';
import { requireFitting } from './recall-terms.ts';

export type RecalledDelivered = { readonly records: number; readonly recalls: number };

/**
 * After deliveries: recalls what was disclosed of adverse records that departments have since changed or withdrawn, as
 * `models/rights/recall.yaml` says. Each contract goes on from where it stood last. In steps of their own: what a crash left is
 * found again, and what was recalled is not recalled twice. The first run of a contract begins at its own instant. Throws
 * `recalls.definition_not_valid` where the rules name what the contracts in force do not have.
 */
export async function recallDelivered(context: RightsContext): Promise<RecalledDelivered> {
  requireFitting(context.recall, context.catalogue);
  const total = { records: 0, recalls: 0 };
  for (const [id, fields] of Object.entries(context.recall.deliveries)) {
    const contract = context.catalogue.contracts.get(id);
    assert(contract !== undefined, 'the rules fit the catalogue');
    const found = await inTransaction(context.database, (tx) => find(tx, context, { contract, fields }));
    for (let from = 0; from < found.records.length; from += RECALL_LIMITS.sweptPerStep) {
      const step = found.records.slice(from, from + RECALL_LIMITS.sweptPerStep);
      total.recalls += await recallStep(context, contract, step);
    }
    total.records += found.records.length;
    await inTransaction(context.database, (tx) => moveOn(tx, contract, found.until));
  }
  return total;
}

type Swept = { readonly contract: Contract; readonly fields: readonly string[] };

async function find(
  tx: Tx,
  { policies }: RightsContext,
  { contract, fields }: Swept,
): Promise<{ readonly records: readonly CorrectedRecord[]; readonly until: Date }> {
  const grant = requireAllowed(policies, systemCaller('recall'), 'recall_disclosures');
  const until = await readKnownAt(tx, [contract.id]);
  const [row] = await tx.rows<{ since: Date }>(
    'select swept_until as since from rights.recall_sweeps where contract_id = $1',
    [contract.id],
  );
  const since = row?.since ?? until;
  const records = until <= since ? [] : await findCorrected(tx, grant, { contract, fields, since, until });
  return { records, until };
}

async function recallStep(
  context: RightsContext,
  contract: Contract,
  step: readonly CorrectedRecord[],
): Promise<number> {
  const records = step.map(({ enterpriseId, recordId, how, deliveryId: id }) => ({
    enterpriseId,
    recordId,
    cause: { kind: how === 'withdrawn' ? ('withdrawal' as const) : ('delivery' as const), id },
  }));
  const at = context.clock.now();
  const done = await inTransaction(context.database, (tx) =>
    recallRecords(tx, context, { contract, records, at }),
  );
  return done.recalls;
}

/** Of two that ran at once the one that came further is believed. */
async function moveOn(tx: Tx, { id }: Contract, until: Date): Promise<void> {
  await tx.rows(
    `insert into rights.recall_sweeps (contract_id, swept_until) values ($1, $2)
     on conflict (contract_id) do update set swept_until = excluded.swept_until
     where recall_sweeps.swept_until < excluded.swept_until`,
    [id, until],
  );
}
