-- Where somebody signed in from, and the name by which one session is ended.
alter table session add column id uuid not null default gen_random_uuid();
alter table session add column address text not null default '';
alter table session add column agent text not null default '';
create unique index session_id on session (id);

-- A link by which a user chooses a new password, once and for a while. The newest one counts, and
-- only as long as whoever gave it may change the user.
create table password_link (
  principal uuid primary key references principal (id),
  hash bytea not null unique,
  given_by uuid not null references principal (id),
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index password_link_expiry on password_link (expires_at);
alter table password_link enable row level security;
alter table password_link force row level security;
create policy app on password_link to trunkline_app using (true);
revoke all on password_link from trunkline_scoped;
