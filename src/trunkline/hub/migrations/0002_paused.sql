-- A listener may be paused: its messages are kept in their order and go when it is taken up again.
alter table subscription add column paused_at timestamptz;
