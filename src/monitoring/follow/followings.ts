import type { SourceAnswer } from '#lists';
import type { EnterpriseId, Tx } from '#kernel';
import type { FollowingTerms } from './following-terms.ts';
import type { DueAsk } from './read-due.ts';

/** How an ask about one dataset ended. `not_whole`: some rows did not hold; `dropped`: the right to it was gone meanwhile. */
export type AskOutcome = SourceAnswer['outcome'] | 'not_whole' | 'dropped';

const HOUR_MS = 3_600_000;

/** Whom is asked about, for whom and by what right; of public records for no one institution (`FOR_ALL`) and by no consent. */
export type AskedFor = {
  readonly enterpriseId: EnterpriseId;
  readonly institutionId: string;
  readonly consentId: string;
};

/**
 * Takes the ask about these datasets for this process, before anybody is asked: of two at once one gets it. Until its outcome
 * is written it is due again after the time of a retry, so that an ask whose process ended is made once more. False: none of
 * them is due.
 */
export async function takeAsk(
  tx: Tx,
  { retryHours }: FollowingTerms,
  about: { readonly watch: AskedFor; readonly contractIds: readonly string[]; readonly at: Date },
): Promise<boolean> {
  const { watch, contractIds, at } = about;
  const dueAt = new Date(at.getTime() + retryHours * HOUR_MS);
  const taken = await tx.rows(TAKE, [
    watch.enterpriseId,
    watch.institutionId,
    watch.consentId,
    contractIds,
    at,
    dueAt,
  ]);
  return taken.length > 0;
}

const TAKE = `
  insert into monitoring.followings as f
    (enterprise_id, institution_id, contract_id, consent_id, asked_at, outcome, failures, due_at)
  select $1, $2, contract_id, $3, $5, 'asked', 0, $6 from unnest($4::text[]) as asked (contract_id) order by contract_id
  on conflict (enterprise_id, institution_id, contract_id) do update
    set consent_id = excluded.consent_id, asked_at = excluded.asked_at, outcome = 'asked', due_at = excluded.due_at
    where f.due_at <= excluded.asked_at or f.consent_id <> excluded.consent_id
  returning contract_id`;

/**
 * Where the right to ask is not there though a consent is in force (for another office, for one use, without the fields): it
 * is looked at again in the dataset's own time, or after `days`, or at once when the consent is another.
 */
export async function putAside(
  tx: Tx,
  terms: FollowingTerms,
  { ask, at, days }: { readonly ask: DueAsk; readonly at: Date; readonly days?: number },
): Promise<void> {
  const rows = ask.bundle.contractIds.map((contractId) => ({
    contractId,
    everyDays: days ?? terms.everyDays.get(contractId) ?? 1,
  }));
  const [consentId] = ask.consentIds;
  await tx.rows(PUT_ASIDE, [ask.enterpriseId, ask.institutionId, consentId, JSON.stringify(rows), at]);
}

const PUT_ASIDE = `
  insert into monitoring.followings
    (enterprise_id, institution_id, contract_id, consent_id, asked_at, outcome, failures, due_at)
  select $1, $2, "contractId", $3, $5, 'withheld', 0, $5::timestamptz + make_interval(days => "everyDays")
  from json_to_recordset($4::json) as n ("contractId" text, "everyDays" integer) order by 3
  on conflict (enterprise_id, institution_id, contract_id) do update
    set consent_id = excluded.consent_id, asked_at = excluded.asked_at, outcome = 'withheld', due_at = excluded.due_at`;

/** What is asked about one enterprise for one institution within this time is one use of the consent. */
const ROUND_HOURS = 24;

/**
 * Whether an ask of this round was booked already. Holds the round to the end of the transaction: asks at several sources at
 * once would each book it.
 */
export async function isRoundBooked(
  tx: Tx,
  { enterpriseId, institutionId, consentId }: AskedFor,
  at: Date,
): Promise<boolean> {
  await tx.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `monitoring round ${enterpriseId} ${institutionId}`,
  ]);
  const booked = await tx.rows(
    `select from monitoring.followings
     where enterprise_id = $1 and institution_id = $2 and consent_id = $3 and outcome in ('ok', 'no_data') and asked_at > $4
     limit 1`,
    [enterpriseId, institutionId, consentId, new Date(at.getTime() - ROUND_HOURS * HOUR_MS)],
  );
  return booked.length > 0;
}

/** Writes what came of an ask: after an answer it is due again in the dataset's own time, after none earlier. */
export async function settleAsk(
  tx: Tx,
  terms: FollowingTerms,
  about: {
    readonly watch: AskedFor;
    readonly outcomes: ReadonlyMap<string, AskOutcome>;
    readonly at: Date;
  },
): Promise<void> {
  const { watch, outcomes, at } = about;
  const rows = [...outcomes].map(([contractId, outcome]) => {
    const everyMs = (terms.everyDays.get(contractId) ?? 1) * 24 * HOUR_MS;
    return { contractId, outcome, isAnswered: isUsable(outcome), everyHours: everyMs / HOUR_MS };
  });
  await tx.rows(SETTLE, [
    watch.enterpriseId,
    watch.institutionId,
    JSON.stringify(rows),
    at,
    terms.retryHours,
  ]);
}

const SETTLE = `
  update monitoring.followings f set outcome = n.outcome,
    failures = case when n."isAnswered" then 0 else f.failures + 1 end,
    due_at = greatest($4::timestamptz, f.asked_at + interval '1 second') + make_interval(hours =>
      case when n."isAnswered" then n."everyHours"
        else least(n."everyHours", $5::integer * (1 << least(f.failures, 10))) end)
  from json_to_recordset($3::json) as n ("contractId" text, outcome text, "isAnswered" boolean, "everyHours" integer)
  where f.enterprise_id = $1 and f.institution_id = $2 and f.contract_id = n."contractId"`;

/** That a source has nothing about an enterprise is an answer; that it says nothing is none. */
export function isUsable(outcome: AskOutcome): boolean {
  return outcome === 'ok' || outcome === 'no_data';
}
