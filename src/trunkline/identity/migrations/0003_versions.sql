-- How often a role, and what a user or client has, was changed: events are counted by it.
alter table role add column version bigint not null default 0;
alter table principal add column version bigint not null default 0;
