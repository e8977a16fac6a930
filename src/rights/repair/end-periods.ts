import { beijingDate, inTransaction, newId, toEnterpriseId, type Tx } from '#kernel';
import { type Contract, nameRecords, readKnownAt, relation } from '#lists';
import { systemCaller } from '#platform';
import { decidePopulation, recordLeaf } from '#security';
import { checkRepair, saidOf } from './definition/check-repair.ts';
import { fieldsOf, requireFitting } from './definition/load-repair-rules.ts';
import { endUse } from './end-use.ts';
import { grantOf } from './follow-repairs.ts';
import { contractsOf } from './read-records.ts';
import type { RepairContext } from './repair-context.ts';
import { REPAIR_LIMITS } from './repair-limits.ts';
import { holdShields } from './shield.ts';
import type { EndCause } from './tables.ts';

export type EndedPeriods = {
  readonly looked: number;
  readonly ended: number;
  /** Shields whose day has come. */
  readonly shieldsEnded: number;
};

/**
 * Every night over all records under the rules: what is past its maximum period ends by itself, and so does what a delivery itself
 * says is repaired or annulled. `since`: only records that became known after this instant, as after a delivery. Reads in steps
 * over the whole population; each record ends in a transaction of its own, so that a run that was cut off is gone on with by the
 * next, and calling it again ends nothing.
 */
export async function endPeriods(
  context: RepairContext,
  { since }: { readonly since?: Date } = {},
): Promise<EndedPeriods> {
  requireFitting(context.repairRules, context.catalogue);
  const runId = newId('rpe', context.clock.now());
  const total = { looked: 0, ended: 0 };
  for (const contract of contractsOf(context)) {
    const done = await endOfContract(context, { contract, since: since ?? null, runId });
    total.looked += done.looked;
    total.ended += done.ended;
  }
  if (total.ended > 0)
    await inTransaction(context.database, (tx) => recordRun(tx, context, { runId, ...total }));
  const shieldsEnded = await holdShields(context);
  return { ...total, shieldsEnded };
}

type Sweep = { readonly contract: Contract; readonly since: Date | null; readonly runId: string };
type Row = {
  readonly enterprise_id: string;
  readonly delivery_no: string;
  readonly row_no: number;
  readonly values: readonly (string | null)[];
};

async function endOfContract(
  context: RepairContext,
  sweep: Sweep,
): Promise<{ looked: number; ended: number }> {
  const done = { looked: 0, ended: 0 };
  let after: Pick<Row, 'enterprise_id' | 'delivery_no' | 'row_no'> = {
    enterprise_id: '0',
    delivery_no: '0',
    row_no: -1,
  };
  for (;;) {
    const step = await inTransaction(context.database, (tx) => selectStep(tx, context, { ...sweep, after }));
    const last = step.rows.at(-1);
    if (last === undefined) return done;
    after = last;
    done.looked += step.rows.length;
    for (const ending of step.endings)
      if (await inTransaction(context.database, (tx) => endOne(tx, context, { ...sweep, ...ending })))
        done.ended += 1;
  }
}

type FoundEnding = { readonly enterpriseId: string; readonly recordId: string; readonly cause: EndCause };

async function selectStep(
  tx: Tx,
  context: RepairContext,
  { contract, since, runId, after }: Sweep & { readonly after: Omit<Row, 'values'> },
): Promise<{ readonly rows: readonly Row[]; readonly endings: readonly FoundEnding[] }> {
  const knownAt = await readKnownAt(tx, [contract.id]);
  if (since !== null && knownAt <= since) return { rows: [], endings: [] };
  const permit = decidePopulation(tx, context.policies, {
    caller: systemCaller('follow_repairs'),
    purpose: 'operate',
    population: { kind: 'all' },
    contracts: [contract],
    asOf: { knownAt },
    runId,
  });
  const fields = fieldsOf(
    context.repairRules.contracts[contract.id] ?? { decidedOn: '', classBy: [], specialIn: 'never' },
  );
  const rows = await tx.rows<Row>(
    `select r.enterprise_id::text, r.delivery_no::text, r.row_no, array[${fields.map((one) => `r.${one}::text`).join(', ')}] as values
     from ${relation(tx, permit, contract, { fields })} r
     where (r.enterprise_id, r.delivery_no, r.row_no) > ($1::bigint, $2::bigint, $3::integer)
       and ($4::timestamptz is null or r.known_from > $4)
     order by r.enterprise_id, r.delivery_no, r.row_no limit $5`,
    [after.enterprise_id, after.delivery_no, after.row_no, since, REPAIR_LIMITS.recordsPerStep],
  );
  return { rows, endings: await endingsOf(tx, context, { contract, rows, fields }) };
}

async function endingsOf(
  tx: Tx,
  { repairRules, clock }: RepairContext,
  {
    contract,
    rows,
    fields,
  }: { readonly contract: Contract; readonly rows: readonly Row[]; readonly fields: readonly string[] },
): Promise<FoundEnding[]> {
  const day = beijingDate(clock.now());
  const found = rows.flatMap((row) => {
    const values = Object.fromEntries(fields.map((name, at) => [name, row.values[at] ?? null]));
    const facts = { contract: contract.id, values };
    const said = saidOf(facts, repairRules);
    const isOver = checkRepair(facts, repairRules, day)?.obstacles.includes('period_over') === true;
    if (said === null && !isOver) return [];
    const cause: EndCause =
      said === 'annulled' ? 'annulled' : said === 'repaired' ? 'said_repaired' : 'period_ended';
    return [{ enterpriseId: row.enterprise_id, place: `${row.delivery_no}:${row.row_no}`, cause }];
  });
  const names = await nameRecords(
    tx,
    found.map(({ place }) => place),
  );
  return found.map(({ place, ...one }) => ({ ...one, recordId: names.get(place) ?? place }));
}

async function endOne(
  tx: Tx,
  context: RepairContext,
  { contract, runId, enterpriseId: id, recordId, cause }: Sweep & FoundEnding,
): Promise<boolean> {
  const enterpriseId = toEnterpriseId(id);
  const grant = grantOf(context, enterpriseId);
  return await endUse(tx, context, {
    grant,
    enterpriseId,
    contract,
    recordId,
    cause,
    causeId: runId,
    at: context.clock.now(),
  });
}

async function recordRun(
  tx: Tx,
  { keys, clock }: RepairContext,
  run: { readonly runId: string; readonly looked: number; readonly ended: number },
): Promise<void> {
  const { runId, looked, ended } = run;
  const body = { act: 'public_periods_ended', run: runId, looked, ended, by: 'system:follow_repairs' };
  await recordLeaf(tx, keys, { kind: 'administrative_act', at: clock.now(), body });
}
