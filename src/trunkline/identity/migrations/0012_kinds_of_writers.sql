-- Who reads in the role trunkline_scoped sees neither accounts nor clients. Of the writers of what
-- it reads it may know whether they are people or programs, and which client is which writer.
create function kinds_of_writers(idents uuid[]) returns table (id uuid, kind text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query select p.id, p.kind::text from principal p where p.id = any(idents);
end $$;
create function writers_of_clients(names text[]) returns table (name text, id uuid)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query select c.client_id::text, c.principal from api_client c where c.client_id = any(names);
end $$;
revoke all on function kinds_of_writers(uuid[]), writers_of_clients(text[]) from public;
grant execute on function kinds_of_writers(uuid[]) to trunkline_app, trunkline_scoped;
grant execute on function writers_of_clients(text[]) to trunkline_app, trunkline_scoped;
-- The wall holds for the tables' owner as well, in whose name these functions read.
create policy told on principal for select to current_user using (true);
create policy told on api_client for select to current_user using (true);
