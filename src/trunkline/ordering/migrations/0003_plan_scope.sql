-- Who may see every order of a kind sees the plans of these orders, whoever's they are.
create policy wholly_read on plan_item to trunkline_scoped
  using (exists (select 1 from record r where r.id = root
    and r.type = any((select kinds_read() || kinds_written())::text[])));
