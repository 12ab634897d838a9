"""What a look at the queue takes off: reactions to records that nobody follows."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.waiting import wait_until
from trunkline.documents.decode import load
from trunkline.leases import queue
from trunkline.leases.queue import NewWork
from trunkline.worker.loop import Worker
from trunkline.worker.steps import claim, look

PRODUCT = "contract.service.settling.follow_product"
ORDER = "campaign.outcomes.bought_offering_is_counted"
OTHER = "contract.service.settling.follow_contract"


@pytest.fixture(autouse=True)
def empty(site: Site) -> None:
    """Each test begins without work."""
    with site.services.database.app.connection() as connection:
        connection.execute("delete from work")


def named(site: Site, table: str, path: str, target: str, kind: str) -> str:
    source = str(uuid.uuid4())
    with site.services.database.app.connection() as connection:
        connection.execute(
            f"insert into {table} (source, path, target, type, target_type) "
            "values (%s, %s, %s, %s, 'Anything')",
            [source, path, target, kind],
        )
    return source


def put(site: Site, *rows: NewWork) -> None:
    with site.services.database.app.connection() as connection:
        connection.execute(queue.INSERT, queue.insert_parameters(rows))


def looked(site: Site, *rows: NewWork) -> tuple[list[str], int, list[tuple[str]]]:
    """Put work down and look: what is leased, how many were taken off, what is left of it."""
    put(site, *rows)
    found = look(site.services, lane="reaction", worker="one", limit=10)
    left = site.rows("select kind from work where subject = any(%s)", [[r.subject for r in rows]])
    return [one.kind for one in found.rows], found.taken_off, left


@pytest.mark.parametrize(
    ("kind", "leased"), [("ServiceContract", True), ("Entitlement", True), ("Agreement", False)]
)
def test_what_nobody_follows_is_taken_off(site: Site, kind: str, leased: bool) -> None:
    """A reaction runs where one of its kinds names the record; others do not count."""
    product = str(uuid.uuid4())
    assert looked(site, NewWork(PRODUCT, product)) == ([], 1, [])
    named(site, "contract_reference", "contractLine.product", product, kind)
    found = looked(site, NewWork(PRODUCT, product))
    assert found == (([PRODUCT], 0, [(PRODUCT,)]) if leased else ([], 1, []))


def test_what_the_record_names_counts_by_its_way(site: Site) -> None:
    """An order counts for campaigns where one of them names a party of the order."""
    order, customer = str(uuid.uuid4()), str(uuid.uuid4())
    named(site, "campaign_reference", "customer", customer, "PartyCampaign")
    assert looked(site, NewWork(ORDER, order)) == ([], 1, [])
    with site.services.database.app.connection() as connection:
        connection.execute(
            "insert into ordering_reference (source, path, target, type, target_type) "
            "values (%s, 'note', %s, 'ProductOrder', 'Customer')",
            [order, customer],
        )
    assert looked(site, NewWork(ORDER, order)) == ([], 1, []), "another way"
    with site.services.database.app.connection() as connection:
        connection.execute(
            "update ordering_reference set path = 'relatedParty' where source = %s", [order]
        )
    assert looked(site, NewWork(ORDER, order)) == ([ORDER], 0, [(ORDER,)])


def test_a_claim_goes_on_behind_what_it_took_off(site: Site) -> None:
    """Many that concern nobody do not hide one that does; reactions of another kind all run."""
    for _ in range(3):
        put(site, NewWork(PRODUCT, str(uuid.uuid4())))
    put(site, NewWork(OTHER, str(uuid.uuid4())))
    found = claim(site.services, lane="reaction", worker="one", limit=2)
    assert [one.kind for one in found] == [OTHER]


def test_the_loop_goes_on_behind_what_it_took_off(site: Site) -> None:
    """The next of a subject is looked at once the one before is off, long before the poll."""
    subject = str(uuid.uuid4())
    put(site, *[NewWork(PRODUCT, subject) for _ in range(3)])
    worker = Worker(site.services, lanes={"reaction": 1}, poll_s=600.0)
    worker.start()
    try:
        wait_until(lambda: not site.rows("select 1 from work"))
    finally:
        assert worker.stop(timeout_s=30)


def filtered(plan: dict[str, Any]) -> int:
    """Return how many rows a part of a plan read in vain."""
    own = int(plan.get("Rows Removed by Filter", 0))
    return own + sum(filtered(one) for one in plan.get("Plans", ()))


def subplans(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of a plan that are there for a value of the whole."""
    inner = [one for each in plan.get("Plans", ()) for one in subplans(each)]
    return [*inner, *([plan] if plan.get("Parent Relationship") == "InitPlan" else [])]


def test_when_the_next_is_due_is_told_without_reading_what_is_due(site: Site) -> None:
    with site.services.database.app.connection() as connection:
        connection.execute(
            "insert into work (kind, subject, run_at) select 'tick', gen_random_uuid(), "
            "clock_timestamp() - interval '1 minute' from generate_series(1, 3000)"
        )
        asked = {"lane": "reaction", "limit": 1, "lease": 60.0, "worker": "one"}
        ((found,),) = connection.execute(
            "explain (analyze, format json) " + queue.CLAIM.format(concerns="true"), asked
        ).fetchall()
    parts = [one for one in subplans(load(found)[0]["Plan"]) if "CTE" not in one["Subplan Name"]]
    assert parts
    assert sum(filtered(one) for one in parts) < 100
