-- Generated: the statements of lists for one contract, as they are sent.
-- Renew: node_modules/.bin/node --test-update-snapshots tests/support/run-tests.ts snapshot

create table lists.n05_abnormal_list_v1 (
  enterprise_id bigint not null,
  delivery_no bigint not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity',
  row_no integer not null,
  abnormal_reason text,
  reason_text text,
  abnormal_listed_on date,
  listing_decision_no text,
  listing_authority text,
  missing_report_year smallint,
  visited_address text,
  contact_attempt_on date,
  is_individual_mark boolean,
  abnormal_removed_on date,
  removal_reason text,
  removal_decision_no text,
  removal_authority text,
  abnormal_state text,
  original jsonb,
  primary key (enterprise_id, delivery_no, row_no, known_from)
);

create unique index n05_abnormal_list_v1_live on lists.n05_abnormal_list_v1 (enterprise_id, abnormal_reason, abnormal_listed_on) where known_to = 'infinity';

create index n05_abnormal_list_v1_known on lists.n05_abnormal_list_v1 using brin (known_from) with (autosummarize = on);

-- createStaged
create temporary table staged (
        row_no integer not null,
        subject_code text not null,
        subject_name text not null,
        subject_flags smallint not null,
        abnormal_reason text,
        reason_text text,
        abnormal_listed_on date,
        listing_decision_no text,
        listing_authority text,
        missing_report_year smallint,
        visited_address text,
        contact_attempt_on date,
        is_individual_mark boolean,
        abnormal_removed_on date,
        removal_reason text,
        removal_decision_no text,
        removal_authority text,
        abnormal_state text,
        original jsonb
      ) on commit drop;

-- copyStaged
copy staged (row_no, subject_code, subject_name, subject_flags, abnormal_reason, reason_text, abnormal_listed_on, listing_decision_no, listing_authority, missing_report_year, visited_address, contact_attempt_on, is_individual_mark, abnormal_removed_on, removal_reason, removal_decision_no, removal_authority, abnormal_state, original) from stdin;

-- unmatchedSubjects
select distinct s.subject_code, s.subject_name
      from staged s
      where not exists (
        select from lists.enterprise_codes c where c.code = s.subject_code and c.known_to = 'infinity');

-- stageHeld
insert into staged
      select (jsonb_populate_record(null::staged, h.staged)).*
      from lists.held_rows h
      where h.delivery_no = $1 and h.review_no = $2 and h.state = 'held';

-- holdRows
insert into lists.held_rows (delivery_no, row_no, review_no, contract_id, staged)
      select $1::bigint, s.row_no, w.review_no, 'n05_abnormal_list', to_jsonb(s)
      from staged s
      join waiting w on w.subject_code = s.subject_code and w.subject_name = s.subject_name;

-- insertByCode
insert into lists.n05_abnormal_list_v1 (enterprise_id, delivery_no, known_from, row_no, abnormal_reason, reason_text, abnormal_listed_on, listing_decision_no, listing_authority, missing_report_year, visited_address, contact_attempt_on, is_individual_mark, abnormal_removed_on, removal_reason, removal_decision_no, removal_authority, abnormal_state, original)
      select c.enterprise_id, $1::bigint, $2::timestamptz, s.row_no, s.abnormal_reason, s.reason_text, s.abnormal_listed_on, s.listing_decision_no, s.listing_authority, s.missing_report_year, s.visited_address, s.contact_attempt_on, s.is_individual_mark, s.abnormal_removed_on, s.removal_reason, s.removal_decision_no, s.removal_authority, s.abnormal_state, s.original
      from staged s
      join lists.enterprise_codes c on c.code = s.subject_code and c.known_to = 'infinity'
      order by c.enterprise_id, s.abnormal_reason, s.abnormal_listed_on, s.row_no
      on conflict (enterprise_id, abnormal_reason, abnormal_listed_on) where known_to = 'infinity' do nothing;

-- insertResolved
insert into lists.n05_abnormal_list_v1 (enterprise_id, delivery_no, known_from, row_no, abnormal_reason, reason_text, abnormal_listed_on, listing_decision_no, listing_authority, missing_report_year, visited_address, contact_attempt_on, is_individual_mark, abnormal_removed_on, removal_reason, removal_decision_no, removal_authority, abnormal_state, original)
      select m.enterprise_id, $1::bigint, $2::timestamptz, s.row_no, s.abnormal_reason, s.reason_text, s.abnormal_listed_on, s.listing_decision_no, s.listing_authority, s.missing_report_year, s.visited_address, s.contact_attempt_on, s.is_individual_mark, s.abnormal_removed_on, s.removal_reason, s.removal_decision_no, s.removal_authority, s.abnormal_state, s.original
      from staged s
      join resolved m on m.subject_code = s.subject_code and m.subject_name = s.subject_name
      order by m.enterprise_id, s.abnormal_reason, s.abnormal_listed_on, s.row_no
      on conflict (enterprise_id, abnormal_reason, abnormal_listed_on) where known_to = 'infinity' do nothing;

-- collectRest
create temporary table rest on commit drop as
      select c.enterprise_id, s.*
      from staged s
      join lists.enterprise_codes c on c.code = s.subject_code and c.known_to = 'infinity'
      where not exists (
        select from lists.n05_abnormal_list_v1 f
        where f.enterprise_id = c.enterprise_id and f.delivery_no = $1 and f.row_no = s.row_no
          and f.known_from = $2)
      union all
      select m.enterprise_id, s.*
      from staged s
      join resolved m on m.subject_code = s.subject_code and m.subject_name = s.subject_name
      where not exists (
        select from lists.n05_abnormal_list_v1 f
        where f.enterprise_id = m.enterprise_id and f.delivery_no = $1 and f.row_no = s.row_no
          and f.known_from = $2);

-- decideFates
create temporary table fates on commit drop as
      with placed as (
        select r.*, first_value(r.row_no) over (partition by r.enterprise_id, r.abnormal_reason, r.abnormal_listed_on order by r.row_no) as first_row_no
        from rest r
      )
      select p.enterprise_id, p.row_no, live.delivery_no as live_delivery_no, live.row_no as live_row_no,
        case
          when live.delivery_no = $1 and row(live.abnormal_reason, live.reason_text, live.abnormal_listed_on, live.listing_decision_no, live.listing_authority, live.missing_report_year, live.visited_address, live.contact_attempt_on, live.is_individual_mark, live.abnormal_removed_on, live.removal_reason, live.removal_decision_no, live.removal_authority, live.abnormal_state) is distinct from row(p.abnormal_reason, p.reason_text, p.abnormal_listed_on, p.listing_decision_no, p.listing_authority, p.missing_report_year, p.visited_address, p.contact_attempt_on, p.is_individual_mark, p.abnormal_removed_on, p.removal_reason, p.removal_decision_no, p.removal_authority, p.abnormal_state) then 'conflict'
          when live.delivery_no = $1 then 'duplicate'
          when p.row_no > p.first_row_no and row(first.abnormal_reason, first.reason_text, first.abnormal_listed_on, first.listing_decision_no, first.listing_authority, first.missing_report_year, first.visited_address, first.contact_attempt_on, first.is_individual_mark, first.abnormal_removed_on, first.removal_reason, first.removal_decision_no, first.removal_authority, first.abnormal_state) is distinct from row(p.abnormal_reason, p.reason_text, p.abnormal_listed_on, p.listing_decision_no, p.listing_authority, p.missing_report_year, p.visited_address, p.contact_attempt_on, p.is_individual_mark, p.abnormal_removed_on, p.removal_reason, p.removal_decision_no, p.removal_authority, p.abnormal_state) then 'conflict'
          when p.row_no > p.first_row_no then 'duplicate'
          when row(live.abnormal_reason, live.reason_text, live.abnormal_listed_on, live.listing_decision_no, live.listing_authority, live.missing_report_year, live.visited_address, live.contact_attempt_on, live.is_individual_mark, live.abnormal_removed_on, live.removal_reason, live.removal_decision_no, live.removal_authority, live.abnormal_state) is distinct from row(p.abnormal_reason, p.reason_text, p.abnormal_listed_on, p.listing_decision_no, p.listing_authority, p.missing_report_year, p.visited_address, p.contact_attempt_on, p.is_individual_mark, p.abnormal_removed_on, p.removal_reason, p.removal_decision_no, p.removal_authority, p.abnormal_state) then 'changed'
          else 'unchanged'
        end as fate
      from placed p
      join rest first on first.row_no = p.first_row_no
      join lists.n05_abnormal_list_v1 live on live.enterprise_id = p.enterprise_id and live.abnormal_reason = p.abnormal_reason and live.abnormal_listed_on = p.abnormal_listed_on and live.known_to = 'infinity';

-- removeConflicts
with keys as (
        select distinct r.enterprise_id, r.abnormal_reason, r.abnormal_listed_on
        from fates f join rest r on r.row_no = f.row_no
        where f.fate = 'conflict'
      ), gone as (
        delete from lists.n05_abnormal_list_v1 t using keys k
        where t.enterprise_id = k.enterprise_id and t.abnormal_reason = k.abnormal_reason and t.abnormal_listed_on = k.abnormal_listed_on and t.known_to = 'infinity' and t.delivery_no = $1
        returning t.row_no
      ), doubtful as (
        update fates f set fate = 'conflict'
        from rest r join keys k on r.enterprise_id = k.enterprise_id and r.abnormal_reason = k.abnormal_reason and r.abnormal_listed_on = k.abnormal_listed_on
        where r.row_no = f.row_no and f.fate <> 'conflict'
      )
      insert into conflicts select row_no from gone;

-- quarantineConflicts
with doubtful as (
        select row_no from conflicts union select row_no from fates where fate = 'conflict'
      )
      insert into lists.defects (delivery_no, row_no, field, code, rule, severity, params, raw)
      select $1::bigint, s.row_no, 'abnormal_reason,abnormal_listed_on', 'key_conflict', 'unique_key', 'block', '{}',
        to_jsonb(s) - 'row_no' - 'subject_flags' - 'original'
      from doubtful d join staged s on s.row_no = d.row_no;

-- endChanged
update lists.n05_abnormal_list_v1 t set known_to = $1
      from fates f
      where f.fate = 'changed' and t.enterprise_id = f.enterprise_id
        and t.delivery_no = f.live_delivery_no and t.row_no = f.live_row_no and t.known_to = 'infinity';

-- insertChanged
insert into lists.n05_abnormal_list_v1 (enterprise_id, delivery_no, known_from, row_no, abnormal_reason, reason_text, abnormal_listed_on, listing_decision_no, listing_authority, missing_report_year, visited_address, contact_attempt_on, is_individual_mark, abnormal_removed_on, removal_reason, removal_decision_no, removal_authority, abnormal_state, original)
      select s.enterprise_id, $1::bigint, $2::timestamptz, s.row_no, s.abnormal_reason, s.reason_text, s.abnormal_listed_on, s.listing_decision_no, s.listing_authority, s.missing_report_year, s.visited_address, s.contact_attempt_on, s.is_individual_mark, s.abnormal_removed_on, s.removal_reason, s.removal_decision_no, s.removal_authority, s.abnormal_state, s.original
      from rest s join fates f on f.row_no = s.row_no
      where f.fate = 'changed'
      order by s.enterprise_id, s.abnormal_reason, s.abnormal_listed_on, s.row_no;

-- findOutOfUse
select m.mark_no 
      from lists.marks m
      where m.contract_id = 'n05_abnormal_list' and m.mark in ('repaired', 'annulled') and m.known_to = 'infinity'
        and m.valid_to > now() limit 1;

-- carryOutOfUse
insert into lists.marks (enterprise_id, contract_id, delivery_no, row_no, field, mark, ground, valid_from, valid_to,
        known_from)
      select distinct n.enterprise_id, kept.contract_id, n.delivery_no, n.row_no, kept.field, kept.mark, kept.ground,
        kept.valid_from, kept.valid_to, date_trunc('milliseconds', clock_timestamp())
      from (select m.* 
      from lists.marks m
      where m.contract_id = 'n05_abnormal_list' and m.mark in ('repaired', 'annulled') and m.known_to = 'infinity'
        and m.valid_to > now()) kept
      join lists.n05_abnormal_list_v1 o on o.enterprise_id = kept.enterprise_id and o.delivery_no = kept.delivery_no and o.row_no = kept.row_no
      join lists.n05_abnormal_list_v1 n on n.enterprise_id = o.enterprise_id and n.abnormal_reason = o.abnormal_reason and n.abnormal_listed_on = o.abnormal_listed_on and n.known_to = 'infinity' and n.delivery_no = $1 and n.known_from = $2
      where not exists (
        select from lists.marks own
        where own.enterprise_id = n.enterprise_id and own.contract_id = kept.contract_id
          and own.delivery_no = n.delivery_no and own.row_no = n.row_no and own.mark = kept.mark
          and own.known_to = 'infinity' and own.valid_to > now());

-- endWithdrawn
update lists.n05_abnormal_list_v1 t set known_to = $1
      from staged s
      left join lists.enterprise_codes c on c.code = s.subject_code and c.known_to = 'infinity'
      left join resolved m on m.subject_code = s.subject_code and m.subject_name = s.subject_name
      where t.enterprise_id = coalesce(c.enterprise_id, m.enterprise_id) and t.known_to = 'infinity'
        and t.abnormal_reason = s.abnormal_reason and t.abnormal_listed_on = s.abnormal_listed_on;

-- reviveEnded
insert into lists.n05_abnormal_list_v1 (enterprise_id, delivery_no, known_from, row_no, abnormal_reason, reason_text, abnormal_listed_on, listing_decision_no, listing_authority, missing_report_year, visited_address, contact_attempt_on, is_individual_mark, abnormal_removed_on, removal_reason, removal_decision_no, removal_authority, abnormal_state, original)
      select t.enterprise_id, t.delivery_no, $3::timestamptz, t.row_no, t.abnormal_reason, t.reason_text, t.abnormal_listed_on, t.listing_decision_no, t.listing_authority, t.missing_report_year, t.visited_address, t.contact_attempt_on, t.is_individual_mark, t.abnormal_removed_on, t.removal_reason, t.removal_decision_no, t.removal_authority, t.abnormal_state, t.original
      from lists.n05_abnormal_list_v1 t
      join lists.n05_abnormal_list_v1 released on released.enterprise_id = t.enterprise_id and released.abnormal_reason = t.abnormal_reason and released.abnormal_listed_on = t.abnormal_listed_on
      where released.enterprise_id = $1 and released.known_from = $2 and released.known_to = $3
        and t.known_to = $2;

-- reviveWithdrawn
insert into lists.n05_abnormal_list_v1 (enterprise_id, delivery_no, known_from, row_no, abnormal_reason, reason_text, abnormal_listed_on, listing_decision_no, listing_authority, missing_report_year, visited_address, contact_attempt_on, is_individual_mark, abnormal_removed_on, removal_reason, removal_decision_no, removal_authority, abnormal_state, original)
      select t.enterprise_id, t.delivery_no, $3::timestamptz, t.row_no, t.abnormal_reason, t.reason_text, t.abnormal_listed_on, t.listing_decision_no, t.listing_authority, t.missing_report_year, t.visited_address, t.contact_attempt_on, t.is_individual_mark, t.abnormal_removed_on, t.removal_reason, t.removal_decision_no, t.removal_authority, t.abnormal_state, t.original
      from lists.n05_abnormal_list_v1 t
      where t.enterprise_id = $1 and t.known_to = $2
      on conflict (enterprise_id, abnormal_reason, abnormal_listed_on) where known_to = 'infinity' do nothing;

-- endReleased
update lists.n05_abnormal_list_v1 t set known_to = $3
      where t.enterprise_id = $1 and t.known_from = $2 and t.known_to = 'infinity';

-- read of one enterprise
select asked.n::integer as n, r.*, coalesce((select d.delivery_id from lists.deliveries d where d.delivery_no = r.delivery_no), r.delivery_no::text) as delivery_id
    from unnest((select $1::bigint[]), (select $2::timestamptz[]), (select $3::date[]), (select $4::date[]))
    with ordinality as asked (whose, known_at, data_from, data_to, n) cross join lateral ((
    select 'n05_abnormal_list'::text as contract_id, r.delivery_no, r.row_no, r.known_from,
      json_build_array(r.abnormal_reason::text, r.reason_text::text, r.abnormal_listed_on::text, r.listing_decision_no::text, r.listing_authority::text, r.missing_report_year::text, r.visited_address::text, r.contact_attempt_on::text, r.is_individual_mark::text, r.abnormal_removed_on::text, r.removal_reason::text, r.removal_decision_no::text, r.removal_authority::text, r.abnormal_state::text) as values, r.original, r.abnormal_listed_on::text as at
    from lists.n05_abnormal_list_v1 r
    where r.enterprise_id = asked.whose and r.known_from <= asked.known_at and r.known_to > asked.known_at
      and not exists (
        select from lists.marks m
        where m.enterprise_id = r.enterprise_id and m.contract_id = 'n05_abnormal_list'
          and m.delivery_no = r.delivery_no and m.row_no = r.row_no
          and m.known_to = 'infinity' and m.valid_from <= now() and m.valid_to > now() and m.mark in ('withheld', 'repaired', 'annulled', 'declined'))
    limit 11)) r
    order by r.at collate "C" desc nulls last, r.known_from desc, r.delivery_no desc, r.row_no;

-- relation of a population
(
    select r.enterprise_id, r.delivery_no, r.row_no, r.known_from, exists (select from lists.marks m
      where m.enterprise_id = r.enterprise_id and m.contract_id = 'n05_abnormal_list'
        and m.delivery_no = r.delivery_no and m.row_no = r.row_no and m.known_to = 'infinity' and m.valid_from <= now() and m.valid_to > now() and m.mark in ('disputed')) as is_disputed, r.abnormal_reason, r.reason_text, r.abnormal_listed_on, r.listing_decision_no, r.listing_authority, r.missing_report_year, r.visited_address, r.contact_attempt_on, r.is_individual_mark, r.abnormal_removed_on, r.removal_reason, r.removal_decision_no, r.removal_authority, r.abnormal_state
    from lists.n05_abnormal_list_v1 r
    where r.known_from <= timestamptz '2026-01-01T00:00:00.000Z' and r.known_to > timestamptz '2026-01-01T00:00:00.000Z'
      and not exists (select from lists.marks m
      where m.enterprise_id = r.enterprise_id and m.contract_id = 'n05_abnormal_list'
        and m.delivery_no = r.delivery_no and m.row_no = r.row_no and m.known_to = 'infinity' and m.valid_from <= now() and m.valid_to > now() and m.mark in ('withheld', 'repaired', 'annulled', 'declined')));
