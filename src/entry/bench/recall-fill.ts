import type { EnterpriseId } from '#kernel';
import type { Node } from '../node.ts';

export type Filling = {
  readonly rows: number;
  /** Whose record is corrected. */
  readonly subject: EnterpriseId;
  /** Disclosures about it that rest on the record. */
  readonly touched: number;
};

/**
 * Disclosures as a city has them after two years: in the order of time, of twenty to an enterprise on average and many more of
 * some, seven of ten answers to forty institutions, a third through platforms. The subject's lie among them; beside those that
 * rest on the record a tenth left before it was known and a tenth name other contracts. Returns seconds.
 */
export async function fillDisclosures({ database }: Node, filling: Filling): Promise<number> {
  const { pool } = database;
  const began = performance.now();
  const all = Math.ceil(filling.touched * 1.2);
  const step = Math.floor(filling.rows / all);
  // Built at the end, as a restored database has them: what is measured is reading, not filling.
  await pool.query('alter table security.disclosures drop constraint disclosures_pkey');
  await pool.query('drop index security.disclosures_consent');
  await pool.query(FILL, [filling.rows, step, all, filling.subject, Math.ceil(filling.rows / 20)]);
  await pool.query('alter table security.disclosures add primary key (enterprise_id, disclosure_id)');
  await pool.query(
    'create index disclosures_consent on security.disclosures (consent_id, at) where consent_id is not null',
  );
  await pool.query('vacuum analyze security.disclosures');
  return (performance.now() - began) / 1_000;
}

/** `own` counts the subject's disclosures from 0; null: of somebody else. Of twelve one is early and one names other contracts. */
const FILL = `
  insert into security.disclosures (enterprise_id, disclosure_id, kind, contracts, fields, as_of, known_at, institution,
    platform, operator, consent_id, purpose, policy_hash, content_digest, receipt_id, at)
  select
    case when own is not null then $4::bigint else 1000 + floor(random() * random() * $5::integer)::bigint end,
    'dsc_' || lpad(to_hex(n), 10, '0') || substr(md5(n::text), 1, 16),
    case when n % 20 < 14 then 'answer' when n % 20 < 16 then 'report' when n % 20 < 18 then 'score'
      else 'whitelist_entry' end,
    case when own % 12 = 11 then array['n01_registration', 'n07_licence']
      else array['n01_registration', 'n07_licence', 'n08_penalty', 'b03_penalty_bj', 'n15_tax_arrears'] end,
    case when n % 20 >= 16 then '{}'::jsonb end,
    moment, moment, 'bank-' || n % 40, case when n % 3 = 0 then 'platform-' || n % 5 end, 'op-' || n % 400,
    case when n % 20 < 14 then 'cns_' || md5((n % 100000)::text) end,
    'loan_origination', repeat('0', 64), 'sha256:' || md5(n::text) || md5(n::text), 'rcp_' || substr(md5(n::text), 1, 26),
    moment
  from (
    select n, case when n % $2::integer = 0 and n / $2::integer < $3::integer then n / $2::integer end as own
    from generate_series(0, $1::integer - 1) as n) numbered
  cross join lateral (
    select case when own is null or own % 12 = 0
      then now() - interval '24 months' + (n::float8 / $1::integer) * interval '23 months'
      else now() + (n::float8 / $1::integer) * interval '1 second' end as moment) timed`;
