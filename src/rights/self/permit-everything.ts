import { beijingDate, endOfBeijingDate, type EnterpriseId, type Tx } from '#kernel';
import { type Contract, readKnownAt } from '#lists';
import { proveMandate } from '#platform';
import { type Caller, decide, type Permit } from '#security';
import type { SelfContext } from './self-context.ts';
import { selfRefusal } from './self-refusals.ts';

export type Asked = {
  readonly caller: Caller;
  readonly enterpriseId: EnterpriseId;
  /** Beijing date: what the node knew at the end of it. Absent: now. */
  readonly asOf?: string | undefined;
};

/** The right of the enterprise to everything about itself, at one instant. */
export type Permitted = {
  readonly permit: Permit;
  readonly contracts: readonly Contract[];
  /** What began later is left out: the end of the day that was asked about, or this moment. */
  readonly until: Date;
};

/**
 * The policy's decision, then the mandate of whoever asks: its representative, or an agent whose mandate covers queries.
 * Throws the policy's refusal, what `proveMandate` throws, `everything.day_wrong`.
 */
export async function permitEverything(
  tx: Tx,
  context: SelfContext,
  { caller, enterpriseId, asOf }: Asked,
): Promise<Permitted> {
  const contracts = [...context.catalogue.contracts.values()];
  const knownAt = await chooseInstant(tx, context, { contracts, asOf });
  const until = asOf === undefined ? context.clock.now() : endOfBeijingDate(asOf);
  return { permit: await permitAt(tx, context, { caller, enterpriseId, knownAt }), contracts, until };
}

/** The same right at the instant of an earlier reading, to put on record what was read. */
export async function permitAt(
  tx: Tx,
  context: SelfContext,
  { caller, enterpriseId, knownAt }: Pick<Asked, 'caller' | 'enterpriseId'> & { readonly knownAt: Date },
): Promise<Permit> {
  const permit = decide(tx, context.policies, {
    caller,
    purpose: 'self',
    subject: enterpriseId,
    contracts: [...context.catalogue.contracts.values()],
    asOf: { knownAt },
  });
  await proveMandate(tx, context.clock, caller, 'query');
  return permit;
}

async function chooseInstant(
  tx: Tx,
  { clock }: SelfContext,
  { contracts, asOf }: { contracts: readonly Contract[]; asOf: string | undefined },
): Promise<Date> {
  const latest = await readKnownAt(
    tx,
    contracts.map(({ id }) => id),
  );
  if (asOf === undefined) return latest;
  if (!isDay(asOf) || asOf > beijingDate(clock.now()))
    throw selfRefusal('everything.day_wrong', { asOf: asOf.slice(0, 20) });
  const end = endOfBeijingDate(asOf);
  return end < latest ? end : latest;
}

function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
