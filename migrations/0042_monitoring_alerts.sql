-- Alerts, cases, handling and recall (policy article 10). Distributed by enterprise on Citus; rule_words is kept whole.
create schema if not exists monitoring;

-- What one institution is told of one enterprise until all of it is handled; at most one is open.
create table monitoring.cases (
  enterprise_id bigint not null,
  case_id text not null,
  institution_id text not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  -- lapsed: the loan was settled or the ground ended before anybody finished.
  outcome text check (outcome in ('handled', 'recalled', 'lapsed')),
  primary key (enterprise_id, case_id),
  check ((closed_at is null) = (outcome is null))
);
create unique index cases_open on monitoring.cases (enterprise_id, institution_id) where closed_at is null;
create index cases_by_institution on monitoring.cases (institution_id, case_id);

-- What a rule said when it was told, by the hash of the rule; never changed.
create table monitoring.rule_words (
  rule_hash text primary key check (rule_hash ~ '^[0-9a-f]{64}$'),
  rule_id text not null,
  version text not null,
  name jsonb not null,
  action jsonb not null,
  basis text[] not null
);

-- One fact that one rule found of one enterprise, told to one institution: what an alert is the same by.
create table monitoring.alerts (
  enterprise_id bigint not null,
  alert_id text not null,
  institution_id text not null,
  branch_id text not null,
  -- Through which it was told; null: directly.
  platform_id text,
  rule_id text not null,
  fact text not null,
  raised_at timestamptz not null,
  primary key (enterprise_id, alert_id)
);
create unique index alerts_of_fact on monitoring.alerts (enterprise_id, institution_id, rule_id, fact);
create index alerts_by_id on monitoring.alerts (alert_id);

-- How an alert stands and stood: a version ends and the next begins.
create table monitoring.alert_versions (
  enterprise_id bigint not null,
  alert_id text not null,
  version_no integer not null check (version_no > 0),
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  institution_id text not null,
  case_id text not null,
  cause text not null check (cause in ('raised', 'upgraded', 'raised_again', 'renewed', 'pushed', 'handled', 'woken',
    'reopened', 'escalated', 'recalled', 'lapsed')),
  state text not null check (state in ('raised', 'pushed', 'acknowledged', 'in_progress', 'snoozed', 'confirmed',
    'useful_hint', 'false_alarm', 'resolved', 'recalled', 'lapsed')),
  level text not null check (level in ('red', 'orange', 'yellow', 'blue')),
  signal_id text not null,
  rule_hash text not null,
  -- Beijing day of the fact, and when the node knew of it.
  occurred_on date not null,
  signal_known_at timestamptz not null,
  is_late boolean not null,
  is_disputed boolean not null,
  -- [{contract, deliveryNo, rowNo, knownFrom}]: the records behind it.
  evidence jsonb not null,
  consent_id text,
  -- By when the next step is due; uncertain when a year on the way has no announced calendar.
  due_on date,
  due_is_certain boolean not null,
  snoozed_until date,
  -- 0: with whoever handles it; 1: with the head of risk of the institution; 2: on the node's list.
  escalation smallint not null check (escalation between 0 and 2),
  judgement text check (judgement in ('confirmed', 'useful_hint', 'false_alarm')),
  action text check (action in ('renew', 'reduce', 'collect', 'add_guarantee', 'none')),
  protected_fen bigint check (protected_fen >= 0),
  said_by text not null,
  receipt_id text not null,
  -- What the institution was told last.
  disclosure_id text not null,
  primary key (enterprise_id, alert_id, version_no),
  check ((state in ('resolved', 'recalled', 'lapsed')) = (due_on is null)),
  check ((state = 'snoozed') = (snoozed_until is not null)),
  check (state <> 'resolved' or (action is not null and judgement is not null))
);
create unique index alert_versions_live on monitoring.alert_versions (enterprise_id, alert_id) where known_to = 'infinity';
create index alert_versions_inbox on monitoring.alert_versions (institution_id, alert_id) where known_to = 'infinity';
create index alert_versions_of_case on monitoring.alert_versions (enterprise_id, case_id) where known_to = 'infinity';
create index alert_versions_due on monitoring.alert_versions (due_on) where known_to = 'infinity' and due_on is not null;

-- What the enterprise answered to an alert about it.
create table monitoring.alert_answers (
  enterprise_id bigint not null,
  answer_id text not null,
  alert_id text not null,
  answer text not null check (char_length(answer) between 1 and 500),
  said_by text not null,
  said_at timestamptz not null,
  receipt_id text not null,
  primary key (enterprise_id, answer_id)
);
create index alert_answers_of_alert on monitoring.alert_answers (enterprise_id, alert_id, said_at);

-- Notices that an alert rests on what no longer holds, each to the one institution that had it.
create table monitoring.alert_recalls (
  enterprise_id bigint not null,
  recall_id text not null,
  alert_id text not null,
  -- The version of the alert that says so; an alert that was raised again may be recalled again.
  version_no integer not null,
  institution_id text not null,
  platform_id text,
  reason text not null check (reason in ('corrected', 'repaired', 'withdrawn')),
  contract text not null,
  delivery_no bigint not null,
  row_no integer not null,
  due_on date not null,
  due_is_certain boolean not null,
  recalled_by text not null,
  recalled_at timestamptz not null,
  receipt_id text not null,
  acknowledged_at timestamptz,
  acknowledged_by text,
  acknowledged_receipt_id text,
  primary key (enterprise_id, recall_id),
  check ((acknowledged_at is null) = (acknowledged_by is null))
);
create unique index alert_recalls_once on monitoring.alert_recalls (enterprise_id, alert_id, version_no);
create index alert_recalls_by_id on monitoring.alert_recalls (recall_id);
create index alert_recalls_by_institution on monitoring.alert_recalls (institution_id, recalled_at);
