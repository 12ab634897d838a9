"""Contracts that go on: what of them goes on, what rests, and who else renews them meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.test_contract_life import renewable, requires
from tests.contract.test_service_contracts import (
    CONTRACT,
    DAY_S,
    ENTITLEMENT,
    ORDERS,
    PRODUCT,
    SERVICE,
    VERIFY,
    Shop,
)
from tests.support.program import Site, open_site
from tests.support.waiting import wait_until
from trunkline.contract.service.contract import Contract
from trunkline.contract.service.renewing import renew_by_itself
from trunkline.kernel.work import as_system


@pytest.fixture(scope="module")
def installed(cluster: str, template: str) -> Iterator[Site]:
    """One installation for all of these; each brings customers and offerings of its own."""
    with open_site(cluster, template) as site:
        yield site


@pytest.fixture
def shop(installed: Site) -> Shop:
    return Shop(installed)


def followers(shop: Shop, path: str, ident: str) -> list[dict[str, Any]]:
    return shop.find(path, **{"renewedFrom.id": ident})


def served_by(shop: Shop, contract: str, end: float, **said: Any) -> dict[str, Any]:
    return shop.new(SERVICE, **{"name": "Site", "state": "active", "contract": {"id": contract},
                                "validFor": shop.period(-1, end), **said})  # fmt: skip


def test_what_had_ended_before_does_not_come_back(shop: Shop) -> None:
    """A line, a service contract and an entitlement that ended before their contract stay ended
    when it is renewed; what ran to its end goes on."""
    lines = [{"id": "a"}, {"id": "b", "validFor": {"endDateTime": shop.in_days(2)}}]
    held = renewable(shop, 10, contractLine=lines)
    stays = served_by(shop, held["id"], 10, contractLine=lines)
    ended = served_by(shop, held["id"], 3)
    rights = [
        shop.new(ENTITLEMENT, name="Help", state="active", validFor=shop.period(-1, days),
                 serviceContract={"id": stays["id"]})["id"]
        for days in (10, 3)
    ]  # fmt: skip
    shop.site.move_clock(4 * DAY_S)
    shop.comes_to(SERVICE, ended["id"], "expired")
    shop.comes_to(ENTITLEMENT, rights[1], "expired")
    following = shop.did(CONTRACT, held["id"], "renew")["id"]
    assert [one["id"] for one in shop.read(CONTRACT, following)["contractLine"]] == ["a"]
    (fresh,) = followers(shop, SERVICE, stays["id"])
    assert [one["id"] for one in fresh["contractLine"]] == ["a"]
    assert followers(shop, SERVICE, ended["id"]) == []
    assert [len(followers(shop, ENTITLEMENT, one)) for one in rights] == [1, 0]
    shop.site.move_clock(7 * DAY_S)
    shop.comes_to(CONTRACT, following, "active")
    (right,) = followers(shop, ENTITLEMENT, rights[0])
    shop.comes_to(ENTITLEMENT, right["id"], "active")


def test_an_entitlement_goes_on_for_its_own_term(shop: Shop) -> None:
    """An entitlement whose definition says for how long gets that term in the renewed contract,
    and is told of for a moment ahead."""
    definition = requires(shop, shop.offering, termMonths=2)
    item = {"id": "1", "action": "add", "productOffering": {"id": shop.offering},
            "billingAccount": {"id": shop.account}}  # fmt: skip
    order = shop.new(ORDERS, productOrderItem=[item], billingAccount={"id": shop.account})
    shop.site.work()
    (served,) = shop.find(SERVICE, **{"productOrder.id": order["id"]})
    (right,) = shop.find(ENTITLEMENT, **{"serviceContract.id": served["id"]})
    assert right["definition"]["id"] == definition["id"]
    held = renewable(shop, 20)
    linked = {"contract": {"id": held["id"]}, "endsWithContract": True}
    assert shop.client.patch(f"{SERVICE}/{served['id']}", linked).status_code == 200
    shop.client.patch(f"{CONTRACT}/{held['id']}", {"name": "Office 2"})
    shop.site.work()
    shop.did(CONTRACT, held["id"], "renew")
    (fresh,) = followers(shop, ENTITLEMENT, right["id"])
    (whole,) = followers(shop, SERVICE, served["id"])
    assert fresh["validFor"]["startDateTime"] == whole["validFor"]["startDateTime"]
    assert fresh["validFor"]["endDateTime"] < whole["validFor"]["endDateTime"]
    told = shop.client.get(
        f"{VERIFY}?account={shop.account}&at={shop.in_days(25).replace('+', '%2B')}"
    ).json
    assert [one["id"] for one in told["entitlement"]] == [fresh["id"]]


def test_what_serves_a_later_order_is_moved_on_with_its_contract(shop: Shop) -> None:
    """Ordered into a contract that is renewed already, it serves under what follows that, and
    comes back where that comes to nothing."""
    requires(shop, shop.offering, termMonths=2)
    held = renewable(shop, 20)
    made = shop.did(CONTRACT, held["id"], "renew")
    item = {"id": "1", "action": "add", "productOffering": {"id": shop.offering},
            "billingAccount": {"id": shop.account}}  # fmt: skip
    order = shop.new(ORDERS, productOrderItem=[item], contract={"id": held["id"]},
                     billingAccount={"id": shop.account})  # fmt: skip
    shop.site.work()
    (served,) = shop.find(SERVICE, **{"productOrder.id": order["id"]})
    assert (served["state"], served["contract"]["id"]) == ("active", made["id"])
    shop.did(CONTRACT, made["id"], "cancel", reason="too dear")
    freed = shop.read(SERVICE, served["id"])
    assert (freed["state"], freed["contract"]["id"]) == ("active", held["id"])


def test_what_rests_goes_on_resting_and_no_draft_is_woken(shop: Shop) -> None:
    """A suspended service contract and entitlement are suspended in the renewed contract, too; a
    draft that waits is not begun by it; a suspended contract is followed by a suspended one."""
    held = renewable(shop, 10)
    runs, rests = served_by(shop, held["id"], 10), served_by(shop, held["id"], 10)
    waits = served_by(shop, held["id"], 10, state="draft")
    right = shop.new(ENTITLEMENT, name="Help", state="active", validFor=shop.period(-1, 10),
                     serviceContract={"id": runs["id"]})  # fmt: skip
    shop.did(SERVICE, rests["id"], "suspend")
    shop.did(ENTITLEMENT, right["id"], "suspend")
    following = shop.did(CONTRACT, held["id"], "renew", startDateTime=shop.in_days(1))["id"]
    assert followers(shop, SERVICE, waits["id"]) == []
    assert shop.read(SERVICE, waits["id"])["contract"]["id"] == following
    (fresh,) = followers(shop, SERVICE, rests["id"])
    (help_,) = followers(shop, ENTITLEMENT, right["id"])
    assert (fresh["state"], help_["state"]) == ("suspended", "suspended")
    shop.site.move_clock(2 * DAY_S)
    shop.comes_to(CONTRACT, following, "active")
    shop.hurry()
    assert shop.state(SERVICE, waits["id"]) == "draft"
    assert shop.state(SERVICE, fresh["id"]) == shop.state(ENTITLEMENT, help_["id"]) == "suspended"
    shop.did(SERVICE, fresh["id"], "resume")
    assert shop.state(SERVICE, fresh["id"]) == "active"
    paused = renewable(shop, 10, kind="auto")
    served = served_by(shop, paused["id"], 10, endsWithContract=True)
    shop.did(CONTRACT, paused["id"], "suspend")
    shop.site.move_clock(11 * DAY_S)
    shop.comes_to(CONTRACT, paused["id"], "expired")
    (last,) = followers(shop, CONTRACT, paused["id"])
    (under,) = followers(shop, SERVICE, served["id"])
    shop.hurry()
    assert shop.state(CONTRACT, last["id"]) == shop.state(SERVICE, under["id"]) == "suspended"
    shop.did(CONTRACT, last["id"], "resume")
    shop.comes_to(SERVICE, under["id"], "active")


def test_lines_come_back_with_their_contract(shop: Shop) -> None:
    """A contract that was suspended is brought back by its state as well: no line stays held, and
    none is held in the renewed one."""
    held = renewable(shop, 10)
    shop.did(CONTRACT, held["id"], "suspend")
    following = shop.did(CONTRACT, held["id"], "renew")["id"]
    assert "isHeld" not in shop.read(CONTRACT, following)["contractLine"][0]
    back = shop.client.patch(f"{CONTRACT}/{held['id']}", {"state": "active"})
    assert [one["state"] for one in back.json["contractLine"]] == ["active"]


def test_it_is_renewed_once_and_again_where_that_came_to_nothing(shop: Shop) -> None:
    """Who renews it by the timer after somebody did by hand makes no second contract. Once the one
    that follows is cancelled it is renewed anew; long after its end that is late."""
    held = renewable(shop, 10, kind="auto")
    with as_system(shop.site.services, "test") as work:
        seen = work.get(Contract, held["id"])
    assert seen is not None
    shop.site.move_clock(10 * DAY_S + 60)
    by_hand = shop.client.post(f"{CONTRACT}/{held['id']}/renew", {})
    assert by_hand.status_code == 200, by_hand.json
    with as_system(shop.site.services, "test") as work:
        renew_by_itself(work, seen)
    assert [one["id"] for one in followers(shop, CONTRACT, held["id"])] == [by_hand.json["id"]]
    other = renewable(shop, 10)
    first = shop.did(CONTRACT, other["id"], "renew")["id"]
    shop.did(CONTRACT, first, "cancel", reason="no")
    second = shop.did(CONTRACT, other["id"], "renew", startDateTime=shop.in_days(4000))
    assert second["renewalKind"] == "late"
    assert shop.read(CONTRACT, other["id"])["renewedBy"]["id"] == second["id"]


def test_it_goes_on_by_itself_over_a_long_pause(shop: Shop) -> None:
    """Nobody looks for longer than its term: every term is there afterwards, the last in force."""
    held = shop.new(
        CONTRACT, name="Office", state="active", validFor=shop.period(-1, 5),
        renewal={"kind": "auto", "termMonths": 2}, contractLine=[{"id": "1"}],
    )  # fmt: skip
    shop.site.move_clock(140 * DAY_S)

    def row() -> list[dict[str, Any]]:
        shop.hurry()
        return shop.find(CONTRACT, **{"rootContract.id": held["id"]})

    wait_until(lambda: any(one["state"] == "active" for one in row()), "one is in force")
    terms = sorted(row(), key=lambda one: str(one["validFor"]["startDateTime"]))
    assert [one["state"] for one in terms] == ["expired", "expired", "active"]
    assert [one["validFor"]["startDateTime"] for one in terms] == [
        held["validFor"]["endDateTime"], *(one["validFor"]["endDateTime"] for one in terms[:-1])
    ]  # fmt: skip
    assert [len(one["contractLine"]) for one in terms] == [1, 1, 1]


def test_what_is_below_follows_what_is_above_and_its_products(shop: Shop) -> None:
    """A line runs when its product does; a draft entitlement of a contract in force waits; what is
    new under a suspended contract rests; an entitlement rests when all of its products do."""
    product, other = shop.product(status="pendingActive"), shop.product()
    held = shop.new(CONTRACT, name="Office", state="active", validFor=shop.period(-1, 50),
                    contractLine=[{"id": "1", "product": {"id": product}}])  # fmt: skip
    assert held["contractLine"][0]["state"] == "draft"
    running = {"status": "active", "stateReason": "there"}
    assert shop.client.patch(f"{PRODUCT}/{product}", running).status_code == 200
    shop.site.work()
    assert shop.read(CONTRACT, held["id"])["contractLine"][0]["state"] == "active"
    served = served_by(shop, held["id"], 50)
    draft, both = (
        shop.new(ENTITLEMENT, name="Help", validFor=shop.period(-1, 50), **said)["id"]
        for said in (
            {"serviceContract": {"id": served["id"]}},
            {"state": "active", "product": [{"id": product}, {"id": other}]},
        )
    )
    assert shop.client.patch(f"{SERVICE}/{served['id']}", {"name": "x"}).status_code == 200
    shop.hurry()
    assert shop.state(ENTITLEMENT, draft) == "draft"
    for one, state in ((product, "active"), (other, "suspended")):
        resting = {"status": "suspended", "stateReason": "not paid"}
        assert shop.client.patch(f"{PRODUCT}/{one}", resting).status_code == 200
        shop.site.work()
        assert shop.state(ENTITLEMENT, both) == state
        assert shop.asked(product=product)["isEntitled"] is (state == "active")
    shop.did(CONTRACT, held["id"], "suspend")
    late = served_by(shop, held["id"], 50)
    shop.hurry()
    assert shop.state(SERVICE, late["id"]) == "suspended"
    shop.did(CONTRACT, held["id"], "resume")
    shop.comes_to(SERVICE, late["id"], "active")
