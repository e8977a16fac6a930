import { createHash, createHmac, randomBytes } from 'node:crypto';
import { type Clock, type Database, inTransaction, type Logger, type OutsideConfig } from '#kernel';
import type { Caller } from '#security';
import { accountCaller } from '../../callers.ts';
import { isSecondFactorRequired, type SignInRules } from '../../sign-in-rules.ts';
import { identityRefusal } from '../identity-refusals.ts';
import { findOutsideAccount } from './outside-accounts.ts';
import { openOutsideProvider, type OutsideChecks, type OutsidePerson } from './outside-provider.ts';

/** Sign-in of people at the city's identity provider. */
export type OutsideSignIn = {
  /** What people call the provider. */
  readonly name: string;
  /**
   * Begins: the browser keeps `state` in a cookie and goes to `address`; `goOnTo` is a path of this node. Throws
   * `account.outside_unreachable`.
   */
  begin(goOnTo: string): Promise<{ readonly address: string; readonly state: string }>;
  /**
   * Ends: `target` is what the browser asked for, with its query; `state` what its cookie holds. Good once. Throws
   * `account.outside_…`.
   */
  finish(
    target: string,
    state: string | undefined,
  ): Promise<{ readonly caller: Caller; readonly goOnTo: string }>;
  /** What is kept of a person's name at the provider, to link an account by. */
  subjectHash(subject: string): Buffer;
};

/** Path at which the provider sends browsers back. */
export const OUTSIDE_BACK_PATH = '/sign-in/outside/back';

/** Finding a phone, typing a code: what takes longer is begun anew. */
const LIFE_MS = 10 * 60_000;

export type OutsideParts = {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: OutsideConfig;
  readonly publicUrl: string;
  readonly rules: SignInRules;
  /** Under which names of persons are hashed. */
  readonly subjectKey: Buffer;
};

export function openOutsideSignIn(parts: OutsideParts): OutsideSignIn {
  const { config, clock, logger, publicUrl } = parts;
  const provider = openOutsideProvider(config, { logger, nowMs: () => clock.now().getTime() });
  const subjectHash = (subject: string): Buffer =>
    createHmac('sha256', parts.subjectKey)
      .update(JSON.stringify([config.issuer, subject]))
      .digest();
  return {
    name: config.name,
    subjectHash,
    async begin(goOnTo) {
      const checks = { state: chance(), nonce: chance(), verifier: chance() };
      const address = await provider.addressOf(`${publicUrl}${OUTSIDE_BACK_PATH}`, checks);
      await keep(parts, { ...checks, goOnTo });
      return { address: address.href, state: checks.state };
    },
    async finish(target, state) {
      const begun = state === undefined ? undefined : await take(parts, state);
      if (begun === undefined) throw identityRefusal('account.outside_over');
      const person = await provider.personAt(new URL(target, publicUrl), begun);
      const caller = await callerOf(parts, person, subjectHash(person.subject));
      return { caller, goOnTo: begun.goOnTo };
    },
  };
}

type Begun = OutsideChecks & { readonly goOnTo: string };

function chance(): string {
  return randomBytes(32).toString('base64url');
}

function idOf(state: string): string {
  return createHash('sha256').update(state).digest('base64url');
}

/** In the database, so that the browser may come back to another process. The state itself is the browser's alone. */
async function keep({ database, clock }: OutsideParts, { state, ...kept }: Begun): Promise<void> {
  const expiresAt = new Date(clock.now().getTime() + LIFE_MS);
  await database.pool.query(
    "insert into platform.oauth_state (model, id, payload, expires_at) values ('OutsideSignIn', $1, $2, $3)",
    [idOf(state), JSON.stringify(kept), expiresAt],
  );
}

/** Taken before the provider is asked, so that no answer is looked at twice. */
async function take({ database, clock }: OutsideParts, state: string): Promise<Begun | undefined> {
  const { rows } = await database.pool.query<{ payload: Omit<Begun, 'state'> }>(
    `delete from platform.oauth_state where model = 'OutsideSignIn' and id = $1 and expires_at > $2
     returning payload`,
    [idOf(state), clock.now()],
  );
  return rows[0] && { ...rows[0].payload, state };
}

/** The account that the person is linked to; none is made. Two factors are asked for as of who signs in here. */
async function callerOf(
  { database, rules }: OutsideParts,
  person: OutsidePerson,
  subjectHash: Buffer,
): Promise<Caller> {
  const found = await inTransaction(database, (tx) => findOutsideAccount(tx, subjectHash));
  if (found === undefined) throw identityRefusal('account.outside_unlinked');
  const { facts, hasSecondFactor } = found;
  const isNeeded =
    rules.secondFactor !== 'off' && (hasSecondFactor || isSecondFactorRequired(rules, facts.kind));
  if (isNeeded && !person.hasSecondFactor) throw identityRefusal('account.outside_weak');
  return accountCaller(facts);
}
