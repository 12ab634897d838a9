-- What the operator says of a dimension of spheres is a record; where to read it follows that. A path
-- goes through lists, and `[x]` picks those of the name or role x.
create function sphere_path(said text) returns jsonpath
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select ('$' || string_agg(format('."%s"', split_part(part, '[', 1)) || case when part like '%[%'
    then format('[*] ? (@."name" == "%1$s" || @."role" == "%1$s")',
      rtrim(split_part(part, '[', 2), ']')) else '' end, '' order by place))::jsonpath
  from regexp_matches(said, '[^.\[]+(?:\[[^\]]*\])?', 'g') with ordinality as m(found, place)
  cross join lateral (select m.found[1] as part) p
$$;
create function define_sphere() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op <> 'INSERT' then
    delete from sphere_source where code = old.doc->>'code';
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  insert into sphere_source (code, kept_in, path)
  select new.doc->>'code',
    lower(regexp_replace(s->>'recordType', '([a-z0-9])([A-Z])', '\1_\2', 'g')),
    sphere_path(s->>'path')
  from json_array_elements(new.doc->'source') as s;
  return new;
end $$;
