-- The values of pools: numbers, cards, addresses, identifiers of networks, ports. Each is in one
-- state and belongs to one pool; `space` is what it must be unique in, across pools.

create table pool_value (
  space text collate "C" not null,
  value text collate "C" not null,
  pool uuid not null references record (id),
  position bigint not null,
  state text collate "C" not null default 'free'
    check (state in ('free', 'reserved', 'assigned', 'quarantined', 'ported')),
  origin text collate "C" not null default 'own' check (origin in ('own', 'portedIn')),
  companion json,
  reservation uuid,
  customer uuid,
  root uuid,
  resource uuid,
  until timestamptz,
  changed_at timestamptz not null,
  changed_by text not null,
  primary key (space, value),
  check ((state = 'reserved') = (reservation is not null)),
  check (state <> 'quarantined' or until is not null),
  check (state not in ('free', 'ported') or (customer is null and root is null
    and resource is null and until is null))
);
-- What is free is given away in the order of loading; the same index counts by state.
create index pool_value_state on pool_value (pool, state, position);
create index pool_value_until on pool_value (pool, until) where until is not null;
create index pool_value_resource on pool_value (resource) where resource is not null;

-- Pools are the staff's; who is watched by row-level security has no business there.
alter table pool_value enable row level security;
alter table pool_value force row level security;
create policy app on pool_value to trunkline_app using (true);
revoke all on pool_value from trunkline_scoped;
