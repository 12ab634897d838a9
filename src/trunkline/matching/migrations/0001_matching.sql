-- Duplicates and merges of parties and customers.

-- The secret of this installation's match keys, sealed with the installation's own key.
create table match_secret (
  one boolean primary key default true check (one),
  sealed bytea not null
);

-- Keyed hashes of what a record is looked for by: names by their sound, numbers, addresses. Without
-- the secret they tell nothing; they go with the record.
create table match_key (
  kind text collate "C" not null,
  key bigint not null,
  record uuid not null,
  primary key (kind, key, record)
);
create index match_key_record on match_key (record);

-- What a merge did, so that it can be taken back: the record that went, sealed for its owner, and
-- where each record that followed had named it (`places` are paths).
create table merge_gone (
  merge uuid primary key,
  owner uuid not null,
  sealed bytea not null
);
create table merge_moved (
  merge uuid not null,
  kind text collate "C" not null,
  record uuid not null,
  places text[] not null,
  returned_at timestamptz,
  primary key (merge, kind, record)
);
create index merge_moved_left on merge_moved (merge) where returned_at is null;

do $$
declare
  t text;
begin
  foreach t in array array['match_secret', 'match_key', 'merge_gone', 'merge_moved'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy app on %I to trunkline_app using (true)', t);
    execute format('revoke all on %I from trunkline_scoped', t);
  end loop;
end $$;

-- The official numbers in a list of a document, as they are compared: letters and digits only. The
-- index over it finds who has a number already, in the transaction that writes a second one.
create function official_numbers(listed json) returns text[]
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select array_agg(distinct upper(regexp_replace(one->>'identificationId', '[^A-Za-z0-9]', '', 'g')))
  from json_array_elements(case json_typeof(listed) when 'array' then listed else '[]'::json end) one
  where json_typeof(one) = 'object' and one->>'identificationId' is not null
$$;
