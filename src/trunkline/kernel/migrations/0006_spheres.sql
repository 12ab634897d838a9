-- Spheres: by what the records of one owner are told apart from those of another, for rights. A
-- sphere is 'dimension:value'. Records of some kinds say in which ones their owner lies; where to
-- read that is data. `entered_by` is who may go on with an owner of whom nothing is said yet.
create table sphere_source (
  code text collate "C" not null,
  kept_in text collate "C" not null,
  path jsonpath not null
);
create table sphere_said (
  record uuid primary key,
  owner uuid not null,
  spheres text[] not null
);
create index sphere_said_owner on sphere_said (owner);
create table owner_sphere (
  owner uuid primary key,
  lies_in tsvector not null default '',
  entered_by uuid
);
create index owner_sphere_lies_in on owner_sphere using gin (lies_in);

-- What limits the rights of who is watched: a query over spheres, of all grants together.
create function limits_of_asker() returns tsquery
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(current_setting('trunkline.limits', true), '')::tsquery
$$;

-- The functions below write these tables as the tables' owner, whoever's statement it is; who is
-- watched sees the owners within the own limits only.
do $$
declare
  t text;
begin
  foreach t in array array['sphere_source', 'sphere_said', 'owner_sphere'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy app on %I to trunkline_app using (true)', t);
    execute format('create policy kept on %I to %I using (true)', t, current_user);
    execute format('revoke all on %I from trunkline_scoped', t);
  end loop;
end $$;
grant select on owner_sphere to trunkline_scoped;
create policy owned on owner_sphere for select to trunkline_scoped
  using (lies_in @@ (select limits_of_asker()));

-- Put together what the records of an owner say. Its row is locked first: what another transaction
-- has just said is seen then.
create function lie_anew(of uuid) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  found_in text[];
begin
  if not exists (select from sphere_said s where s.owner = of)
      and not exists (select from owner_sphere o where o.owner = of) then
    return;
  end if;
  insert into owner_sphere (owner) values (of) on conflict do nothing;
  perform 1 from owner_sphere o where o.owner = of for update;
  select array_agg(distinct one) into found_in
  from sphere_said s cross join unnest(s.spheres) as one where s.owner = of;
  update owner_sphere o set lies_in = array_to_tsvector(case
    when found_in is not null then found_in
    when o.entered_by is not null then array['entered:' || o.entered_by]
    else '{}' end) where o.owner = of;
  delete from owner_sphere o where o.owner = of and found_in is null and o.entered_by is null;
end $$;

-- Take in what a record says of its owner's spheres; a record that is gone says nothing.
create function place_record(said_by uuid, of uuid, kept text, body json) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  told text[];
  former sphere_said;
begin
  select array_agg(distinct s.code || ':' || left(one #>> '{}', 200)) into told
  from sphere_source s cross join jsonb_path_query(body::jsonb, s.path) as one
  where s.kept_in = kept and of is not null
    and jsonb_typeof(one) in ('string', 'number', 'boolean') and one #>> '{}' <> '';
  select * into former from sphere_said s where s.record = said_by;
  if former.spheres is not distinct from told
      and (told is null or former.owner is not distinct from of) then
    return;
  end if;
  delete from sphere_said s where s.record = said_by;
  if told is not null then
    insert into sphere_said values (said_by, of, told);
    perform lie_anew(of);
  end if;
  if former.owner is distinct from of or told is null then
    perform lie_anew(former.owner) where former.owner is not null;
  end if;
end $$;

-- The trigger of the tables whose records say it.
create function place_owner() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    perform place_record(old.id, null, tg_table_name, null);
    return old;
  end if;
  perform place_record(new.id, new.owner, tg_table_name, new.doc);
  return new;
end $$;

-- Before who is limited enters a new owner: the wall lets nobody write what is out of reach.
create function enter_owner(new_owner uuid, by uuid) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into owner_sphere (owner, lies_in, entered_by)
  values (new_owner, array_to_tsvector(array['entered:' || by]), by) on conflict do nothing
$$;
revoke all on function lie_anew(uuid) from public;
revoke all on function place_record(uuid, uuid, text, json) from public;
grant execute on function place_record(uuid, uuid, text, json) to trunkline_app;

-- The second wall, with limits.
create or replace function in_scope(owner uuid, partner uuid) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select case current_setting('trunkline.reach', true)
    when 'own' then owner = nullif(current_setting('trunkline.party', true), '')::uuid
    when 'partner' then partner = nullif(current_setting('trunkline.partner', true), '')::uuid
      or owner in (nullif(current_setting('trunkline.party', true), '')::uuid,
        nullif(current_setting('trunkline.partner', true), '')::uuid)
    else false end
    or case when current_setting('trunkline.limits', true) <> '' then exists (
      select from public.owner_sphere s where s.owner = in_scope.owner) else false end
$$;
