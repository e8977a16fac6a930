import { newId, type Tx } from '#kernel';
import { gravityOf } from '../rules/rule.ts';
import { episodeKey } from './episodes.ts';
import { FOR_ALL, readEpisodes } from './read-episodes.ts';
import type { Found, FoundSignal, Signal, SignalRole } from './signal.ts';

export type RecordRequest = {
  readonly found: Found;
  readonly role: SignalRole;
  readonly runId: string;
  readonly at: Date;
  /** Under whose consent it was found, of rules of scope `authorised`; absent: on public records. */
  readonly institutionId?: string;
};

/**
 * Appends what is new and moves the episodes; returns only the new signals. A fact is recorded once by a rule (under
 * consents once for each institution), and again only when it is graver than it ever was. Of two workers at once one inserts, and the other is told of nothing new.
 */
export async function recordSignals(tx: Tx, request: RecordRequest): Promise<Signal[]> {
  const { found, at } = request;
  const overtaken = await recordEpisodes(tx, request);
  const signals = found.signals
    .filter((signal) => !overtaken.has(episodeKey(signal)))
    .map((signal): Signal => ({ ...signal, ...forWhom(request), signalId: newId('sig', at) }))
    .toSorted(inKeyOrder);
  if (signals.length === 0) return [];
  const inserted = await insertSignals(tx, signals, request);
  const fresh = signals.filter(({ signalId }) => inserted.has(signalId));
  await insertEvidence(tx, fresh);
  return fresh;
}

function forWhom({ institutionId }: RecordRequest): Pick<Signal, 'institutionId'> {
  return institutionId === undefined ? {} : { institutionId };
}

/** In the order of the key that two workers could both want, so that neither waits for the other in a circle. */
function inKeyOrder(one: Signal, other: Signal): number {
  const [a, b] = [BigInt(one.enterpriseId), BigInt(other.enterpriseId)];
  if (a !== b) return a < b ? -1 : 1;
  return sortKey(one) < sortKey(other) ? -1 : 1;
}

/** The gravest first: a lesser finding of the same fact in one batch is then none. */
function sortKey({ ruleId, fact, level }: FoundSignal): string {
  return `${ruleId} ${fact} ${9 - gravityOf(level)}`;
}

async function insertSignals(
  tx: Tx,
  signals: readonly Signal[],
  { role, runId, at, institutionId = FOR_ALL }: RecordRequest,
): Promise<ReadonlySet<string>> {
  const rows = onePerFact(signals).map((signal) => ({ ...signal, gravity: gravityOf(signal.level) }));
  const inserted = await tx.rows<{ signal_id: string }>(INSERT_SIGNALS, [
    JSON.stringify(rows),
    role,
    runId,
    at,
    institutionId,
  ]);
  return new Set(inserted.map((row) => row.signal_id));
}

/** Records of merged enterprises may be the same fact twice. */
function onePerFact(signals: readonly Signal[]): Signal[] {
  const seen = new Set<string>();
  return signals.filter(({ enterpriseId, ruleId, fact }) => {
    const key = `${enterpriseId} ${ruleId} ${fact}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

const INSERT_SIGNALS = `
  insert into monitoring.signals (enterprise_id, institution_id, signal_id, rule_id, rule_hash, level, gravity, fact, role,
    occurred_on, known_at, is_late, is_disputed, value, answer_digest, run_id, found_at)
  select n."enterpriseId", $5, n."signalId", n."ruleId", n."ruleHash", n.level, n.gravity, n.fact, $2, n."occurredOn",
    n."knownAt", n."isLate", n."isDisputed", n.value, n."answerDigest", $3, $4
  from json_to_recordset($1::json) as n ("enterpriseId" bigint, "signalId" text, "ruleId" text, "ruleHash" text,
    level text, gravity smallint, fact text, "occurredOn" date, "knownAt" timestamptz, "isLate" boolean,
    "isDisputed" boolean, value double precision, "answerDigest" text)
  where not exists (
    select from monitoring.signals s
    where s.enterprise_id = n."enterpriseId" and s.institution_id = $5 and s.rule_id = n."ruleId" and s.fact = n.fact
      and s.gravity >= n.gravity)
  order by n."enterpriseId", n."ruleId", n.fact
  on conflict do nothing returning signal_id`;

async function insertEvidence(tx: Tx, signals: readonly Signal[]): Promise<void> {
  const rows = signals.flatMap(({ enterpriseId, signalId, evidence }) =>
    evidence.map((record) => ({ ...record, enterpriseId, signalId })),
  );
  if (rows.length === 0) return;
  await tx.rows(
    `insert into monitoring.signal_evidence (enterprise_id, signal_id, contract_id, delivery_no, row_no, known_from)
     select n."enterpriseId", n."signalId", n.contract, n."deliveryNo", n."rowNo", n."knownFrom"
     from json_to_recordset($1::json) as n ("enterpriseId" bigint, "signalId" text, contract text, "deliveryNo" bigint,
       "rowNo" integer, "knownFrom" timestamptz)
     on conflict do nothing`,
    [JSON.stringify(rows)],
  );
}

/**
 * Ends the states that these take the place of, then begins them; a state that stands already is left as it is. Returns
 * the keys of those that another worker has overtaken: their episode began on another day than was found here.
 */
async function recordEpisodes(
  tx: Tx,
  { found, runId, at, institutionId = FOR_ALL }: RecordRequest,
): Promise<ReadonlySet<string>> {
  const { episodes } = found;
  if (episodes.length === 0) return new Set();
  const rows = JSON.stringify(episodes);
  await tx.rows(END_EPISODES, [rows, at, institutionId]);
  await tx.rows(BEGIN_EPISODES, [rows, at, runId, institutionId]);
  const standing = await readEpisodes(tx, {
    rules: [...new Set(episodes.map(({ ruleId }) => ruleId))].map((id) => ({ id })),
    enterpriseIds: [...new Set(episodes.map(({ enterpriseId }) => enterpriseId))],
    institutionId,
  });
  const keys = episodes
    .filter((one) => standing.get(episodeKey(one))?.beganOn !== one.beganOn)
    .map(episodeKey);
  return new Set(keys);
}

const EPISODES = `(select * from json_to_recordset($1::json) as e ("enterpriseId" bigint, "ruleId" text, level text,
    "beganOn" date, "clearedOn" date)) n`;

/** An episode under way is not replaced by one that began on another day. */
const END_EPISODES = `
  update monitoring.episodes e
  set known_to = greatest($2::timestamptz, e.known_from + interval '1 millisecond')
  from ${EPISODES}
  where e.enterprise_id = n."enterpriseId" and e.institution_id = $3 and e.rule_id = n."ruleId"
    and e.known_to = 'infinity' and (e.cleared_on is not null or e.began_on = n."beganOn")
    and (e.level, e.began_on, e.cleared_on) is distinct from (n.level, n."beganOn", n."clearedOn")`;

const BEGIN_EPISODES = `
  insert into monitoring.episodes (enterprise_id, institution_id, rule_id, known_from, level, began_on, cleared_on, run_id)
  select n."enterpriseId", $4, n."ruleId", greatest($2::timestamptz, coalesce((
      select max(e.known_to) from monitoring.episodes e
      where e.enterprise_id = n."enterpriseId" and e.institution_id = $4 and e.rule_id = n."ruleId"
        and e.known_to < 'infinity'), $2)),
    n.level, n."beganOn", n."clearedOn", $3
  from ${EPISODES}
  order by n."enterpriseId", n."ruleId"
  on conflict do nothing`;
