"""Every reaction may run twice: the second time nothing more happens."""

from __future__ import annotations

from random import Random

from tests.support.program import Site
from trunkline.demo import catalog, orders
from trunkline.demo.network import SeedNetwork
from trunkline.demo.people import add_customers
from trunkline.kernel.work import as_system
from trunkline.leases.queue import NewWork
from trunkline.ordering.command import use_activator
from trunkline.ordering.product_order import ProductOrder


def test_reactions_are_idempotent(site: Site) -> None:
    """All that happened is told to every reaction once more; no record changes by it."""
    use_activator(site.services, SeedNetwork())
    with as_system(site.services, "tests") as work:
        stored = catalog.load(work)
        people = add_customers(work, Random(4), 6)
    with as_system(site.services, "tests") as work:
        work.add(*[ProductOrder.wrap(orders.typical(stored, Random(4), one)) for one in people])
    site.work()
    before = site.rows("select count(*), max(version) from audit")
    events = site.rows("select id::text, type, kind, state, subject::text, version from event")
    told = 0
    with as_system(site.services, "tests") as work:
        for event, kind_of, kind, state, subject, version in events:
            resource = site.services.registry[kind_of]
            for reaction in site.services.reactions(resource, kind, state):
                payload = {"event": event, "kind": kind, "version": version}
                work.schedule(NewWork(reaction.name, subject, subject, payload))
                told += 1
    assert told >= len(people)
    site.work(rounds=2000)
    assert site.rows("select count(*), max(version) from audit") == before
    assert site.rows("select count(*) from work where parked_at is not null") == [(0,)]
