-- Plans: what is to be done for an order, step by step, and what became of each step.
-- `root` is the product order, or a service or resource order that stands by itself.

create table plan_item (
  id uuid primary key,
  root uuid not null,
  position integer not null,
  node_key text collate "C" not null,
  item_id text collate "C",
  layer text collate "C" not null
    check (layer in ('order', 'product', 'service', 'resource')),
  kind text collate "C" not null
    check (kind in ('automatic', 'callout', 'manual', 'milestone', 'timer')),
  name text not null,
  title text,
  action text collate "C" check (action in ('add', 'modify', 'delete', 'suspend', 'resume')),
  state text collate "C" not null
    check (state in ('pending', 'ready', 'running', 'waiting', 'unknown', 'completed', 'failed',
      'fallout', 'skipped', 'canceled')),
  direction text collate "C" not null check (direction in ('do', 'undo')),
  undoes uuid references plan_item (id),
  product uuid,
  service uuid,
  resource uuid,
  service_order uuid,
  resource_order uuid,
  specification uuid,
  characteristic json,
  former json,
  place json,
  wants json,
  point_of_no_return boolean not null,
  role text,
  duration_minutes integer,
  delay_s integer,
  command_key uuid unique,
  attempt integer not null,
  request json,
  answer json,
  attempts json,
  error_kind text collate "C" check (error_kind in ('technical', 'unknown', 'business', 'order')),
  error_code text,
  error_message text,
  fallout uuid,
  planned_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  due_at timestamptz,
  owner uuid,
  partner uuid,
  unique (root, position),
  check ((direction = 'undo') or undoes is null),
  check (kind <> 'callout' or command_key is not null)
);
create index plan_item_task on plan_item (role, due_at) where kind = 'manual' and state = 'ready';
create index plan_item_undoes on plan_item (undoes) where undoes is not null;

create table plan_dependency (
  item uuid not null references plan_item (id) on delete cascade,
  needs uuid not null references plan_item (id) on delete cascade,
  primary key (item, needs),
  check (item <> needs)
);
create index plan_dependency_needs on plan_dependency (needs);

-- Keys under which a step was sent before, so that a late answer to them is recognised.
create table plan_former_key (
  key uuid primary key,
  item uuid not null references plan_item (id) on delete cascade
);
create index plan_former_key_item on plan_former_key (item);

alter table plan_item enable row level security;
alter table plan_item force row level security;
create policy app on plan_item to trunkline_app using (true);
create policy owned on plan_item to trunkline_scoped
  using (in_scope(owner, partner)) with check (in_scope(owner, partner));

do $$
declare
  t text;
begin
  foreach t in array array['plan_dependency', 'plan_former_key'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy app on %I to trunkline_app using (true)', t);
    execute format('create policy owned on %I to trunkline_scoped
      using (exists (select 1 from plan_item p where p.id = item))
      with check (exists (select 1 from plan_item p where p.id = item))', t);
  end loop;
end $$;
