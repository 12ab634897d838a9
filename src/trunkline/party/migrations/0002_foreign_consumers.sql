-- Consumers from abroad are consumers: whose role is the shipped one for consumers serves them, too.
-- What the operator has limited otherwise stays.
alter table role_permission no force row level security;
update role_permission
set limits = '[["customerType:consumer","customerType:foreignConsumer","customerType:household"]]'
where role = 'consumer_agent'
  and limits = '[["customerType:consumer","customerType:household"]]';
alter table role_permission force row level security;
update generation set number = number + 1;
