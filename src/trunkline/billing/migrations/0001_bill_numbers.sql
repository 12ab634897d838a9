-- The last number of a bill that was given in each year. Whoever issues a bill holds the row until
-- its transaction ends, so that numbers follow each other without a gap.

create table bill_number (
  year integer primary key,
  last integer not null check (last > 0)
);

-- Bills are issued by the program; who is watched has no business there.
do $$
begin
  alter table bill_number enable row level security;
  alter table bill_number force row level security;
  create policy app on bill_number to trunkline_app using (true);
  revoke all on bill_number from trunkline_scoped;
end $$;
