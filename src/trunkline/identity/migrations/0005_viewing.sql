-- Whose pages an administrator looks at in this session, read-only; null for the own ones.
alter table session add column viewing uuid references principal (id);

-- What was done about somebody, newest first.
create index access_log_subject on access_log (subject, at);
