-- What the workspace keeps of its own: each person's preferences and notifications, and the index
-- of the search box.

-- One row per person who chose anything; `chosen` holds only what differs from the defaults.
create table preference (
  principal uuid primary key references principal (id),
  chosen json not null,
  changed_at timestamptz not null
);

-- What somebody is told. `address` is the page that it is about; `record` the record, where the
-- text may be shown only to those who still may read that.
create table notification (
  id uuid primary key,
  principal uuid not null references principal (id),
  at timestamptz not null,
  kind text collate "C" not null,
  text text not null,
  address text not null,
  record_type text collate "C",
  record uuid,
  once text collate "C",
  read_at timestamptz,
  unique (principal, once)
);
create index notification_principal on notification (principal, id desc);
create index notification_unread on notification (principal) where read_at is null;

-- One row per record that the search box finds. `terms` are a kind's prefix, a class of data, and a
-- word or a part of a number; `numbers` are whole ones behind their class. `label` may be shown to
-- those who see `label_class`.
create table search_entry (
  record uuid primary key,
  kind text collate "C" not null,
  key text collate "C" not null,
  owner uuid,
  partner uuid,
  label text,
  label_class text collate "C" not null,
  folded text collate "C" not null,
  numbers text[] not null,
  terms tsvector not null
);
create index search_entry_terms on search_entry using gin (terms) with (fastupdate = off);
create index search_entry_folded on search_entry (kind, folded);
create index search_entry_key on search_entry (key);
create index search_entry_owner on search_entry (owner) where owner is not null;
create index search_entry_partner on search_entry (partner) where partner is not null;

-- How far the follower of the events is, and a rebuild that goes on beside it: the kind it is at,
-- the last record of that kind, how many are done. `declared` is what the index was built for.
create table search_state (
  one boolean primary key default true check (one),
  xid xid8 not null,
  seq bigint not null,
  declared text collate "C" not null,
  building text collate "C",
  reached uuid,
  records bigint not null default 0,
  started_at timestamptz not null,
  finished_at timestamptz
);

-- Preferences and notifications are read by the person's own id on the program's own connection;
-- who is watched by row-level security has no business there.
do $$
declare
  t text;
begin
  foreach t in array array['preference', 'notification', 'search_state', 'search_entry'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy app on %I to trunkline_app using (true)', t);
    execute format('revoke all on %I from trunkline_scoped', t);
  end loop;
end $$;
grant select on search_entry to trunkline_scoped;
create policy owned on search_entry for select to trunkline_scoped
  using (in_scope(owner, partner));
create policy wholly_read on search_entry for select to trunkline_scoped
  using (kind = any((select kinds_read())::text[]));
