-- Who wants to hear of events, and what became of each message.

-- A subscription belongs to the principal that made it, with the scopes of the token it used.
-- `query` is as written, `filter` what holds: the same, and a topic's own. `api_number` is `*`
-- for one on a topic. The secrets are sealed with a key of the subscription's own.
create table subscription (
  id uuid primary key,
  principal uuid not null,
  scopes text[],
  api_number text collate "C" not null,
  view_version text collate "C",
  topic uuid,
  callback text not null,
  query text not null,
  filter text not null,
  secrets bytea not null,
  active boolean not null default true,
  created_at timestamptz not null,
  failing_since timestamptz,
  disabled_reason text collate "C"
);
create index subscription_principal on subscription (principal);
create index subscription_topic on subscription (topic) where topic is not null;

-- One row per attempt. What a listener answered may hold what it was sent: sealed for the owner.
create table delivery (
  id uuid not null,
  at timestamptz not null,
  subscription uuid not null,
  event_id uuid not null,
  event_type text collate "C",
  subject uuid not null,
  version bigint,
  owner uuid,
  attempt integer not null,
  outcome text collate "C" not null,
  status integer,
  error text collate "C",
  answer bytea,
  duration_ms integer not null,
  state text collate "C" not null check (state in ('delivered', 'waiting', 'dead', 'skipped')),
  primary key (id, at)
) partition by range (at);
create index delivery_subscription on delivery (subscription, id);
create index delivery_event on delivery (event_id);
select ensure_partitions();

-- A listener's messages that are due, without reading past those of the others.
create index work_delivery on work (kind, run_at, id)
  where lane = 'delivery' and parked_at is null;

-- Whoever writes a record must know who wants to hear of it, and nothing else.
do $$
declare
  t text;
begin
  foreach t in array array['subscription', 'delivery'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy app on %I to trunkline_app using (true)', t);
    execute format('revoke all on %I from trunkline_scoped', t);
  end loop;
end $$;
grant select (id, api_number, view_version, filter, active) on subscription to trunkline_scoped;
create policy heard on subscription for select to trunkline_scoped using (active);
