-- The files of import and export jobs, in pieces: what was fetched so far from an address, and what
-- an export has written for others to fetch. `tag` is what the other side calls that state of its
-- file, or the key under which ours is given out.
create table exchanged_piece (
  job uuid not null,
  number bigint not null,
  tag text,
  total bigint,
  body bytea not null,
  primary key (job, number)
);
alter table exchanged_piece enable row level security;
alter table exchanged_piece force row level security;
create policy app on exchanged_piece to trunkline_app using (true);
revoke all on exchanged_piece from trunkline_scoped;
