-- Rights by such a role hold for tokens; a browser's session does not get them.
alter table role add column interfaces_only boolean not null default false;

-- All permissions of a principal at a time, by roles and without, as [[permission, reach, [class, ...]], ...];
-- those that hold on pages, or all.
create function rights_of(who uuid, at timestamptz, on_pages boolean) returns text
language sql stable set search_path = public, pg_temp as $$
  select coalesce(json_agg(json_build_array(g.permission, g.reach, g.sees)), '[]')::text
  from (
    select p.permission, p.reach, p.sees
    from principal_role r join role o on o.name = r.role join role_permission p on p.role = r.role
    where r.principal = who and (r.ends_at is null or r.ends_at > at)
      and not (on_pages and o.interfaces_only)
    union all
    select o.permission, o.reach, o.sees from principal_permission o
    where o.principal = who and (o.ends_at is null or o.ends_at > at)
  ) g
$$;

create or replace function rights_of(who uuid, at timestamptz) returns text
language sql stable set search_path = public, pg_temp as $$ select rights_of(who, at, false) $$;
