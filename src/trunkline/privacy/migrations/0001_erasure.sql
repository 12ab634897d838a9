-- Erasures at work: how far each is, which records it goes through, and what has to be kept.

-- `words` are what the person is called anywhere, sealed with the person's own key: they end with
-- it. `reached` says where to go on.
create table erasure_run (
  request uuid primary key,
  party uuid not null,
  owners uuid[] not null,
  idents uuid[] not null,
  pseudonym text not null,
  words bytea,
  reached text collate "C" not null,
  counts json not null
);

create table erasure_record (
  request uuid not null references erasure_run (request) on delete cascade,
  record uuid not null,
  type text collate "C" not null,
  is_own boolean not null,
  done boolean not null default false,
  primary key (request, record)
);
create index erasure_record_open on erasure_record (request, type, record) where not done;

-- What the law wants kept of who was erased, sealed with a key of the erasure's own, until when.
-- A record stays as it is in its table; `sealed` is what it said of the person before.
create table erasure_kept (
  request uuid not null,
  record uuid not null,
  type text collate "C" not null,
  until timestamptz not null,
  sealed bytea,
  primary key (request, record)
);
create index erasure_kept_until on erasure_kept (until);

do $$
declare
  t text;
begin
  foreach t in array array['erasure_run', 'erasure_record', 'erasure_kept'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy app on %I to trunkline_app using (true)', t);
    execute format('revoke all on %I from trunkline_scoped', t);
  end loop;
end $$;
