-- What runs with the owner's rights is called by those who need it. Triggers need no grant to fire;
-- whoever may call their functions could hang them on a table of their own.
revoke all on function ensure_partitions(integer), drop_partitions(text, interval),
  place_owner(), enter_owner(uuid, uuid) from public;
grant execute on function ensure_partitions(integer), drop_partitions(text, interval)
  to trunkline_app;
grant execute on function enter_owner(uuid, uuid) to trunkline_app, trunkline_scoped;
