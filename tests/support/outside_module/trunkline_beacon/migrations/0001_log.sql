create table beacon_log (
  beacon uuid primary key,
  lit_at timestamptz not null
);
