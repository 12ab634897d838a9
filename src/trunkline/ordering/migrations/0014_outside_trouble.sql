-- What goes wrong at outside systems: how often since when, and what was said last. Calls that go
-- well write nothing, but for the first one after a trouble, which ends it.
create table outside_trouble (
  system text collate "C" primary key,
  errors integer not null,
  since timestamptz not null,
  last_at timestamptz not null,
  message text not null,
  mended_at timestamptz
);
alter table outside_trouble enable row level security;
alter table outside_trouble force row level security;
create policy app on outside_trouble to trunkline_app using (true);
