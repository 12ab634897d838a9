-- The kernel's own tables. Declared resources get theirs from their declarations.

create table generation (
  one boolean primary key default true check (one),
  number bigint not null default 1
);
insert into generation default values;

create table clock (
  one boolean primary key default true check (one),
  offset_s bigint not null default 0
);
insert into clock default values;

-- Every record once, whatever its kind: what references point at and lock.
create table record (
  id uuid primary key,
  type text collate "C" not null,
  label text collate "C",
  owner uuid,
  partner uuid,
  deleted_at timestamptz
);

-- Former ids and keys, and the ids that other systems use.
create table alias (
  system text collate "C" not null,
  value text collate "C" not null,
  type text collate "C" not null,
  record uuid not null references record (id),
  primary key (value, type, system)
);
create index alias_record on alias (record);

create table owner_key (
  owner uuid primary key,
  wrapped bytea not null,
  created_at timestamptz not null default now()
);

create table event (
  id uuid not null,
  at timestamptz not null,
  seq bigint generated always as identity,
  xid xid8 not null default pg_current_xact_id(),
  type text collate "C" not null,
  kind text collate "C" not null,
  state text collate "C",
  subject uuid not null,
  key text collate "C",
  version bigint not null,
  root uuid not null,
  owner uuid,
  partner uuid,
  request text collate "C",
  payload bytea not null,
  primary key (id, at)
) partition by range (at);
create index event_subject on event (subject, version);
create index event_feed on event (xid, seq);

create table audit (
  id uuid not null,
  at timestamptz not null,
  actor uuid not null,
  actor_name text not null,
  channel text collate "C" not null,
  request text collate "C",
  action text collate "C" not null,
  type text collate "C" not null,
  subject uuid not null,
  version bigint not null,
  owner uuid,
  partner uuid,
  changes bytea not null,
  primary key (id, at)
) partition by range (at);
create index audit_subject on audit (subject, version);

create table access_log (
  at timestamptz not null,
  actor uuid not null,
  actor_name text not null,
  channel text collate "C" not null,
  request text collate "C",
  action text collate "C" not null,
  type text collate "C",
  subject uuid,
  outcome text collate "C" not null
) partition by range (at);
create index access_log_at on access_log (at);

-- Work to be done, by whoever leases it first.
create table work (
  id bigint generated always as identity primary key,
  kind text collate "C" not null,
  subject uuid not null,
  root uuid,
  lane text collate "C" not null default 'reaction',
  once text collate "C" unique,
  payload json,
  run_at timestamptz not null,
  attempt integer not null default 0,
  lease_until timestamptz,
  worker text collate "C",
  parked_at timestamptz,
  error text,
  created_at timestamptz not null default clock_timestamp()
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
create index work_due on work (lane, run_at, id) where parked_at is null;
create index work_line on work (subject, kind, id);
create index work_root on work (root) where lease_until is not null;
create index work_parked on work (parked_at) where parked_at is not null;

create table idempotency (
  client uuid not null,
  key text collate "C" not null,
  fingerprint bytea not null,
  status integer,
  type text collate "C",
  subject uuid,
  owner uuid,
  answer bytea,
  created_at timestamptz not null default clock_timestamp(),
  primary key (client, key)
);
create index idempotency_age on idempotency (created_at);

-- Attributes that the operator adds while the program runs.
create table attribute_definition (
  type text collate "C" not null,
  name text collate "C" not null,
  kind text collate "C" not null check (kind in ('text', 'number', 'boolean', 'instant')),
  indexed boolean not null default false,
  definition json not null,
  created_at timestamptz not null default now(),
  primary key (type, name)
);

-- Monthly partitions, made ahead and dropped by age; the application may call, not own. What came
-- before its month was made lies in the default partition and moves over.
create function ensure_partitions(months_ahead integer default 2) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  parent text;
  month text;
  first date;
  made integer := 0;
begin
  foreach parent in array array['event', 'audit', 'access_log', 'delivery'] loop
    continue when to_regclass(parent) is null;
    if to_regclass(parent || '_rest') is null then
      execute format('create table %I partition of %I default', parent || '_rest', parent);
      execute format('revoke all on %I from trunkline_scoped', parent || '_rest');
    end if;
    for ahead in -1 .. months_ahead loop
      first := (date_trunc('month', now()) + make_interval(months => ahead))::date;
      month := parent || '_' || to_char(first, 'YYYYMM');
      if to_regclass(month) is null then
        execute format('create temp table early as select * from %I where at >= %L and at < %L',
          parent || '_rest', first, (first + interval '1 month')::date);
        execute format('delete from %I where at >= %L and at < %L',
          parent || '_rest', first, (first + interval '1 month')::date);
        execute format('create table %I partition of %I for values from (%L) to (%L)',
          month, parent, first, (first + interval '1 month')::date);
        execute format('insert into %I overriding system value select * from early', month);
        drop table early;
        -- Row security holds on the parent; nobody who is watched by it reaches past it.
        execute format('revoke all on %I from trunkline_scoped', month);
        made := made + 1;
      end if;
    end loop;
  end loop;
  return made;
end $$;

create function drop_partitions(parent text, older_than interval) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  child record;
  dropped integer := 0;
begin
  if parent not in ('event', 'audit', 'access_log', 'delivery') then
    raise exception 'not a partitioned table of ours: %', parent;
  end if;
  for child in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = parent::regclass and c.relname ~ '_[0-9]{6}$'
  loop
    if to_date(right(child.relname, 6), 'YYYYMM') + interval '1 month' < now() - older_than then
      execute format('drop table %I', child.relname);
      dropped := dropped + 1;
    end if;
  end loop;
  return dropped;
end $$;

select ensure_partitions();

-- The second wall: who asks in the role trunkline_scoped sees own rows only.
create function in_scope(owner uuid, partner uuid) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select case current_setting('trunkline.reach', true)
    when 'own' then owner = nullif(current_setting('trunkline.party', true), '')::uuid
    when 'partner' then partner = nullif(current_setting('trunkline.partner', true), '')::uuid
      or owner in (nullif(current_setting('trunkline.party', true), '')::uuid,
        nullif(current_setting('trunkline.partner', true), '')::uuid)
    else false end
$$;

do $$
declare
  t text;
begin
  foreach t in array array['event', 'audit'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy app on %I to trunkline_app using (true)', t);
    execute format('create policy owned on %I for select to trunkline_scoped
      using (in_scope(owner, partner))', t);
    execute format('create policy written on %I for insert to trunkline_scoped
      with check (true)', t);
  end loop;
end $$;
alter table record enable row level security;
alter table record force row level security;
create policy app on record to trunkline_app using (true);
create policy owned on record to trunkline_scoped
  using (owner is null or in_scope(owner, partner)) with check (true);

-- Who asks in the role trunkline_scoped writes to the access log and does not read it.
revoke select, update, delete on access_log from trunkline_scoped;
