-- The operator's attributes have a class of data each, and may have several values: a list of texts.
alter table attribute_definition
  drop constraint attribute_definition_kind_check,
  add constraint attribute_definition_kind_check
    check (kind in ('text', 'texts', 'number', 'boolean', 'instant')),
  add column data_class text collate "C" not null default 'personal'
    check (data_class in ('internal', 'personal', 'sensitive'));

-- The side tables that there are lose the key that forbids several; tables made later have none.
do $$
declare
  side record;
begin
  for side in
    select c.conrelid::regclass::text as name, c.conname as key from pg_constraint c
    join pg_class t on t.oid = c.conrelid
    where c.contype = 'p' and t.relname like '%\_attribute' and t.relnamespace = 'public'::regnamespace
      and pg_get_constraintdef(c.oid) = 'PRIMARY KEY (owner, name)'
  loop
    execute format('alter table %s drop constraint %I', side.name, side.key);
    execute format('create index %I on %s (owner, name)', side.name || '_owner', side.name);
  end loop;
end $$;
