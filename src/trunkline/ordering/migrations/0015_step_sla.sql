-- The service level of a step: minutes, levels and who is told; `told` is the level that was told.
alter table plan_item add column sla json;
