-- The steps that need a step stand in its row, too, so that what its end leads to is found without
-- reading the whole plan.
alter table plan_item add column needed_by uuid[] not null default '{}';
update plan_item p set needed_by = d.needed_by
from (
  select n.id, array_agg(u.id order by u.position) as needed_by
  from plan_item u cross join unnest(u.needs) n(id) group by n.id
) d
where d.id = p.id;
