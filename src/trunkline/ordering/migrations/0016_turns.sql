-- Which other work than that of steps has a place in the queue of an outside system.
create table outside_turn (
  work uuid primary key,
  system text collate "C" not null,
  call_at timestamptz not null
);
alter table outside_turn enable row level security;
alter table outside_turn force row level security;
create policy app on outside_turn to trunkline_app using (true);
