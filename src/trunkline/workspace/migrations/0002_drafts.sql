-- What somebody typed into a form and has not saved: kept so that leaving the page loses nothing.
-- `place` names the form, `typed` are its fields, sealed with a key of the person's own.
create table draft (
  principal uuid not null references principal (id),
  place text collate "C" not null,
  version bigint not null,
  typed bytea not null,
  saved_at timestamptz not null,
  primary key (principal, place)
);
create index draft_saved on draft (saved_at);

-- Drafts are read by the person's own id on the program's own connection only.
alter table draft enable row level security;
alter table draft force row level security;
create policy app on draft to trunkline_app using (true);
revoke all on draft from trunkline_scoped;
