"""Several completions of one kind run in no settled order, so none may depend on another one."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.support import overrides_above  # noqa: F401 - bodies with rules of their own
from tests.support.operator import CUSTOMER, ORDER, PARTY, Operator, Record
from tests.support.samples import address, body_for
from trunkline.kernel.resource import registry

INTERACTION = "/tmf-api/partyInteraction/v4/partyInteraction"
NUMBER = {"mediumType": "phone",
          "characteristic": {"phoneNumber": "030 1234567", "country": "DE"}}  # fmt: skip
PARTIES: list[tuple[str, str, dict[str, Any]]] = [
    ("Individual", f"{PARTY}/individual", {"givenName": "Ada", "familyName": "Lovelace"}),
    ("Organization", f"{PARTY}/organization", {"tradingName": "Mill", "code": "mill"}),
    ("Customer", CUSTOMER, {"name": "Ada", "code": "ada"}),
]
LEAD = "/tmf-api/sales/v4/salesLead"
CART = "/tmf-api/shoppingCart/v4/shoppingCart"
ABOVE = ("Agreement", "BillingAccount", "CampaignWave", "PartyCampaign", "Refund",
         "ServiceContract", "TroubleTicket")  # fmt: skip
VARIES = re.compile(
    r"[0-9a-f-]{36}|\d{4}-\d\d-\d\dT[0-9:.]+Z|[A-Z]+\d{6}|(?:campaign|pay|refund)\d+"
)
OWN = ("id", "href", "key", "orderDate", "lastUpdate")


def test_an_order_is_completed_alike_in_any_order(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = {kind: found for kind, found in registry.completions.items() if len(found) > 1}
    sales = {"SalesLead", "ShoppingCart"}
    parties = {one for one, _, _ in PARTIES}
    proven = {"ProductOrder", "PartyInteraction", *sales, *parties, *ABOVE}
    assert several.keys() == proven, "prove the same of the other kinds here"
    ada = operator.ada()
    sent = ada.body(ada.fibre("1"), ada.voice("2"), requestedStartDate="2026-01-05T08:00:00Z")

    def taken() -> Record:
        made = operator.make(ORDER, sent)
        return {name: value for name, value in made.items() if name not in OWN}

    first = taken()
    assert first["isRetroactive"] is True
    assert first["productOrderItem"][0]["itemPrice"]
    monkeypatch.setitem(registry.completions, "ProductOrder", several["ProductOrder"][::-1])
    assert taken() == first


@pytest.mark.parametrize(("kind", "path", "body"), PARTIES)
def test_a_party_is_completed_alike_in_any_order(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, kind: str, path: str, body: dict[str, Any]
) -> None:
    """Numbers in one form, codes in capitals, paths from the top: whichever comes first."""
    top = operator.make(f"{PARTY}/organization", {"tradingName": "Top", "code": f"top-{kind}"})
    sent = {**body, "contactMedium": [NUMBER]}
    if kind == "Organization":
        above = {"organization": {"id": top["id"]}, "relationshipType": "parent"}
        sent["organizationParentRelationship"] = above
    if kind == "Customer":
        sent["engagedParty"] = {"id": operator.ada().party}

    def taken(code: str) -> str:
        coded = {**sent, "code": f"{kind}-{code}"} if "code" in sent else sent
        made = operator.make(path, coded)
        kept = {name: value for name, value in made.items() if name not in OWN}
        return str(kept).replace(f"{kind}-{code}".upper(), "CODE")

    first = taken("first")
    assert "+49301234567" in first
    assert ("CODE" in first) == ("code" in sent)
    monkeypatch.setitem(registry.completions, kind, registry.completions[kind][::-1])
    assert taken("second") == first


def test_a_contact_is_completed_alike_in_any_order(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who spoke, when it ended, and that it is the second one for its reason."""

    def taken() -> Record:
        ada = operator.ada().id
        sent = {"direction": "inbound", "reason": "information", "status": "completed",
                "channel": [{"id": "phone"}], "relatedParty": [{"id": ada, "role": "customer"}],
                "interactionDate": {"startDateTime": "2026-01-05T08:00:00Z"}}  # fmt: skip
        operator.make(INTERACTION, sent)
        made = operator.make(INTERACTION, sent)
        assert made["interactionDate"].pop("endDateTime") == made.pop("statusChangeDate")
        moving = {*OWN, "creationDate", "relatedParty"}
        return {name: value for name, value in made.items() if name not in moving}

    first = taken()
    assert (first["repeatNumber"], first["agent"]["name"]) == (2, "Admin")
    both = registry.completions["PartyInteraction"]
    monkeypatch.setitem(registry.completions, "PartyInteraction", both[::-1])
    assert taken() == first


@pytest.mark.parametrize("kind", ["SalesLead", "ShoppingCart"])
def test_a_sale_is_completed_alike_in_any_order(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A lead has its name, lines and score, a cart its prices and its end, in any order."""
    ada = operator.ada()
    fibre = {name: value for name, value in ada.fibre("1").items() if name != "itemPrice"}
    customer = {"id": ada.id, "role": "customer", "@referredType": "Customer"}
    offering = fibre["productOffering"]
    lead = {"familyName": "Lovelace", "salesLeadItem": [{"productOffering": offering}],
            "relatedParty": [customer]}  # fmt: skip
    path, sent = {
        "SalesLead": (LEAD, lead),
        "ShoppingCart": (CART, {"relatedParty": [customer], "cartItem": [fibre]}),
    }[kind]

    def taken() -> Record:
        made = operator.make(path, sent)
        moving = {*OWN, "creationDate", "validFor", "statusChangeDate"}
        return {name: value for name, value in made.items() if name not in moving}

    first = taken()
    assert first["name" if kind == "SalesLead" else "cartTotalPrice"]
    monkeypatch.setitem(registry.completions, kind, registry.completions[kind][::-1])
    assert taken() == first


@pytest.mark.parametrize("kind", ABOVE)
def test_what_stands_above_orders_is_completed_alike_in_any_order(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The smallest record of each kind, with ids, numbers and times left out."""
    resource = registry[kind]

    def taken() -> str:
        made = operator.make(address(resource), body_for(resource, operator.staff))
        return VARIES.sub("_", json.dumps(made, sort_keys=True))

    first = taken()
    monkeypatch.setitem(registry.completions, kind, registry.completions[kind][::-1])
    assert taken() == first
