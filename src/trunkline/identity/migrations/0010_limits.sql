-- Rights over a part of the rows: `limits` are lists of spheres ('dimension:value') any of which will
-- do; `lies_in` are the values that a user or client has itself, which '$own' in a limit stands for.
alter table role_permission add column limits text collate "C" not null default '[]';
alter table principal_permission add column limits text collate "C" not null default '[]';
alter table principal add column lies_in text[] not null default '{}';
do $$
declare
  t text;
begin
  foreach t in array array['role_permission', 'principal_permission'] loop
    execute format('alter table %I drop constraint %I', t, t || '_reach_check');
    execute format('alter table %I add constraint %I
      check (reach in (''all'', ''limited'', ''partner'', ''own''))', t, t || '_reach_check');
    execute format('alter table %I add constraint %I
      check ((reach = ''limited'') = (limits <> ''[]''))', t, t || '_limits_check');
  end loop;
end $$;

-- All permissions of a principal at a time, by roles and without, as
-- [[permission, reach, [class, ...], [[sphere, ...], ...], [own sphere, ...]], ...]; those that hold
-- on pages, or all.
create or replace function rights_of(who uuid, at timestamptz, on_pages boolean) returns text
language sql stable set search_path = public, pg_temp as $$
  select coalesce(json_agg(json_build_array(g.permission, g.reach, g.sees, g.limits::json, i.lies_in)),
    '[]')::text
  from (
    select p.permission, p.reach, p.sees, p.limits
    from principal_role r join role o on o.name = r.role join role_permission p on p.role = r.role
    where r.principal = who and (r.ends_at is null or r.ends_at > at)
      and not (on_pages and o.interfaces_only)
    union all
    select o.permission, o.reach, o.sees, o.limits from principal_permission o
    where o.principal = who and (o.ends_at is null or o.ends_at > at)
  ) g join principal i on i.id = who
$$;
