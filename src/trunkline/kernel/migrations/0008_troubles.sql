-- What a pass that is repeated fails at, until it goes well: a record, a part of it (a word), or
-- the pass as a whole (no subject). The next passes go on with everything else.
create table trouble (
  pass text collate "C" not null,
  subject text collate "C" not null,
  error text not null,
  times integer not null default 1,
  since timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  primary key (pass, subject)
);
alter table trouble enable row level security;
alter table trouble force row level security;
create policy app on trouble to trunkline_app using (true);
revoke all on trouble from trunkline_scoped;
