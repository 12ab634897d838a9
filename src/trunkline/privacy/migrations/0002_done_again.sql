-- At which version a record was left: what others have written since is gone through again.
alter table erasure_record add column version bigint;
