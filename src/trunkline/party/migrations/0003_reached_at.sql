-- What a list of contact media is found by: its e-mail addresses in small letters, and the last
-- digits of its numbers. The index over it finds whom an address belongs to, in any transaction.
create function reached_at(listed json) returns text[]
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select array_agg(distinct found)
  from json_array_elements(case json_typeof(listed) when 'array' then listed else '[]'::json end) one
  cross join lateral (values
    (lower(btrim(one->'characteristic'->>'emailAddress') collate "C")),
    (right(regexp_replace(
      split_part(one->'characteristic'->>'phoneNumber', ';', 1), '[^0-9]', '', 'g'), 6))
  ) said (found)
  where found <> ''
$$;
