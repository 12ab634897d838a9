-- What was exchanged with an outside system about a step: sent, answered, called back, and when.
alter table plan_item add column handoff json;
