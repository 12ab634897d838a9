-- What a customer had is looked for among the removed records, too.
create index record_gone on record (owner, type) where deleted_at is not null;
