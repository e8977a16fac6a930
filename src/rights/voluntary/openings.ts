import { beijingDate, newId, type Tx } from '#kernel';
import { addDays } from '#lists';
import { readParticipants } from '#platform';
import { type Caller, recordLeaf } from '#security';
import { requireOwn } from './require-party.ts';
import type { VoluntaryContext } from './voluntary-context.ts';
import { VOLUNTARY_LIMITS } from './voluntary-limits.ts';
import { voluntaryRefusal } from './voluntary-refusals.ts';

export type NewOpening = {
  readonly kind: 'file' | 'confirm';
  /** Id of a participant, or the name of a department. */
  readonly party: string;
  /** Last day, Beijing. */
  readonly validTo: string;
};

export type OpeningLine = NewOpening & {
  readonly openingId: string;
  readonly openedAt: Date;
  readonly endedAt: Date | null;
};

/** The enterprise lets somebody file for it, or confirm what it filed. Throws `voluntary.opening_wrong`, `voluntary.opened_already`. */
export async function openTo(
  tx: Tx,
  context: VoluntaryContext,
  { caller, kind, party, validTo }: NewOpening & { caller: Caller },
): Promise<{ openingId: string }> {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'keep_items' });
  const now = context.clock.now();
  const today = beijingDate(now);
  const daysMax = VOLUNTARY_LIMITS.openingDaysMax;
  if (validTo < today || validTo > addDays(today, daysMax) || !(await isKnownParty(tx, context, party)))
    throw voluntaryRefusal('voluntary.opening_wrong', { daysMax });
  const openingId = newId('opn', now);
  const made = await tx.rows(
    `insert into rights.voluntary_openings (enterprise_id, opening_id, kind, party_id, opened_by, opened_at, valid_to)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (enterprise_id, kind, party_id) where ended_at is null do nothing returning opening_id`,
    [enterpriseId, openingId, kind, party, caller.id, now, validTo],
  );
  if (made.length === 0) throw voluntaryRefusal('voluntary.opened_already');
  const body = { act: 'voluntary_opened', opening: openingId, what: kind, party, validTo, by: caller.id };
  await recordLeaf(tx, context.keys, { kind: 'administrative_act', at: now, subject: enterpriseId, body });
  return { openingId };
}

/** A participant of the node, or a department that is an entrance or delivers by contract. */
async function isKnownParty(tx: Tx, context: VoluntaryContext, party: string): Promise<boolean> {
  const departments = [
    ...context.voluntary.terms.entrances.flatMap(({ parties }) => parties ?? []),
    ...[...context.catalogue.contracts.values()].map(({ provider }) => provider),
  ];
  return departments.includes(party) || (await readParticipants(tx, [party])).size > 0;
}

/** From the next call on. Throws `voluntary.not_opened`. */
export async function closeOpening(
  tx: Tx,
  context: VoluntaryContext,
  { caller, openingId }: { caller: Caller; openingId: string },
): Promise<void> {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'keep_items' });
  const now = context.clock.now();
  const ended = await tx.rows(
    `update rights.voluntary_openings set ended_by = $3, ended_at = $4
     where enterprise_id = $1 and opening_id = $2 and ended_at is null returning opening_id`,
    [enterpriseId, openingId, caller.id, now],
  );
  if (ended.length === 0) throw voluntaryRefusal('voluntary.not_opened');
  const body = { act: 'voluntary_closed', opening: openingId, by: caller.id };
  await recordLeaf(tx, context.keys, { kind: 'administrative_act', at: now, subject: enterpriseId, body });
}

/** Newest first. */
export async function listOpenings(
  tx: Tx,
  context: VoluntaryContext,
  caller: Caller,
): Promise<OpeningLine[]> {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'keep_items' });
  return await tx.rows<OpeningLine>(
    `select opening_id as "openingId", kind, party_id as party, valid_to::text as "validTo", opened_at as "openedAt",
       ended_at as "endedAt"
     from rights.voluntary_openings where enterprise_id = $1 order by opened_at desc, opening_id desc limit 200`,
    [enterpriseId],
  );
}
