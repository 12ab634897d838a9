"""What a customer's answer may be expanded by: its accounts, its first person and first address."""

from __future__ import annotations

from trunkline.geography.address import GeographicAddress
from trunkline.party.account import BillingAccount, PartyAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.rest.expanding import Expansion, offer

ACCOUNTS = """
select c.id, f.source, 0 from unnest(%s::uuid[]) c(id)
cross join lateral (select c.id union all select e.target from party_reference e
  where e.source = c.id and e.path = 'engagedParty') me(id)
join party_reference f on f.target = me.id
where f.type in ('BillingAccount', 'PartyAccount') and f.path = 'relatedParty'
  and lower(f.role) in ('customer', 'owner')
"""

PERSON = """
select c.id, o.person, o.rank from unnest(%s::uuid[]) c(id) cross join lateral (
  select e.target, 0 from party_reference f join party_reference e on e.source = f.source
    join party_role r on r.id = f.source cross join clock k
  where f.target = c.id and f.type = 'PartyRole' and f.path = 'relatedParty'
    and e.path = 'engagedParty' and e.target_type = 'Individual'
    and r.p_status = 'active' and r.p_role_type = 'primary'
    and coalesce((r.doc -> 'validFor' ->> 'endDateTime')::timestamptz
      > now() + make_interval(secs => k.offset_s), true)
  union all select f.target, 1 from party_reference f
    where f.source = c.id and f.path = 'engagedParty' and f.target_type = 'Individual'
  union all select f.target, 2 from party_reference f
    where f.source = c.id and f.path = 'relatedParty' and f.target_type = 'Individual'
  union all select e.target, 3 from party_reference f join party_reference e on e.source = f.source
    join party_role r on r.id = f.source
  where f.target = c.id and f.type = 'PartyRole' and f.path = 'relatedParty'
    and e.path = 'engagedParty' and e.target_type = 'Individual' and r.p_status = 'active'
) o(person, rank)
"""

ADDRESS = """
select c.id, o.address, o.rank from unnest(%s::uuid[]) c(id) cross join lateral (
  select f.target, case f.role when 'primary' then 0 when 'correspondence' then 1 else 2 end
    from party_reference f
    where f.source = c.id and f.path = 'place' and f.target_type = 'GeographicAddress'
  union all select p.target, case p.role when 'billing' then 3 else 5 end
    from party_reference f join party_reference p on p.source = f.source
    where f.target = c.id and f.type in ('BillingAccount', 'PartyAccount')
      and f.path = 'relatedParty' and p.path = 'place' and p.target_type = 'GeographicAddress'
  union all select p.target, 4
    from geography_reference f join geography_reference p on p.source = f.source
      join geographic_site s on s.id = f.source
    where f.target = c.id and f.type = 'GeographicSite' and f.path = 'relatedParty'
      and p.path = 'place' and p.target_type = 'GeographicAddress' and s.p_status = 'active'
) o(address, rank)
"""

offer(
    Customer,
    Expansion("primaryAddress", {GeographicAddress: ""}, ADDRESS),
    Expansion("primaryPerson", {Individual: ""}, PERSON),
    Expansion(
        "accounts",
        {BillingAccount: "relatedParty.id", PartyAccount: "relatedParty.id"},
        ACCOUNTS,
        is_list=True,
    ),
)
