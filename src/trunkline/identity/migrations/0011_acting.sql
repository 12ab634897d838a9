-- For whom a person acts in this session, by the id of a record; null for oneself.
alter table session add column acting_for uuid;
