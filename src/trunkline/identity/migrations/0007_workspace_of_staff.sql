-- Tokens of the staff reach what the workspace keeps for them. Every role of the staff gets that,
-- the operator's own ones too, so that whoever held all of another role still does. Roles that
-- reach own records only are no staff's; one that permits everything has it.
insert into role_permission (role, permission, reach, sees)
select g.role, v.permission,
  case when bool_or(g.reach = 'all') then 'all' else 'partner' end,
  array['internal', 'public']
from role_permission g cross join (values ('workspace:own'), ('workspace:records')) v(permission)
group by g.role, v.permission
having bool_or(g.reach <> 'own') and not bool_or(g.permission = '*:*')
  and (v.permission = 'workspace:own' or bool_or('personal' = any(g.sees)))
on conflict (role, permission) do nothing;
update generation set number = number + 1;
