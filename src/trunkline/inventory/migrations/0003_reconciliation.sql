-- Comparisons with outside inventories while they run: how far each is, and which of our records
-- have been met. What a record is found by stands as digests.

create table reconciliation (
  job uuid primary key references job (id) on delete cascade,
  system text collate "C" not null,
  kind text collate "C" not null,
  phase text collate "C" not null
    check (phase in ('ours', 'theirs', 'compare', 'missing', 'closing', 'done')),
  reached text collate "C",
  began_at timestamptz not null
);
create index reconciliation_latest on reconciliation (system, kind, began_at desc);

create table reconciliation_record (
  job uuid not null references reconciliation (job) on delete cascade,
  record uuid not null,
  tokens text[] collate "C" not null,
  is_named boolean not null,
  is_expected boolean not null,
  is_met boolean not null default false,
  primary key (job, record)
);
create index reconciliation_record_tokens on reconciliation_record using gin (tokens);

-- Comparing is for who reaches every record; who is watched has no business there.
do $$
declare
  t text;
begin
  foreach t in array array['reconciliation', 'reconciliation_record'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy app on %I to trunkline_app using (true)', t);
    execute format('revoke all on %I from trunkline_scoped', t);
  end loop;
end $$;
