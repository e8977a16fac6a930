-- Attachments may be JPEG; a check at a source that is asked is bounded per day.
alter table rights.attachments drop constraint attachments_content_type_check;
alter table rights.attachments add constraint attachments_content_type_check
  check (content_type in ('application/pdf', 'image/png', 'image/jpeg'));

-- What was asked at departments to check items: one row for each source of an ask, whatever came of it.
create table rights.source_asks (
  enterprise_id bigint not null,
  ask_id text not null,
  item_id text not null,
  source_contract_id text not null,
  -- `asked`: nobody has said what came of it; a process that ended there leaves it so.
  outcome text not null default 'asked' check (outcome in ('asked', 'match', 'no_match', 'no_answer')),
  asked_by text not null,
  asked_at timestamptz not null,
  primary key (enterprise_id, ask_id, source_contract_id)
);
create index source_asks_day on rights.source_asks (enterprise_id, asked_at);
