-- Sequences belong to the owner of the tables; the application may look at the next number of a
-- kind, and let numbers go on from a higher one, never from a lower one.
create function next_number(kind text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare found bigint;
begin
  execute format('select last_value + case when is_called then 1 else 0 end from %I', kind || '_key')
    into found;
  return found;
end $$;
create function go_on_from(kind text, start bigint) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  execute format('lock table %I in share row exclusive mode', kind);
  if next_number(kind) < start then
    perform setval(format('%I', kind || '_key')::regclass, start, false);
  end if;
end $$;
revoke all on function next_number(text), go_on_from(text, bigint) from public;
grant execute on function next_number(text) to trunkline_app;
grant execute on function go_on_from(text, bigint) to trunkline_app;
