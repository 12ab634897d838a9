-- When an operator's attribute becomes indexed, or ceases to be, the records that there are follow
-- in the background. `settled_at` says since when the side table has what `indexed` promises;
-- until then filters read the documents.
alter table attribute_definition
  add column settled_at timestamptz,
  add column reached uuid,
  add column records bigint not null default 0,
  add column unfit bigint not null default 0,
  add column awaited text[];

create function settle_attribute() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    if old.indexed or old.settled_at is null then
      raise exception 'attribute % of % has an index; take that off first', old.name, old.type;
    end if;
    return old;
  end if;
  if tg_op = 'INSERT' and not new.indexed then
    new.settled_at := clock_timestamp();
    return new;
  end if;
  if tg_op = 'UPDATE' then
    if new.indexed = old.indexed and (new.kind = old.kind or not new.indexed) then
      return new;
    end if;
  end if;
  new.settled_at := null;
  new.reached := null;
  new.records := 0;
  new.unfit := 0;
  new.awaited := null;
  insert into work (kind, subject, payload, run_at, once)
  values ('attribute', gen_random_uuid(), json_build_object('type', new.type, 'name', new.name),
    clock_timestamp(), 'attribute ' || new.type || ' ' || new.name)
  on conflict (once) do nothing;
  return new;
end $$;

update attribute_definition set settled_at = now() where not indexed;
insert into work (kind, subject, payload, run_at, once)
select 'attribute', gen_random_uuid(), json_build_object('type', type, 'name', name),
  clock_timestamp(), 'attribute ' || type || ' ' || name
from attribute_definition where indexed;

create trigger settle before insert or delete or update of indexed, kind on attribute_definition
for each row execute function settle_attribute();

-- Every process reads the definitions anew after any change to them.
create function attributes_moved() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
  update generation set number = number + 1;
  return null;
end $$;
create trigger moved after insert or delete or update of indexed, kind, settled_at
on attribute_definition for each statement execute function attributes_moved();
