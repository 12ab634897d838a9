-- A permission given to somebody without a role, for ever or until a time.
create table principal_permission (
  principal uuid not null references principal (id),
  permission text collate "C" not null,
  reach text collate "C" not null check (reach in ('all', 'partner', 'own')),
  sees text[] not null,
  granted_by uuid not null,
  granted_at timestamptz not null,
  ends_at timestamptz,
  primary key (principal, permission)
);
create index principal_permission_end on principal_permission (ends_at) where ends_at is not null;
alter table principal_permission enable row level security;
alter table principal_permission force row level security;
create policy app on principal_permission to trunkline_app using (true);
revoke all on principal_permission from trunkline_scoped;

-- All permissions of a principal at a time, by roles and without, as [[permission, reach, [class, ...]], ...].
create or replace function rights_of(who uuid, at timestamptz) returns text
language sql stable set search_path = public, pg_temp as $$
  select coalesce(json_agg(json_build_array(g.permission, g.reach, g.sees)), '[]')::text
  from (
    select p.permission, p.reach, p.sees
    from principal_role r join role_permission p on p.role = r.role
    where r.principal = who and (r.ends_at is null or r.ends_at > at)
    union all
    select o.permission, o.reach, o.sees from principal_permission o
    where o.principal = who and (o.ends_at is null or o.ends_at > at)
  ) g
$$;

-- When the first of a principal's roles and permissions ends after a time; null for never.
create or replace function rights_end(who uuid, at timestamptz) returns timestamptz
language sql stable set search_path = public, pg_temp as $$
  select min(e.ends_at) from (
    select ends_at from principal_role where principal = who and ends_at > at
    union all
    select ends_at from principal_permission where principal = who and ends_at > at
  ) e
$$;
