-- Tickets and problems that were stored before are found by what others call them, too: a ticket by
-- its `externalId`, a problem by each `externalIdentifier` that is valid, alone and with its owner
-- (`owner:type:id`; who has it first keeps it). An id that several records have ends with the mark
-- that nobody asks for, chr(30): it names none of them. Row-level security watches the owner of the
-- tables, too, who has no business in them but here.
do $$
declare
  one record;
begin
  alter table alias no force row level security;
  alter table record no force row level security;
  for one in select * from (values
      ('trouble_ticket', 'TroubleTicket'), ('service_problem', 'ServiceProblem')) k (held, kind)
  loop
    continue when to_regclass(one.held) is null;
    execute format('alter table %I no force row level security', one.held);
    execute format($find$
      create temporary table found_name on commit drop as
      with said as (
        select t.id, t.doc ->> 'externalId' as name, null as giver
        from %1$I t
        union all
        select t.id, e ->> 'id', e ->> 'owner' || coalesce(':' || (e ->> 'externalIdentifierType'), '')
        from %1$I t, json_array_elements(case json_typeof(t.doc -> 'externalIdentifier')
          when 'array' then t.doc -> 'externalIdentifier' else '[]' end) e
        where e ->> 'isValid' is distinct from 'false'
      )
      select distinct s.id, s.giver, case when s.name ~*
        '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
        then lower(s.name) else s.name end as name
      from said s join record r on r.id = s.id and r.deleted_at is null
      where s.name <> '' and length(coalesce(s.giver || ':', '') || s.name) <= 255
    $find$, one.held);
    execute format('alter table %I force row level security', one.held);
    insert into alias (system, value, type, record)
    select 'known by client', giver || ':' || name, one.kind, id from found_name
    where giver is not null order by id on conflict do nothing;
    insert into alias (system, value, type, record)
    select 'known as ' || id, name, one.kind, id from (select distinct id, name from found_name) f
    where not exists (select 1 from alias a where a.system = 'known as ' || f.id
      and a.type = one.kind and a.value in (f.name, f.name || chr(30)))
    on conflict do nothing;
    update alias a set value = a.value || chr(30)
    where a.type = one.kind and a.system like 'known as %'
      and a.value in (select name from found_name) and exists (
        select 1 from alias b where b.type = a.type and b.system like 'known as %'
          and b.value in (a.value, a.value || chr(30)) and b.record <> a.record);
    drop table found_name;
  end loop;
  alter table record force row level security;
  alter table alias force row level security;
end $$;
