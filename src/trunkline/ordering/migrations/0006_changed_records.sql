-- What an order has changed and may still set back: another change of the same record waits for
-- the end of that order.
create index plan_item_changed on plan_item (coalesce(product, service, resource))
  where action = 'modify' and state = 'completed' and direction = 'do';
