-- 批量查询文件 (policy article 8): a request file that an institution hands in for the night, and its answer file. Lines
-- and answers are sealed by the file's own data key, in pages; with the key they are gone. Local on Citus: a file belongs
-- to a participant and speaks of many enterprises.

create table information.query_files (
  file_id text primary key,
  participant_id text not null,
  -- The client that handed it in; what it may do is looked up for every page when the file runs.
  caller_id text not null,
  -- SHA-256 of the bytes as they came, hex.
  digest text not null,
  lines integer not null check (lines > 0),
  state text not null default 'received' check (state in ('received', 'running', 'done')),
  -- From it and a line's number comes the line's idempotency key.
  sealed_secret text not null,
  received_at timestamptz not null,
  due_at timestamptz not null,
  begun_at timestamptz,
  done_at timestamptz,
  remove_at timestamptz,
  answered integer not null default 0,
  refused integer not null default 0,
  check ((state = 'done') = (done_at is not null)),
  check ((done_at is null) = (remove_at is null))
);
create index query_files_open on information.query_files (due_at) where state <> 'done';
create index query_files_done on information.query_files (remove_at) where state = 'done';

create table information.query_file_pages (
  file_id text not null,
  page_no integer not null check (page_no > 0),
  sealed_lines text not null,
  -- Written once, when every line of the page has its answer.
  sealed_answers text,
  primary key (file_id, page_no)
);
