-- Plan definitions: steps that come from an item of one. `part_of` is the step that makes the
-- record, `origin` says which definition, version and item it was, `design` holds that item as it
-- was then; `correlation` is what an awaited event must carry, `system` the outside system that is
-- called where it is paced.

alter table plan_item drop constraint plan_item_kind_check;
alter table plan_item add constraint plan_item_kind_check check (kind in
  ('automatic', 'callout', 'manual', 'milestone', 'timer', 'wait', 'event')) not valid;
alter table plan_item
  add column part_of uuid,
  add column origin json,
  add column design json,
  add column correlation text collate "C",
  add column system text collate "C";
create index plan_item_event on plan_item (correlation) where kind = 'event' and state = 'waiting';

-- Events that came in, kept until a step takes them; a repeated one is known by its id.
create table inbound_event (
  id text collate "C" primary key,
  type text collate "C" not null,
  correlation text collate "C" not null,
  body json,
  received_at timestamptz not null,
  step uuid
);
create index inbound_event_open on inbound_event (correlation, type) where step is null;
alter table inbound_event enable row level security;
alter table inbound_event force row level security;
create policy app on inbound_event to trunkline_app using (true);

-- When an outside system may be called next, and which steps have a place in its queue.
create table outside_pace (
  system text collate "C" primary key,
  next_at timestamptz not null
);
create table outside_place (
  step uuid primary key references plan_item (id) on delete cascade,
  call_at timestamptz not null
);
do $$
declare
  t text;
begin
  foreach t in array array['outside_pace', 'outside_place'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy app on %I to trunkline_app using (true)', t);
  end loop;
end $$;
