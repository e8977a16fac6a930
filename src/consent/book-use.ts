import assert from 'node:assert';
import { assertProof, beijingTime, type Clock, type Tx } from '#kernel';
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
  const [row] = await tx.hotRows<Row>('consent.book_use', BOOK_USE, [
    consent.enterpriseId,
    consent.consentId,
    now,
  ]);
  assert(row !== undefined, 'a statement of aggregates answers with one row');
  if (row.fetch_mode === null) throw consentRefusal('consent.not_live');
  if (row.uses !== null) return;
  if (row.fetch_mode === 'once') throw consentRefusal('consent.used_up');
  throw consentRefusal('consent.too_often', refusedRate(row));
}

type Row = {
  fetch_mode: 'once' | 'periodic' | null;
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
 */
const BOOK_USE = `
  with live as (
    select s.enterprise_id, s.consent_id
    from consent.states s
    where s.enterprise_id = $1 and s.consent_id = $2 and s.known_to = 'infinity' and s.state = 'active'
    for share
  ), terms as (
    select c.enterprise_id, c.consent_id, c.fetch_mode, c.frequency_count, c.frequency_unit,
      case when c.fetch_mode = 'once' then '-infinity'::timestamptz
        else date_trunc(c.frequency_unit, $3::timestamptz, 'Asia/Shanghai') end as period_from
    from live l
    join consent.consents c on c.enterprise_id = l.enterprise_id and c.consent_id = l.consent_id
    where c.valid_to >= $3::timestamptz
  ), counted as (
    insert into consent.use_counts as u (enterprise_id, consent_id, period_from, uses, last_at)
    select enterprise_id, consent_id, period_from, 1, $3::timestamptz from terms
    on conflict (enterprise_id, consent_id, period_from) do update
      set uses = u.uses + 1, last_at = excluded.last_at
      where u.uses < coalesce((select frequency_count from terms), 1)
    returning u.uses
  )
  select max(t.fetch_mode) as fetch_mode, max(t.frequency_count) as frequency_count, max(t.frequency_unit) as frequency_unit,
    max(case when t.fetch_mode = 'periodic' then
      ((t.period_from at time zone 'Asia/Shanghai') + ('1 ' || t.frequency_unit)::interval)
        at time zone 'Asia/Shanghai' end) as next_from,
    (select max(uses) from counted) as uses
  from terms t`;
