import {
  assertProof,
  type Clock,
  type EnterpriseId,
  type Proof,
  proofMaker,
  type Refusal,
  type Tx,
} from '#kernel';
import type { Caller } from '#security';
import { mandateRefusal } from './mandate-refusals.ts';
import { type MandateState, mandateStateAt } from './mandate-state.ts';
import { type Capacity, MANDATE_SCOPES, type MandateScope, type Standing } from './mandate-tables.ts';

export type MandateFacts = {
  readonly enterpriseId: EnterpriseId;
  readonly accountId: string;
  readonly capacity: Capacity;
  readonly mandateId: string;
  /** A legal representative's holds every one. */
  readonly scope: readonly MandateScope[];
};

/** The caller may act for its enterprise now. Only platform makes one. */
export type Mandate = Proof<'Mandate', MandateFacts>;

const makeMandate = proofMaker<'Mandate', MandateFacts>('Mandate');

/**
 * Proves that the caller may act for its enterprise now and, when `doing` is given, that it may do this.
 * One statement. Throws `mandate.missing`, `mandate.not_yet`, `mandate.expired`, `mandate.frozen` or
 * `mandate.out_of_scope`.
 */
export async function proveMandate(
  tx: Tx,
  clock: Clock,
  caller: Caller,
  doing?: MandateScope,
): Promise<Mandate> {
  assertProof(caller, 'Caller');
  const { enterpriseId, id: accountId } = caller;
  if (caller.kind !== 'enterprise' || enterpriseId === null) throw mandateRefusal('mandate.missing');
  const at = clock.now();
  const [row] = await tx.hotRows<MandateRow>('platform.prove_mandate', FIND_MANDATE, [
    enterpriseId,
    accountId,
  ]);
  if (row === undefined) throw mandateRefusal('mandate.missing');
  const state = mandateStateAt(
    { standing: row.standing, validFrom: row.valid_from, validTo: row.valid_to },
    at,
  );
  if (state !== 'active') throw refusalOf(state);
  const { capacity, mandate_id: mandateId } = row;
  const scope = Object.freeze(capacity === 'agent' ? [...row.scope] : [...MANDATE_SCOPES]);
  if (doing !== undefined && !scope.includes(doing))
    throw mandateRefusal('mandate.out_of_scope', { scope: doing });
  return makeMandate({ enterpriseId, accountId, capacity, mandateId, scope });
}

/** As `proveMandate`, for what only the legal representative may do; an agent is refused as out of scope. */
export async function requireRepresentative(tx: Tx, clock: Clock, caller: Caller): Promise<Mandate> {
  const mandate = await proveMandate(tx, clock, caller);
  if (mandate.capacity !== 'legal_representative')
    throw mandateRefusal('mandate.out_of_scope', { scope: 'manage_mandates' });
  return mandate;
}

type MandateRow = {
  mandate_id: string;
  capacity: Capacity;
  scope: MandateScope[];
  standing: Standing;
  valid_from: Date;
  valid_to: Date | null;
};

/** A mandate that nobody has checked yet is none. */
function refusalOf(state: Exclude<MandateState, 'active'>): Refusal {
  if (state === 'pending' || state === 'ended') return mandateRefusal('mandate.missing');
  return mandateRefusal(`mandate.${state}`);
}

/** A person holds one at a time beside those that ended. */
const FIND_MANDATE = `
  select mandate_id, capacity, scope, standing, valid_from, valid_to
  from platform.mandates
  where enterprise_id = $1 and account_id = $2 and known_to = 'infinity' and standing <> 'ended'
  order by standing = 'entered', known_from desc
  limit 1`;
