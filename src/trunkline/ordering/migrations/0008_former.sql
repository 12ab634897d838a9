-- What a step remembers of a modified record stands under the names of the record's attributes:
-- values are `characteristic` now, beside the place, the offering and the prices.
update plan_item set former = json_build_object('characteristic', former)
where action = 'modify' and former is not null;
