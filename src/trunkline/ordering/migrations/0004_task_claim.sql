-- Who has taken a manual task on, and since when: {"id", "name", "at"}; null where nobody has it.
alter table plan_item add column claim json;
