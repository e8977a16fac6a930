import { createHash, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { type Clock, intl1, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import type { Act } from '../../accounts.ts';
import type { SignInRules } from '../../sign-in-rules.ts';
import { identityRefusal } from '../identity-refusals.ts';
import type { IdentityTables } from '../tables.ts';

/** What the person puts into their authenticator, and keeps for the day the phone is lost. Shown once. */
export type Enrolment = {
  /** `otpauth://` address, for a QR code. */
  readonly uri: string;
  /** The same secret in base 32, to type in. */
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
};

/** Where secrets are sealed and read. */
export type FactorContext = { readonly clock: Clock; readonly key: Buffer; readonly issuer: string };

/** Throws `account.second_factor_off` where the node uses none. */
export function secondFactorContext(clock: Clock, rules: SignInRules, issuer: string): FactorContext {
  const { secondFactor, secondFactorKey: key } = rules;
  if (secondFactor === 'off' || key === undefined) throw identityRefusal('account.second_factor_off');
  return { clock, key, issuer };
}

const PERIOD_S = 30;
/** One step either way: clocks of phones, and the time it takes to type. */
const STEPS_AROUND = 1;
const SECRET_BYTES = 20;
const RECOVERY_CODES = 8;
const RECOVERY_BYTES = 10;

/**
 * Begins the enrolment of an account that has none; nothing is asked for yet until the first code came back. An
 * enrolment that was begun and not confirmed is replaced. Throws `account.second_factor_there`.
 */
export async function beginSecondFactor(
  tx: Tx,
  context: FactorContext,
  account: { accountId: string; label: string },
): Promise<Enrolment> {
  const secret = randomBytes(SECRET_BYTES);
  const [made] = await tx.rows<{ account_id: string }>(
    `insert into platform.second_factors as f (account_id, sealed_secret, made_at, last_step) values ($1, $2, $3, 0)
     on conflict (account_id) do update set sealed_secret = excluded.sealed_secret, made_at = excluded.made_at
     where f.confirmed_at is null returning account_id`,
    [account.accountId, seal(context, account.accountId, secret), context.clock.now()],
  );
  if (made === undefined) throw identityRefusal('account.second_factor_there');
  const totp = totpOf(secret, { issuer: context.issuer, label: account.label });
  return {
    uri: totp.toString(),
    secret: totp.secret.base32,
    recoveryCodes: await makeRecoveryCodes(tx, account.accountId),
  };
}

/** The first code shows that the authenticator has the secret. Throws `account.code_refused`. */
export async function confirmSecondFactor(
  tx: Tx,
  context: FactorContext,
  { accountId, code }: { accountId: string; code: string },
): Promise<void> {
  const [row] = await tx.rows<FactorRow>(
    'select sealed_secret, last_step from platform.second_factors where account_id = $1 and confirmed_at is null',
    [accountId],
  );
  const step = row && stepOf(context, accountId, { sealed: row.sealed_secret, code });
  if (step === undefined) throw identityRefusal('account.code_refused');
  await tx.rows(
    'update platform.second_factors set confirmed_at = $2, last_step = $3 where account_id = $1 and confirmed_at is null',
    [accountId, context.clock.now(), step],
  );
}

/**
 * Whether the code is one of now, or a recovery code, and not used before; using it up is part of the answer, so that
 * of two sign-ins with one code at the same moment one gets in.
 */
export async function useCode(
  tx: Tx,
  context: Omit<FactorContext, 'issuer'>,
  { accountId, code }: { accountId: string; code: string },
): Promise<boolean> {
  const typed = code.replaceAll(/[\s-]/g, '').toLowerCase();
  if (!/^[0-9]{6}$/.test(typed)) return await useRecoveryCode(tx, context.clock, { accountId, code: typed });
  const [row] = await tx.rows<FactorRow>(
    'select sealed_secret, last_step from platform.second_factors where account_id = $1 and confirmed_at is not null',
    [accountId],
  );
  const step = row && stepOf(context, accountId, { sealed: row.sealed_secret, code: typed });
  if (step === undefined) return false;
  const used = await tx.rows(
    'update platform.second_factors set last_step = $2 where account_id = $1 and last_step < $2 returning 1 as used',
    [accountId, step],
  );
  return used.length === 1;
}

/** Takes the second factor from an account whose owner has lost it; a person who knows them has asked for it. */
export async function removeSecondFactor(tx: Tx, act: Act, login: string): Promise<void> {
  const [row] = await tx.rows<{ account_id: string }>(
    `delete from platform.second_factors where account_id = (select account_id from platform.accounts where login = $1)
     returning account_id`,
    [login],
  );
  if (row === undefined) throw identityRefusal('account.second_factor_missing');
  await tx.rows('delete from platform.recovery_codes where account_id = $1', [row.account_id]);
  await recordLeaf(tx, act.keys, {
    kind: 'administrative_act',
    at: act.clock.now(),
    body: { act: 'second_factor_removed', account: row.account_id, by: act.by },
  });
}

type FactorRow = { sealed_secret: Buffer; last_step: string };

function seal({ key }: Pick<FactorContext, 'key'>, accountId: string, secret: Buffer): Buffer {
  return intl1.seal(key, secret, Buffer.from(`second-factor ${accountId}`));
}

/** The time step of a right code; undefined for a wrong one. */
function stepOf(
  { clock, key }: Pick<FactorContext, 'clock' | 'key'>,
  accountId: string,
  { sealed, code }: { sealed: Buffer; code: string },
): number | undefined {
  const secret = intl1.open(key, sealed, Buffer.from(`second-factor ${accountId}`));
  const timestamp = clock.now().getTime();
  const delta = totpOf(secret).validate({ token: code, timestamp, window: STEPS_AROUND });
  return delta === null ? undefined : Math.floor(timestamp / 1_000 / PERIOD_S) + delta;
}

/** SHA-1, six digits, thirty seconds: what every authenticator can (RFC 6238; SHA-1 in HMAC is not weakened). */
function totpOf(secret: Buffer, name: { issuer?: string; label?: string } = {}): TOTP {
  const bytes = Uint8Array.from(secret).buffer;
  return new TOTP({ ...name, secret: new Secret({ buffer: bytes }), digits: 6, period: PERIOD_S });
}

/** Crockford's base 32: none of them is mistaken for another. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

async function makeRecoveryCodes(tx: Tx, accountId: string): Promise<string[]> {
  await tx.rows('delete from platform.recovery_codes where account_id = $1', [accountId]);
  const codes = Array.from({ length: RECOVERY_CODES }, makeRecoveryCode);
  await tx
    .tables<IdentityTables>()
    .insertInto('platform.recovery_codes')
    .values(codes.map((code) => ({ account_id: accountId, code_hash: hashOf(code), used_at: null })))
    .execute();
  return codes.map((code) => code.replaceAll(/(.{4})(?=.)/g, '$1-'));
}

function makeRecoveryCode(): string {
  const bits = [...randomBytes(RECOVERY_BYTES)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => ALPHABET.charAt(Number.parseInt(five, 2))).join('');
}

async function useRecoveryCode(
  tx: Tx,
  clock: Clock,
  { accountId, code }: { accountId: string; code: string },
): Promise<boolean> {
  const used = await tx.rows(
    `update platform.recovery_codes set used_at = $3
     where account_id = $1 and code_hash = $2 and used_at is null returning 1 as used`,
    [accountId, hashOf(code), clock.now()],
  );
  return used.length === 1;
}

function hashOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
