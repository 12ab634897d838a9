-- Which systems are masters is read once per generation of the configuration; when one was heard
-- from, which moves all the time, is read anew and moves nothing.
create function master_systems_moved() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op <> 'UPDATE' then
    update generation set number = number + 1;
  end if;
  return null;
end $$;
revoke all on function master_systems_moved() from public;
