import { beijingDate, type EnterpriseId, type Tx } from '#kernel';
import { findEnterprise } from '#lists';
import { type Mandate, proveMandate } from '#platform';
import { type Act, type Caller, type Grant, requireAllowed } from '#security';
import type { VoluntaryContext } from './voluntary-context.ts';
import { voluntaryRefusal } from './voluntary-refusals.ts';

/** Who acts for an enterprise on its own items, with the mandate that allows it. */
export type OwnParty = {
  readonly grant: Grant;
  readonly enterpriseId: EnterpriseId;
  readonly mandate: Mandate;
};

/** The representative, or an agent whose mandate includes filing. Throws `policy.…`, `mandate.…`. */
export async function requireOwn(
  tx: Tx,
  { policies, clock }: Pick<VoluntaryContext, 'policies' | 'clock'>,
  { caller, act }: { caller: Caller; act: Act },
): Promise<OwnParty> {
  const { enterpriseId } = caller;
  const grant = requireAllowed(
    policies,
    caller,
    act,
    enterpriseId === null ? {} : { enterprise: enterpriseId },
  );
  const mandate = await proveMandate(tx, clock, caller, 'file');
  return { grant, enterpriseId: mandate.enterpriseId, mandate };
}

/** Through which entrance somebody files, and for whom. */
export type Entered = {
  readonly enterpriseId: EnterpriseId;
  readonly entrance: string;
  /** The platform or department; null: the enterprise itself. */
  readonly partyId: string | null;
};

/**
 * The enterprise itself, or a platform or department that it has opened this to; `code` names the enterprise where the caller
 * is not it. Throws `policy.…`, `mandate.…`, `register.no_enterprise`, `voluntary.no_entrance`, `voluntary.not_opened`.
 */
export async function requireEntrance(
  tx: Tx,
  context: VoluntaryContext,
  { caller, code }: { caller: Caller; code: string | undefined },
): Promise<Entered> {
  const entrance = context.voluntary.terms.entrances.find(
    (one) =>
      one.caller === caller.kind &&
      (one.parties === undefined || one.parties.includes(caller.organisation ?? '')),
  );
  if (caller.kind === 'enterprise') {
    const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'file_item' });
    return { enterpriseId, entrance: entrance?.id ?? 'portal', partyId: null };
  }
  const partyId = requireParty(context, caller, 'file_item');
  if (entrance === undefined) throw voluntaryRefusal('voluntary.no_entrance');
  const { enterpriseId } = await requireOpening(tx, context, { kind: 'file', partyId, code });
  return { enterpriseId, entrance: entrance.id, partyId };
}

/** The participant or department that the caller acts for. */
export function requireParty(
  { policies }: Pick<VoluntaryContext, 'policies'>,
  caller: Caller,
  act: Act,
): string {
  const { participantId, organisation } = caller;
  requireAllowed(policies, caller, act, {
    ...(participantId !== null && { participant: participantId }),
    ...(organisation !== null && { provider: organisation }),
  });
  const party = caller.kind === 'provider' ? organisation : participantId;
  if (party === null) throw voluntaryRefusal('voluntary.no_entrance');
  return party;
}

export type Opening = {
  readonly enterpriseId: EnterpriseId;
  readonly openingId: string;
  readonly misses: number;
};

/** Held until the transaction ends. One refusal for an enterprise that does not exist and one that has not opened. */
export async function requireOpening(
  tx: Tx,
  { clock }: Pick<VoluntaryContext, 'clock'>,
  { kind, partyId, code }: { kind: 'file' | 'confirm'; partyId: string; code: string | undefined },
): Promise<Opening> {
  const { enterpriseId } = await findEnterprise(tx, code ?? '');
  const [row] = await tx.rows<{ openingId: string; misses: number }>(
    `select opening_id as "openingId", misses from rights.voluntary_openings
     where enterprise_id = $1 and kind = $2 and party_id = $3 and ended_at is null and valid_to >= $4
     for update`,
    [enterpriseId, kind, partyId, beijingDate(clock.now())],
  );
  if (row === undefined) throw voluntaryRefusal('voluntary.not_opened');
  return { enterpriseId, ...row };
}

/** One at a time for one enterprise: what is decided of its items is decided on what stands. */
export async function lockItems(tx: Tx, enterpriseId: EnterpriseId): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock($1, hashtext($2))', [ITEMS_LOCK, enterpriseId]);
}

const ITEMS_LOCK = 7_241_056;
