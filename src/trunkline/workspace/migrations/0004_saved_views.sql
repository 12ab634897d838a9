-- Lists as somebody wants to see them again: `state` is the query string of the list. With `role`
-- everybody who holds that role sees the view; its owner changes it.
create table saved_view (
  id uuid primary key,
  resource text collate "C" not null,
  slug text collate "C" not null,
  name text not null,
  principal uuid not null references principal (id),
  role text collate "C" references role (name),
  state text not null,
  version bigint not null default 1,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  unique (resource, slug)
);
create index saved_view_principal on saved_view (principal, resource);
create index saved_view_role on saved_view (role, resource) where role is not null;

-- How a person wants one list: its columns in their order (null: as declared), the view that it
-- opens with.
create table list_choice (
  principal uuid not null references principal (id),
  resource text collate "C" not null,
  columns text[],
  view uuid references saved_view (id) on delete set null,
  primary key (principal, resource)
);
create index list_choice_view on list_choice (view) where view is not null;

do $$
declare
  t text;
begin
  foreach t in array array['saved_view', 'list_choice'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy app on %I to trunkline_app using (true)', t);
    execute format('revoke all on %I from trunkline_scoped', t);
  end loop;
end $$;
