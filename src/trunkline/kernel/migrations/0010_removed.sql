-- What was removed is few beside what there is: its page finds it by its key, without a look at all.
create index record_removed on record (type) where deleted_at is not null;
