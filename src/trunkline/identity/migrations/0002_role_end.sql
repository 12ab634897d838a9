-- A role may be given until a time; from then on it gives nothing.
alter table principal_role add column ends_at timestamptz;
create index principal_role_end on principal_role (ends_at) where ends_at is not null;

-- All permissions of a principal's roles at a time, as [[permission, reach, [class, ...]], ...].
create function rights_of(who uuid, at timestamptz) returns text
language sql stable set search_path = public, pg_temp as $$
  select coalesce(json_agg(json_build_array(g.permission, g.reach, g.sees)), '[]')::text
  from principal_role r join role_permission g on g.role = r.role
  where r.principal = who and (r.ends_at is null or r.ends_at > at)
$$;

-- Processes of the release before ask by this name while they are replaced.
create or replace function rights_of(who uuid) returns text
language sql stable set search_path = public, pg_temp as $$ select rights_of(who, now()) $$;

-- When the first of a principal's roles ends after a time; null for never.
create function rights_end(who uuid, at timestamptz) returns timestamptz
language sql stable set search_path = public, pg_temp as $$
  select min(ends_at) from principal_role where principal = who and ends_at > at
$$;
