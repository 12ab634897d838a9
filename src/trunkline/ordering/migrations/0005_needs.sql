-- What a step needs stands in its own row: a table of pairs cost a third of what a plan writes.
alter table plan_item add column needs uuid[] not null default '{}';
update plan_item p set needs = d.needs
from (select item, array_agg(needs order by needs) as needs from plan_dependency group by item) d
where d.item = p.id;
drop table plan_dependency;

-- Few steps have a key of a command.
alter table plan_item drop constraint plan_item_command_key_key;
create unique index plan_item_command_key on plan_item (command_key)
  where command_key is not null;
