import assert from 'node:assert';
import { assertProof, beijingTime, type Clock, type EnterpriseId, type Tx } from '#kernel';
import type { Consent } from '#security';
import { consentRefusal } from './consent-refusals.ts';
import type { FrequencyUnit } from './tables.ts';

/**
 * Counts one use of a consent, in the transaction of the answer: whatever rolls back was no use. A consent for one use
 * is exhausted by it; of two uses at once exactly one gets through. The consent's state is held until this transaction
 * ends, so that no answer commits after a revocation has. Throws `consent.not_live`, `consent.used_up` or
 * `consent.too_often`, which says when it may be used again.
 */
export async function bookUse(
  tx: Tx,
  clock: Clock,
  consent: Consent,
  { contracts }: { contracts: readonly string[] },
): Promise<void> {
  assertProof(consent, 'Consent');
  for (const id of contracts) assert(consent.scope.has(id), `${id} is outside the consent that is used`);
  const now = clock.now();
  const { givenAs, consentId } = consent;
  const row = await tx.together(bookUses, { enterpriseId: givenAs, consentId, at: now });
  if (row === undefined) throw consentRefusal('consent.not_live');
  if (row.uses !== null) return;
  if (row.fetch_mode === 'once') throw consentRefusal('consent.used_up');
  throw consentRefusal('consent.too_often', refusedRate(row));
}

type Use = { readonly enterpriseId: EnterpriseId; readonly consentId: string; readonly at: Date };

/** No consent twice. Undefined: it is not live. */
async function bookUses(tx: Tx, uses: readonly Use[]): Promise<(Row | undefined)[]> {
  const rows = await tx.hotRows<Row>('consent.book_uses', BOOK_USES, [
    uses.map(({ enterpriseId }) => enterpriseId),
    uses.map(({ consentId }) => consentId),
    uses.map(({ at }) => at),
  ]);
  const booked = new Map(rows.map((row) => [row.consent_id, row]));
  return uses.map(({ consentId }) => booked.get(consentId));
}

type Row = {
  consent_id: string;
  fetch_mode: 'once' | 'periodic';
  frequency_count: number | null;
  frequency_unit: FrequencyUnit | null;
  next_from: Date | null;
  uses: number | null;
};

const UNIT_WORDS = {
  day: { zh: '每天', en: 'day' },
  week: { zh: '每周', en: 'week' },
  month: { zh: '每月', en: 'month' },
} as const;

function refusedRate({ frequency_count, frequency_unit, next_from }: Row) {
  assert(frequency_count !== null && frequency_unit !== null && next_from !== null, 'a periodic consent');
  const unit = UNIT_WORDS[frequency_unit];
  return { count: frequency_count, unitZh: unit.zh, unitEn: unit.en, again: beijingTime(next_from) };
}

/**
 * Periods are days, weeks from Monday, and months of the calendar in Beijing: an enterprise can count them. The share
 * lock meets the update by which a change of state ends the row: who waits for it sees that there is no such row now.
 * Counts are taken in the order of their keys: whoever waits for whom, nobody waits in a circle.
 */
const BOOK_USES = `
  with live as (
    select s.enterprise_id, s.consent_id, asked.at
    from unnest((select $1::bigint[]), (select $2::text[]), (select $3::timestamptz[])) as asked (enterprise_id, consent_id, at)
    join consent.states s on s.enterprise_id = asked.enterprise_id and s.consent_id = asked.consent_id
      and s.known_to = 'infinity' and s.state = 'active'
    for share of s
  ), terms as (
    select c.enterprise_id, c.consent_id, c.fetch_mode, c.frequency_count, c.frequency_unit, l.at,
      case when c.fetch_mode = 'once' then '-infinity'::timestamptz
        else date_trunc(c.frequency_unit, l.at, 'Asia/Shanghai') end as period_from
    from live l
    join consent.consents c on c.enterprise_id = l.enterprise_id and c.consent_id = l.consent_id
    where c.valid_to >= l.at
  ), counted as (
    insert into consent.use_counts as u (enterprise_id, consent_id, period_from, uses, last_at)
    select enterprise_id, consent_id, period_from, 1, at from terms
    order by enterprise_id, consent_id
    on conflict (enterprise_id, consent_id, period_from) do update
      set uses = u.uses + 1, last_at = excluded.last_at
      where u.uses < coalesce(
        (select t.frequency_count from terms t where t.enterprise_id = u.enterprise_id and t.consent_id = u.consent_id), 1)
    returning u.consent_id, u.uses
  )
  select t.consent_id, t.fetch_mode, t.frequency_count, t.frequency_unit, counted.uses,
    case when t.fetch_mode = 'periodic' then
      ((t.period_from at time zone 'Asia/Shanghai') + ('1 ' || t.frequency_unit)::interval)
        at time zone 'Asia/Shanghai' end as next_from
  from terms t left join counted on counted.consent_id = t.consent_id`;
