import { type EnterpriseId, type FieldCipher, sealField, type Tx } from '#kernel';
import { requireAllowed } from '#security';
import type { Acting } from '../acting.ts';
import type { PlatformTables } from '../tables.ts';
import { changeMandate, type Changer, insertMandate, lockMandates, readMandates } from './change-mandate.ts';
import { mandateRefusal } from './mandate-refusals.ts';
import { type Capacity, MANDATE_SCOPES, type MandateScope, type MandateTables } from './mandate-tables.ts';
import { requireRepresentative } from './prove-mandate.ts';

/** Who acts, with the cipher under which the person's identity number is sealed. */
export type MandateActing = Acting & { readonly cipher: FieldCipher };

export type MandateRequest = {
  readonly enterpriseId: EnterpriseId;
  /** Login of the person's own account, which the node has made for this enterprise. */
  readonly login: string;
  /** Of an agent; a legal representative's mandate holds every one. */
  readonly scope: readonly MandateScope[];
  readonly validFrom: Date;
  /** Always set for an agent; null: until the representative changes. */
  readonly validTo: Date | null;
  /** Identity document of the person, sealed at once and never shown; null: not given. */
  readonly idNumber: string | null;
};

export type PaperMandate = MandateRequest & {
  readonly capacity: Capacity;
  /** SHA-256 of the scanned document, hex. */
  readonly documentDigest: string;
};

/** An agent's mandate is renewed at least every three years, so that nobody acts on a forgotten one. */
const DAYS_MAX = 1_096;

/**
 * The legal representative gives an agent a mandate online; one that the agent held before ends. Returns its id.
 * Throws `mandate.shape_wrong`, `mandate.account_unfit`, or what `proveMandate` throws of the representative's own.
 */
export async function grantMandate(tx: Tx, acting: MandateActing, request: MandateRequest): Promise<string> {
  const { enterpriseId } = request;
  requireAllowed(acting.policies, acting.caller, 'manage_mandates', { enterprise: enterpriseId });
  await lockMandates(tx, enterpriseId);
  await requireRepresentative(tx, acting.clock, acting.caller);
  const wanted = { ...request, capacity: 'agent', via: 'online', documentDigest: null } as const;
  requireShape(wanted);
  const accountId = await requireAccount(tx, wanted);
  await endOthers(tx, changerOf(acting), { enterpriseId, accountId });
  return await write(tx, acting, { ...wanted, accountId, standing: 'granted' });
}

/**
 * An admission officer enters what stands on paper, of an agent or of the representative whose identity was checked.
 * It holds from the moment another officer confirms it (`confirmMandate`). Returns its id.
 * Throws `mandate.shape_wrong` or `mandate.account_unfit`.
 */
export async function enterMandate(tx: Tx, acting: MandateActing, paper: PaperMandate): Promise<string> {
  requireAllowed(acting.policies, acting.caller, 'admit_participant');
  await lockMandates(tx, paper.enterpriseId);
  const wanted = { ...paper, via: 'paper' } as const;
  requireShape(wanted);
  const accountId = await requireAccount(tx, wanted);
  return await write(tx, acting, { ...wanted, accountId, standing: 'entered' });
}

/** Ends every mandate of an account but one: a person holds one at a time. */
export async function endOthers(
  tx: Tx,
  changer: Changer,
  { enterpriseId, accountId, except }: { enterpriseId: EnterpriseId; accountId: string; except?: string },
): Promise<void> {
  const held = await readMandates(tx, enterpriseId, changer.clock.now());
  const others = held.filter(
    (one) => one.accountId === accountId && one.standing !== 'ended' && one.mandateId !== except,
  );
  const change = { act: 'mandate_replaced', standing: 'ended', reason: 'replaced' } as const;
  for (const { mandateId } of others) await changeMandate(tx, changer, { enterpriseId, mandateId, change });
}

export function changerOf({ caller, clock, keys }: Acting): Changer {
  return { by: caller.id, clock, keys };
}

type Wanted = MandateRequest & {
  readonly capacity: Capacity;
  readonly via: 'paper' | 'online';
  readonly documentDigest: string | null;
};

const DAY_MS = 86_400_000;
/** Identity cards, passports, residence permits: their check digits are the officer's to look at. */
const ID_NUMBER = /^[0-9A-Za-z]{6,20}$/;

function requireShape({ capacity, scope, validFrom, validTo, idNumber }: Wanted): void {
  const isAgent = capacity === 'agent';
  const days =
    validTo === null ? Number.POSITIVE_INFINITY : (validTo.getTime() - validFrom.getTime()) / DAY_MS;
  const isWrong =
    (isAgent && (scope.length === 0 || days > DAYS_MAX)) ||
    days <= 0 ||
    (idNumber !== null && !ID_NUMBER.test(idNumber));
  if (isWrong) throw mandateRefusal('mandate.shape_wrong', { daysMax: DAYS_MAX });
}

/** One refusal for every way in which an account does not fit, so that logins cannot be found out. */
async function requireAccount(tx: Tx, { enterpriseId, login, capacity }: Wanted): Promise<string> {
  const account = await tx
    .tables<PlatformTables>()
    .selectFrom('platform.accounts')
    .select(['account_id', 'roles'])
    .where('login', '=', login)
    .where('kind', '=', 'enterprise')
    .where('enterprise_id', '=', enterpriseId)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  if (account?.roles.includes(capacity) !== true) throw mandateRefusal('mandate.account_unfit');
  return account.account_id;
}

async function write(
  tx: Tx,
  acting: MandateActing,
  wanted: Wanted & { accountId: string; standing: 'entered' | 'granted' },
): Promise<string> {
  const { enterpriseId, accountId, capacity, idNumber } = wanted;
  const mandateId = await insertMandate(tx, changerOf(acting), {
    enterpriseId,
    mandate: {
      accountId,
      capacity,
      standing: wanted.standing,
      via: wanted.via,
      scope: capacity === 'agent' ? [...new Set(wanted.scope)] : MANDATE_SCOPES,
      validFrom: wanted.validFrom,
      validTo: wanted.validTo,
      documentDigest: wanted.documentDigest,
    },
    act: wanted.standing === 'entered' ? 'mandate_entered' : 'mandate_granted',
  });
  if (idNumber === null) return mandateId;
  const place = {
    table: 'platform.mandate_identities',
    column: 'id_number',
    owner: `person:${accountId}`,
  } as const;
  const sealed = await sealField(tx, acting.cipher, place, idNumber.toUpperCase());
  await tx
    .tables<MandateTables>()
    .insertInto('platform.mandate_identities')
    .values({ enterprise_id: enterpriseId, mandate_id: mandateId, id_number_sealed: sealed })
    .execute();
  return mandateId;
}
