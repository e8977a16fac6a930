import assert from 'node:assert';
import type { Clock, Tx } from '#kernel';
import type { TimeLimitTables } from '../tables.ts';
import { shapeProfile, type TimeLimits } from './load-time-limits.ts';
import type { Profile } from './profile-shape.ts';

type Context = { readonly timeLimits: TimeLimits; readonly clock: Clock };

/*
 * A switch reckons every running term again. Who starts or changes a term shares this lock, so that none is under way with
 * the profile before; who switches takes it alone.
 */
const PROFILE_LOCK = 7_241_049;

/** The profile in force: of the last switch that was approved, else that with which the node begins. */
export async function readProfileInForce(
  tx: Tx,
  { timeLimits }: Pick<Context, 'timeLimits'>,
): Promise<Profile> {
  return (await findProfileInForce(tx, timeLimits)) ?? timeLimits.initial;
}

/** As `readProfileInForce`, and no switch can happen before the transaction ends. The profile is on record. */
export async function holdProfileInForce(tx: Tx, context: Context): Promise<Profile> {
  await tx.rows('select pg_advisory_xact_lock_shared($1)', [PROFILE_LOCK]);
  const found = await findProfileInForce(tx, context.timeLimits);
  if (found !== undefined) return found;
  await keepProfile(tx, context.timeLimits.initial, context.clock.now());
  return context.timeLimits.initial;
}

/** Waits for the terms under way. */
export async function lockProfile(tx: Tx): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock($1)', [PROFILE_LOCK]);
}

export async function keepProfile(tx: Tx, profile: Profile, at: Date): Promise<void> {
  const { hash, ...definition } = profile;
  await tx
    .tables<TimeLimitTables>()
    .insertInto('rights.time_limit_profiles')
    .values({
      profile_hash: hash,
      profile_id: profile.id,
      version: profile.version,
      definition: JSON.stringify(definition),
      known_from: at,
    })
    .onConflict((conflict) => conflict.column('profile_hash').doNothing())
    .execute();
}

/** Undefined before the first one came into force. */
export async function findProfileInForce(tx: Tx, timeLimits: TimeLimits): Promise<Profile | undefined> {
  const [latest] = await tx.rows<{ hash: string }>(
    `select profile_hash as hash from rights.profile_switches
     where approved_at is not null order by switch_no desc limit 1`,
  );
  return latest === undefined ? undefined : await readKeptProfile(tx, timeLimits, latest.hash);
}

/** A version on record, by its hash; also one whose file says something else by now. */
export async function readKeptProfile(tx: Tx, { profiles }: TimeLimits, hash: string): Promise<Profile> {
  const filed = [...profiles.values()].find((profile) => profile.hash === hash);
  if (filed !== undefined) return filed;
  const [kept] = await tx.rows<{ id: string; definition: unknown }>(
    'select profile_id as id, definition from rights.time_limit_profiles where profile_hash = $1',
    [hash],
  );
  assert(kept !== undefined, 'a profile that was in force is on record');
  const profile = shapeProfile(kept.definition, `${kept.id}.yaml`);
  assert.equal(profile.hash, hash, 'a kept profile is what it was');
  return profile;
}
