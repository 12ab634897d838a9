-- Nobody looks up an audit line by its own id, and few records are a partner's: indexes that are
-- written with every change and read by nobody.
alter table audit drop constraint audit_pkey;

do $$
declare
  one record;
begin
  for one in
    select indexname, tablename from pg_indexes
    where schemaname = current_schema() and indexname = tablename || '_partner'
  loop
    execute format('drop index %I', one.indexname);
    execute format('create index %I on %I (partner, id) where partner is not null',
      one.indexname, one.tablename);
  end loop;
end $$;
