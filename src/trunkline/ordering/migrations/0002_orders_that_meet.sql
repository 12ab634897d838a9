-- Orders that meet: one that would build on what another is still working on waits for it.
-- `awaits` says for which orders and steps a `wait` step waits, `awaited_by` which orders wait for
-- a step. `reason` says in words why a step stands still or was left out. `links` are the links
-- between existing records and their parts that go with a step.

alter table plan_item drop constraint plan_item_kind_check;
alter table plan_item add constraint plan_item_kind_check
  check (kind in ('automatic', 'callout', 'manual', 'milestone', 'timer', 'wait'));
alter table plan_item
  add column reason text,
  add column awaits json,
  add column awaited_by json,
  add column links json;

create index plan_item_open on plan_item (coalesce(product, service, resource))
  where state not in ('completed', 'skipped', 'canceled');
