-- Where the test clock is moved, all that waits for its time looks at it again, at once: so nothing
-- needs to look every second whether it was.
create function clock_moved() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
  update work set run_at = clock_timestamp()
  where run_at > clock_timestamp() and parked_at is null and lease_until is null;
  notify trunkline_work;
  return null;
end
$$;
revoke all on function clock_moved() from public;
create trigger clock_moved after update of offset_s on clock
  for each row when (old.offset_s is distinct from new.offset_s)
  execute function clock_moved();
