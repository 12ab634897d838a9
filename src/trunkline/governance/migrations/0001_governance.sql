-- What installations have begun with: made once, and never again after the operator took it away.
create table shipped (
  name text collate "C" primary key,
  at timestamptz not null default clock_timestamp()
);
revoke all on shipped from trunkline_scoped;

-- What the operator says of an attribute is a record; the definition, which the store reads, follows
-- it. Choices are stored as their codes, several of them as a list of texts.
create function define_attribute() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    delete from attribute_definition
    where type = old.doc->>'recordType' and name = old.doc->>'name';
    return old;
  end if;
  insert into attribute_definition as d (type, name, kind, indexed, data_class, definition)
  values (
    new.doc->>'recordType', new.doc->>'name',
    case new.doc->>'kind' when 'date' then 'text' when 'choice' then 'text'
      when 'choices' then 'texts' else new.doc->>'kind' end,
    coalesce((new.doc->>'indexed')::boolean, false),
    coalesce(new.doc->>'dataClass', 'personal'), '{}')
  on conflict (type, name) do update
  set kind = excluded.kind, indexed = excluded.indexed, data_class = excluded.data_class;
  return new;
end $$;
