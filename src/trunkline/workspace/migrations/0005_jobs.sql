-- Work on many records at once: what was asked, how far it is, and what became of each record.
-- `asked`, the details of lines and the parts of files are sealed with a key of the asker's own.
create table job (
  id uuid primary key,
  principal uuid not null references principal (id),
  scopes text[],
  kind text collate "C" not null,
  resource text collate "C" not null,
  title text not null,
  asked bytea not null,
  state text collate "C" not null
    check (state in ('draft', 'waiting', 'running', 'stopped', 'failed', 'done')),
  reached text,
  collected boolean not null default false,
  total bigint,
  done bigint not null default 0,
  message text,
  file_name text,
  takes_back uuid references job (id) on delete set null,
  created_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz
);
create index job_principal on job (principal, id desc);
create index job_created on job (created_at);
create index job_takes_back on job (takes_back) where takes_back is not null;

create table job_line (
  job uuid not null references job (id) on delete cascade,
  number bigint not null,
  record uuid,
  key text,
  state text collate "C" not null default 'waiting'
    check (state in ('waiting', 'created', 'changed', 'same', 'removed', 'refused')),
  version bigint,
  detail bytea,
  primary key (job, number)
);
create index job_line_state on job_line (job, state, number);

create table job_part (
  job uuid not null references job (id) on delete cascade,
  number bigint not null,
  body bytea not null,
  primary key (job, number)
);

do $$
declare
  t text;
begin
  foreach t in array array['job', 'job_line', 'job_part'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy app on %I to trunkline_app using (true)', t);
    execute format('revoke all on %I from trunkline_scoped', t);
  end loop;
end $$;

-- Whoever is watched writes a record and what became of it in one transaction, which names its job.
grant select, update on job_line to trunkline_scoped;
create policy at_work on job_line to trunkline_scoped
  using (job::text = current_setting('trunkline.job', true));
