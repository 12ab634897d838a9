-- The queue before an outside system: one row for what waits there, whether a step or other work.
-- `served_by` says who comes first: when it came, later by its priority. `call_at` is the moment
-- that it holds, null while the system is closed. Who waits at this moment takes a new place.
drop table outside_turn;
drop table outside_place;
create table outside_place (
  waits uuid primary key,
  system text collate "C" not null,
  kind text collate "C",
  root uuid,
  since timestamptz not null,
  served_by timestamptz not null,
  call_at timestamptz
);
create index outside_place_next on outside_place (system, served_by);
create index outside_place_root on outside_place (root) where root is not null;
alter table outside_place enable row level security;
alter table outside_place force row level security;
create policy app on outside_place to trunkline_app using (true);
