-- A shared view with which the list opens for everybody who holds its role and has chosen none.
alter table saved_view add column opens_for_role boolean not null default false;
create unique index saved_view_opens on saved_view (resource, role)
  where opens_for_role and role is not null;
