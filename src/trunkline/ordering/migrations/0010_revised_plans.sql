-- A step of an order that is changed while it runs may need others than before.
comment on column plan_item.needs is 'the steps to be done before; a revision may change them';
