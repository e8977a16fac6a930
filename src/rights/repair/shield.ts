import { createHash } from 'node:crypto';
import {
  beijingDate,
  type EnterpriseId,
  inTransaction,
  newId,
  sealField,
  toEnterpriseId,
  type Tx,
} from '#kernel';
import { endMarksOf, findEnterprise } from '#lists';
import { systemCaller } from '#platform';
import { type Caller, type Grant, recordLeaf, requireAllowed } from '#security';
import { addMonths } from './definition/add-months.ts';
import { repairRefusal } from './definition/repair-refusals.ts';
import { endUse, groundOf } from './end-use.ts';
import { contractsOf, isOutOfUse, readOwnRecords } from './read-records.ts';
import type { RepairContext } from './repair-context.ts';
import { placeOf } from './store.ts';
import type { RepairTables } from './tables.ts';

export type Shield = { readonly shieldId: string; readonly until: string; readonly records: number };

/**
 * 破产重整保护: on a court's ruling the node withholds the adverse records decided until then, up to a day. Nothing is recalled, and
 * the records are there again once the day has come. Throws the policy's refusal, `repairs.shield_not_valid`.
 */
export async function shieldEnterprise(
  tx: Tx,
  context: RepairContext,
  asked: {
    readonly caller: Caller;
    readonly code: string;
    /** Court and number of the ruling. */
    readonly ruling: string;
    readonly ruledOn: string;
    readonly until: string;
  },
): Promise<Shield> {
  const { policies, clock, repairRules } = context;
  requireAllowed(policies, asked.caller, 'shield_enterprise');
  const { enterpriseId } = await findEnterprise(tx, asked.code);
  const grant = requireAllowed(policies, asked.caller, 'shield_enterprise', { enterprise: enterpriseId });
  const at = clock.now();
  const today = beijingDate(at);
  const { shieldMonthsMax: monthsMax } = repairRules.bounds;
  const { ruling, ruledOn, until } = asked;
  if (ruledOn > today || until <= today || until > addMonths(ruledOn, monthsMax) || ruling.trim() === '')
    throw repairRefusal('repairs.shield_not_valid', { monthsMax });
  const shieldId = newId('rps', at);
  const receiptId = await recordShield(tx, context, grant, {
    act: 'shield_begun',
    shieldId,
    until,
    ruling: createHash('sha256').update(ruling).digest('hex'),
  });
  await tx
    .tables<RepairTables>()
    .insertInto('rights.repair_shields')
    .values({
      enterprise_id: enterpriseId,
      shield_id: shieldId,
      ruling_sealed: await sealField(tx, context.cipher, placeOf(enterpriseId, 'ruling'), ruling.trim()),
      ruled_on: ruledOn,
      until,
      made_by: asked.caller.id,
      made_at: at,
      receipt_id: receiptId,
    })
    .execute();
  const records = await coverRecords(tx, context, { grant, enterpriseId, shieldId, ruledOn });
  return { shieldId, until, records };
}

type Cover = {
  readonly grant: Grant;
  readonly enterpriseId: EnterpriseId;
  readonly shieldId: string;
  readonly ruledOn: string;
};

/** Withholds what was decided by the ruling and is not out of use; again it finds only what came since. */
async function coverRecords(tx: Tx, context: RepairContext, cover: Cover): Promise<number> {
  const { grant, enterpriseId, shieldId, ruledOn } = cover;
  const records = await readOwnRecords(tx, context, { caller: 'node', enterpriseId });
  let covered = 0;
  for (const record of records.filter((one) => !isOutOfUse(one))) {
    const { contract, version } = record;
    const field = context.repairRules.contracts[contract.id]?.decidedOn ?? '';
    if ((version.values[field] ?? ruledOn) > ruledOn) continue;
    const ending = { grant, enterpriseId, contract, recordId: version.recordId };
    const at = context.clock.now();
    if (await endUse(tx, context, { ...ending, cause: 'reorganisation', causeId: shieldId, at }))
      covered += 1;
  }
  return covered;
}

/** Before its day, by the node. Throws the policy's refusal, `repairs.shield_unknown`. */
export async function endShield(
  tx: Tx,
  context: RepairContext,
  { caller, shield: shieldId }: { readonly caller: Caller; readonly shield: string },
): Promise<void> {
  requireAllowed(context.policies, caller, 'shield_enterprise');
  const [row] = await tx.rows<{ enterpriseId: string }>(
    'select enterprise_id::text as "enterpriseId" from rights.repair_shields where shield_id = $1 and ended_at is null',
    [shieldId],
  );
  if (row === undefined) throw repairRefusal('repairs.shield_unknown', { shield: shieldId.slice(0, 40) });
  const enterpriseId = toEnterpriseId(row.enterpriseId);
  const grant = requireAllowed(context.policies, caller, 'shield_enterprise', { enterprise: enterpriseId });
  await liftShield(tx, context, { grant, enterpriseId, shieldId });
}

/** Nightly: lifts those whose day has come, and covers with the others what came or came back since. */
export async function holdShields(context: RepairContext): Promise<number> {
  const today = beijingDate(context.clock.now());
  const shields = await inTransaction(context.database, (tx) =>
    tx.rows<{ enterpriseId: string; shieldId: string; ruledOn: string; isOver: boolean }>(
      `select enterprise_id::text as "enterpriseId", shield_id as "shieldId", ruled_on::text as "ruledOn", until <= $1 as "isOver"
       from rights.repair_shields where ended_at is null order by enterprise_id, shield_id`,
      [today],
    ),
  );
  for (const { isOver, ruledOn, shieldId, enterpriseId: id } of shields)
    await inTransaction(context.database, async (tx) => {
      const enterpriseId = toEnterpriseId(id);
      const about = { enterprise: enterpriseId };
      const grant = requireAllowed(
        context.policies,
        systemCaller('follow_repairs'),
        'shield_enterprise',
        about,
      );
      const of = { grant, enterpriseId, shieldId };
      if (isOver) await liftShield(tx, context, of);
      else await coverRecords(tx, context, { ...of, ruledOn });
    });
  return shields.filter(({ isOver }) => isOver).length;
}

async function liftShield(tx: Tx, context: RepairContext, of: Omit<Cover, 'ruledOn'>): Promise<void> {
  const { grant, enterpriseId, shieldId } = of;
  const at = context.clock.now();
  const ended = await tx.rows(
    `update rights.repair_shields set ended_at = $3 where enterprise_id = $1 and shield_id = $2 and ended_at is null
     returning shield_id`,
    [enterpriseId, shieldId, at],
  );
  if (ended.length === 0) return;
  const marks = await tx.rows<{ contractId: string }>(
    `update rights.repair_marks set ended_at = $3
     where enterprise_id = $1 and cause = 'reorganisation' and cause_id = $2 and ended_at is null
     returning contract_id as "contractId"`,
    [enterpriseId, shieldId, at],
  );
  const shielded = new Set(marks.map(({ contractId }) => contractId));
  const ground = groundOf('reorganisation', shieldId);
  for (const contract of contractsOf(context))
    if (shielded.has(contract.id)) await endMarksOf(tx, grant, { contract, ground });
  await recordShield(tx, context, grant, { act: 'shield_ended', shieldId, records: marks.length });
}

async function recordShield(
  tx: Tx,
  { keys, clock }: RepairContext,
  { caller, policyHash, matter }: Grant,
  facts: Readonly<Record<string, unknown>>,
): Promise<string> {
  const body = { ...facts, by: caller.id, policyHash };
  const subject = matter.enterprise;
  const leaf = { kind: 'administrative_act', at: clock.now(), body } as const;
  const { id } = await recordLeaf(tx, keys, subject === undefined ? leaf : { ...leaf, subject });
  return id;
}
