-- Who has looked at records that hold personal data stands in the access log: `address` is where
-- the request came from. Lists are lines without a subject. Whoever answers for the privacy of
-- people, or audits, reads that log.
alter table access_log add column address text collate "C";
create index access_log_actor on access_log (actor, at);
-- Row-level security watches the owner of the tables, too, who changes rights here only.
alter table role no force row level security;
alter table role_permission no force row level security;
insert into role_permission (role, permission, reach, sees)
select name, 'privacy:readLog', 'all', array['internal', 'public']
from role where name in ('privacy', 'auditor')
on conflict (role, permission) do nothing;
alter table role force row level security;
alter table role_permission force row level security;
update generation set number = number + 1;
