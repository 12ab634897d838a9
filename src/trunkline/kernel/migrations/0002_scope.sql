-- Retention reaches the default partitions as well; at most so many rows at a time.
create or replace function drop_partitions(parent text, older_than interval) returns integer
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
  -- Rows of a month that has no partition: they came in with a moved clock or a long pause.
  if to_regclass(parent || '_rest') is not null then
    execute format(
      'delete from %1$I where ctid = any(array(select ctid from %1$I where at < %2$L limit 50000))',
      parent || '_rest', now() - older_than);
  end if;
  return dropped;
end $$;

-- The second wall, by kind. Two settings name the kinds of which somebody may read or may write
-- every record; of all others the rows in scope show.
create function kinds_read() returns text[]
language sql stable set search_path = pg_catalog, pg_temp as $$
  select string_to_array(current_setting('trunkline.kinds_read', true), ',')
$$;
create function kinds_written() returns text[]
language sql stable set search_path = pg_catalog, pg_temp as $$
  select string_to_array(current_setting('trunkline.kinds_written', true), ',')
$$;

do $$
declare
  t text;
begin
  foreach t in array array['event', 'audit'] loop
    execute format('create policy wholly_read on %I for select to trunkline_scoped
      using (type = any((select kinds_read() || kinds_written())::text[]))', t);
  end loop;
end $$;
-- A reference locks its target, which the database counts as a change.
create policy wholly_read on record to trunkline_scoped
  using (type = any((select kinds_read() || kinds_written())::text[])) with check (true);

-- An id of another system says that its record is there, so it shows to those who may see that.
alter table alias enable row level security;
alter table alias force row level security;
create policy app on alias to trunkline_app using (true);
create policy owned on alias to trunkline_scoped
  using (exists (select 1 from record r where r.id = alias.record)) with check (true);
