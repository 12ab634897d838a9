"""Ada moves and takes her telephone along: it rings at home until it rings at the new place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.operator import (
    ADDRESS,
    OWN,
    PRODUCT,
    SERVICE,
    SERVICE_SPECIFICATION,
    SITE,
    Customer,
    Operator,
    Order,
    Record,
    linked,
)

SPECIFICATION = "/tmf-api/productCatalogManagement/v4/productSpecification"
OFFERING = "/tmf-api/productCatalogManagement/v4/productOffering"
PRICE = "/tmf-api/productCatalogManagement/v4/productOfferingPrice"
LIVE = {"lifecycleStatus": "Active"}
CALLED_OUT = {"fulfilment": {"kind": "callout"}}
WIRE, TEST_CALL, PHONE = "Copper Wire", "Test Call", "Telephone Service"


@dataclass(frozen=True)
class Home:
    """Ada with a telephone at her home, and the home that she moves to."""

    ada: Customer
    had: Order
    offering: str

    @property
    def operator(self) -> Operator:
        return self.ada.operator

    @property
    def product(self) -> Record:
        return self.had.product()

    def service(self, name: str) -> Record:
        return self.had.services[name]

    def moves(self, **more: Any) -> Order:
        """Ada orders the move."""
        place = {"id": self.ada.places[1], "@referredType": "GeographicSite"}
        product = {"id": self.product["id"], "place": [{**place, "role": "installation"}]}
        order = self.ada.orders({"id": "1", "action": "modify", "product": product, **more})
        self.operator.settle()
        return order

    def place_of(self, record: Record) -> str:
        """Return where a record is: `old` or `new`."""
        ((ident, role),) = ((one["id"], one["role"]) for one in record["place"])
        assert role == "installation"
        return ("old", "new")[self.ada.places.index(ident)]

    def network_place(self, name: str) -> str:
        """Return where the network has a service."""
        ident = self.service(name)["id"]
        return self.place_of(self.operator.network.effects()["services"][ident])

    def places(self) -> dict[str, str]:
        """Return where everything is."""
        records = [self.product, *self.had.services.values()]
        return {str(one["name"]): self.place_of(one) for one in records}


def relation(ident: str) -> Record:
    return {"id": ident, "relationshipType": "realisedAs"}


def sold(operator: Operator) -> str:
    """Put a telephone on sale whose wire stays in the house; return the offering."""
    body = {**LIVE, **CALLED_OUT}
    wire = operator.make(SERVICE_SPECIFICATION, {"name": WIRE, "locationSpecific": True, **body})
    call = operator.make(SERVICE_SPECIFICATION, {"name": TEST_CALL, **body})
    phone = operator.make(
        SERVICE_SPECIFICATION,
        {"name": PHONE, **LIVE,
         "serviceSpecRelationship": [relation(wire["id"]), relation(call["id"])]},
    )  # fmt: skip
    product = operator.make(
        SPECIFICATION,
        {"name": "Telephone", **LIVE, "serviceSpecification": [{"id": phone["id"]}]},
    )
    amount = {"unit": "EUR", "value": 9.9}
    price = operator.make(
        PRICE,
        {"name": "Monthly", "priceType": "recurring", "recurringChargePeriodType": "month",
         "price": amount, **LIVE},
    )  # fmt: skip
    offering = {"name": "Telephone", "isSellable": True, **LIVE,
                "productSpecification": {"id": product["id"]},
                "productOfferingPrice": [{"id": price["id"]}]}  # fmt: skip
    return str(operator.make(OFFERING, offering)["id"])


@pytest.fixture
def home(operator: Operator) -> Home:
    ada = operator.ada()
    address = operator.make(ADDRESS, {"streetName": "Quay", "city": "Eastmere"})["id"]
    site = {"name": "New home", "status": "active",
            "relatedParty": [{"id": ada.id, "role": "customer"}],
            "place": [{"id": address, "@referredType": "GeographicAddress"}]}  # fmt: skip
    ada.places.append(operator.make(SITE, site)["id"])
    place = {"id": ada.places[0], "@referredType": "GeographicSite", "role": "installation"}
    offering = sold(operator)
    had = ada.has(
        {"id": "1", "action": "add", "productOffering": {"id": offering},
         "product": {"place": [place]}}
    )  # fmt: skip
    return Home(ada, had, offering)


def live_wires(home: Home) -> dict[str, str]:
    """Return the states of all wires of Ada's by where they are."""
    found = home.operator.find(SERVICE, name=WIRE.replace(" ", "%20"), relatedParty__id=home.ada.id)
    return {home.place_of(one): one["state"] for one in found}


@pytest.mark.accepts("MAC-02")
@pytest.mark.scenario(11)
def test_the_old_place_works_until_the_new_one_does(home: Home) -> None:
    """The wire at the new place is refused at first: product and services are where they were,
    and the old wire is active. Once it works the old one ends, and product and services say the
    new place, on the same records, for the same price since the same day."""
    before, old_wire = home.product, home.service(WIRE)
    home.operator.network.behave(
        fail=[{"kind": "business", "specification": WIRE, "code": "noWire", "once": True}]
    )
    move = home.moves()
    assert move.state == "inProgress"
    assert home.places() == {"Telephone": "old", PHONE: "old", TEST_CALL: "old", WIRE: "old"}
    assert live_wires(home) == {"old": "active", "new": "designed"}
    (stopped,) = move.fallouts(state="open")
    answer = home.operator.staff.post(f"{OWN}/fallout/{stopped['id']}/retry")
    assert answer.status_code == 200, answer.json
    home.operator.settle()
    assert move.state == "completed", move.steps
    assert live_wires(home) == {"old": "terminated", "new": "active"}
    assert home.places() == {"Telephone": "new", PHONE: "new", TEST_CALL: "new", WIRE: "old"}
    after, wire = home.product, home.operator.read(SERVICE, old_wire["id"])
    assert {name: after[name] for name in ("id", "key", "status", "startDate", "productPrice")} == {
        name: before[name] for name in ("id", "key", "status", "startDate", "productPrice")
    }
    (new,) = home.operator.find(
        SERVICE, name=WIRE.replace(" ", "%20"), place__id=home.ada.places[1]
    )
    assert linked(home.service(PHONE), "supportingService") == {
        new["id"], home.service(TEST_CALL)["id"],
    }  # fmt: skip
    assert new["startDate"] <= wire["endDate"]
    assert [one["orderItemAction"] for one in after["productOrderItem"]] == ["add", "modify"]
    (told,) = home.operator.events(after["id"], "ProductAttributeValueChangeEvent")[-1:]
    assert home.place_of(told["event"]["product"]) == "new"
    assert home.operator.find(PRODUCT, place__id=home.ada.places[0], status="active") == []


@pytest.mark.accepts("MAC-02")
@pytest.mark.scenario(11)
def test_a_canceled_move_leaves_everything_where_it_was(home: Home) -> None:
    """All but the end of the old wire is done when Ada stays after all: the new wire ends, product
    and services are back at home, and the network is told so."""
    home.operator.network.behave(
        fail=[{"kind": "business", "specification": WIRE, "action": "delete", "code": "noHand",
               "once": True}]
    )  # fmt: skip
    before, links = home.product, linked(home.service(PHONE), "supportingService")
    move = home.moves()
    assert move.state == "inProgress"
    assert live_wires(home) == {"old": "active", "new": "active"}
    assert (home.place_of(home.service(TEST_CALL)), home.network_place(TEST_CALL)) == ("new", "new")
    task = move.cancel("stays after all")
    home.operator.settle()
    assert (task["cancellationResult"], move.state) == ("canceled", "cancelled"), task
    assert home.places() == {"Telephone": "old", PHONE: "old", TEST_CALL: "old", WIRE: "old"}
    assert live_wires(home) == {"old": "active", "new": "terminated"}
    assert linked(home.service(PHONE), "supportingService") == links
    after = home.product
    same = ("status", "place", "productOffering", "productPrice", "startDate")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert home.network_place(TEST_CALL) == "old"


def test_the_plan_says_where_from_and_where_to(home: Home) -> None:
    """Old and new place of what moves stand beside its old and new values."""
    step = next(one for one in home.moves().plan["item"] if one["layer"] == "product")
    (former,) = step["former"]["place"]
    assert (former["id"], step["place"]["id"]) == tuple(home.ada.places)
