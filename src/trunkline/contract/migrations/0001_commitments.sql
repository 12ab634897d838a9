-- What orders take of the commitments of an agreement: how many products and how much money, by
-- offering. The agreement is named by its first version, so that all versions count together.
create table agreement_take (
  agreement uuid not null,
  product_order uuid not null,
  product_offering uuid,
  quantity numeric not null,
  amount numeric not null,
  unit text collate "C"
);
create index agreement_take_order on agreement_take (product_order);
create index agreement_take_agreement on agreement_take (agreement, product_offering);
alter table agreement_take enable row level security;
alter table agreement_take force row level security;
create policy app on agreement_take to trunkline_app using (true);
