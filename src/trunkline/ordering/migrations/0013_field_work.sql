-- Steps that are done on a visit: they wait for the report of a work order, whose id is their
-- `correlation`.
alter table plan_item drop constraint plan_item_kind_check;
alter table plan_item add constraint plan_item_kind_check check (kind in
  ('automatic', 'callout', 'manual', 'milestone', 'timer', 'wait', 'event', 'fieldWork')) not valid;
