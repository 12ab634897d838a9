-- An own value that was ported out and is to come back: reserved here, not here before it is assigned.
alter table pool_value add column is_away boolean not null default false;
