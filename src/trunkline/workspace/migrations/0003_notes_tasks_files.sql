-- What people write beside the records: notes, tasks and files. What they say is sealed for the
-- owner of the record, so that erasing the owner's key erases it; a name of somebody who wrote or
-- has to do something is that of a person at work.

create table staff_note (
  id uuid primary key,
  type text collate "C" not null,
  record uuid not null references record (id),
  key text collate "C" not null,
  owner uuid,
  at timestamptz not null,
  author uuid not null,
  author_name text not null,
  said bytea not null,
  edited_at timestamptz,
  pinned_at timestamptz
);
create index staff_note_record on staff_note (record, at desc, id desc);

-- A task is about a record, or stands for itself: then its author and its assignee see it.
create table staff_task (
  id uuid primary key,
  type text collate "C",
  record uuid references record (id),
  key text collate "C",
  owner uuid,
  at timestamptz not null,
  author uuid not null,
  author_name text not null,
  assignee uuid not null,
  assignee_name text not null,
  said bytea not null,
  due date,
  done_at timestamptz,
  done_by_name text,
  check ((record is null) = (type is null) and (record is null) = (key is null))
);
create index staff_task_record on staff_task (record, at desc, id desc) where record is not null;
create index staff_task_open on staff_task (assignee, due, id) where done_at is null;
create index staff_task_done on staff_task (assignee, done_at desc) where done_at is not null;
create index staff_task_given on staff_task (author, id desc);

create table staff_file (
  id uuid primary key,
  type text collate "C" not null,
  record uuid not null references record (id),
  key text collate "C" not null,
  owner uuid,
  at timestamptz not null,
  author uuid not null,
  author_name text not null,
  said bytea not null,
  media_type text collate "C" not null,
  size bigint not null,
  content bytea not null
);
alter table staff_file alter column content set storage external;
create index staff_file_record on staff_file (record, at desc, id desc);

-- Who is watched by row-level security reaches what is about the records that it reaches. Tasks
-- that stand for themselves are found by the person's own id.
do $$
declare
  t text;
begin
  foreach t in array array['staff_note', 'staff_task', 'staff_file'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy app on %I to trunkline_app using (true)', t);
    execute format('create policy about on %1$I to trunkline_scoped
      using (%1$I.record is null or exists (select 1 from record r where r.id = %1$I.record))', t);
  end loop;
end $$;
