-- Dates: what each step was planned for, how long its clock has stood still, and who holds it.
-- `planned_at` and `planned_end_at` are what was planned at first; `hold` says since when, by whom
-- and why a step is on hold ({"since", "by", "reason"}); `paused_s` is for how much time for work
-- its clock has stood still.
alter table plan_item
  add column planned_end_at timestamptz,
  add column paused_s integer,
  add column hold json;

-- The outlook on each open order with dates: when it is expected, how much it is in danger (0 none
-- to 4 critical), and when that is to be looked at again. One row per order, gone at its end.
create table plan_outlook (
  root uuid primary key,
  kind text collate "C" not null check (kind in ('ProductOrder', 'ServiceOrder', 'ResourceOrder')),
  check_at timestamptz not null,
  expected_at timestamptz,
  target_at timestamptz,
  level smallint not null default 0 check (level between 0 and 4),
  since timestamptz,
  worth numeric,
  currency text collate "C",
  promised text,
  looks integer not null default 0,
  stopped_at timestamptz,
  stopped_s integer not null default 0,
  owner uuid,
  partner uuid
);
create index plan_outlook_check on plan_outlook (check_at);
create index plan_outlook_level on plan_outlook (level, worth) where level > 0;

alter table plan_outlook enable row level security;
alter table plan_outlook force row level security;
create policy app on plan_outlook to trunkline_app using (true);
create policy owned on plan_outlook to trunkline_scoped
  using (in_scope(owner, partner)) with check (in_scope(owner, partner));
create policy wholly_read on plan_outlook to trunkline_scoped
  using (exists (select 1 from record r where r.id = root
    and r.type = any((select kinds_read() || kinds_written())::text[])));
