-- Who may sign in or call, and with which rights. Only hashes of secrets and tokens are kept.

create table principal (
  id uuid primary key,
  kind text collate "C" not null check (kind in ('user', 'client')),
  name text not null,
  active boolean not null default true,
  party uuid,
  partner uuid,
  created_at timestamptz not null
);

create table user_account (
  principal uuid primary key references principal (id),
  login text collate "C" not null unique,
  password_hash text,
  password_changed_at timestamptz
);

create table api_client (
  principal uuid primary key references principal (id),
  client_id text collate "C" not null unique
);

-- At most two of a client are live, so that it can be moved from one to the next.
create table client_secret (
  hash bytea primary key,
  number bigint generated always as identity,
  client uuid not null references api_client (principal),
  created_at timestamptz not null
);
create index client_secret_client on client_secret (client);

-- An access token goes with the secret that asked for it.
create table token (
  hash bytea primary key,
  id uuid not null unique,
  principal uuid not null references principal (id),
  kind text collate "C" not null check (kind in ('access', 'personal')),
  name text,
  scopes text[] not null,
  secret bytea references client_secret (hash) on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  check ((kind = 'access') = (secret is not null))
);
create index token_principal on token (principal);
create index token_secret on token (secret) where secret is not null;
create index token_expiry on token (expires_at);

create table session (
  hash bytea primary key,
  principal uuid not null references principal (id),
  csrf text collate "C" not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null
);
create index session_principal on session (principal);
create index session_expiry on session (last_seen_at);

create table role (
  name text collate "C" primary key,
  title text not null,
  description text not null
);

create table role_permission (
  role text collate "C" not null references role (name),
  permission text collate "C" not null,
  reach text collate "C" not null check (reach in ('all', 'partner', 'own')),
  sees text[] not null,
  primary key (role, permission)
);

create table principal_role (
  principal uuid not null references principal (id),
  role text collate "C" not null references role (name),
  granted_by uuid not null,
  granted_at timestamptz not null,
  primary key (principal, role)
);
create index principal_role_role on principal_role (role);

-- The login as a digest: people type passwords into the wrong field.
create table sign_in_attempt (
  id bigint generated always as identity primary key,
  login bytea not null,
  address text collate "C" not null,
  at timestamptz not null,
  ok boolean not null default false
);
create index sign_in_attempt_login on sign_in_attempt (login, address, at);
create index sign_in_attempt_address on sign_in_attempt (address, at) where not ok;
create index sign_in_attempt_failure on sign_in_attempt (login, at) where not ok;
create index sign_in_attempt_at on sign_in_attempt (at);

-- All permissions of a principal's roles as [[permission, reach, [class, ...]], ...].
create function rights_of(who uuid) returns text
language sql stable set search_path = public, pg_temp as $$
  select coalesce(json_agg(json_build_array(g.permission, g.reach, g.sees)), '[]')::text
  from principal_role r join role_permission g on g.role = r.role
  where r.principal = who
$$;

-- The restricted role has no business here: no right, and no row if it ever got one.
do $$
declare
  t text;
begin
  foreach t in array array['principal', 'user_account', 'api_client', 'client_secret', 'token',
    'session', 'role', 'role_permission', 'principal_role', 'sign_in_attempt'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy app on %I to trunkline_app using (true)', t);
    execute format('revoke all on %I from trunkline_scoped', t);
  end loop;
end $$;
