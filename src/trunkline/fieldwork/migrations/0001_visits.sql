-- The visits that are promised to anybody in a time: who books one has to know how many there are,
-- not whose. Reads the appointments as the tables' owner (its policy is made beside the table).
create function promised_visits(since timestamptz, until timestamptz, leave_out uuid)
returns table (team text, starts_at timestamptz, ends_at timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
    select a.p_team_id::text, a.p_valid_for_start_date_time, a.p_valid_for_end_date_time
    from appointment a
    where a.p_status in ('initialized', 'confirmed') and a.p_team_id is not null
      and a.p_valid_for_start_date_time < until and a.p_valid_for_end_date_time > since
      and a.id is distinct from leave_out;
end $$;

revoke all on function promised_visits(timestamptz, timestamptz, uuid) from public;
grant execute on function promised_visits(timestamptz, timestamptz, uuid) to trunkline_app, trunkline_scoped;
