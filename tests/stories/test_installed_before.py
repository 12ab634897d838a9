"""What customers have is looked up, listed page by page, and kept by hand where it must be."""

from __future__ import annotations

import pytest

from tests.support.operator import PRODUCT, SERVICE, Operator, codes
from trunkline.kernel.actor import Grant


@pytest.mark.accepts("INV-05")
def test_products_are_filtered_made_corrected_and_removed(operator: Operator) -> None:
    """Lists by customer, place and status; a product of an older system is entered, corrected
    and, entered by mistake, removed again."""
    company = operator.company("Nordhaven", "Eastmere")
    other = operator.ada()
    first, second = (company.has(company.add("1", "Wholesale Access", at=n)) for n in (0, 1))
    other.has(other.fibre("1"))
    company.has(company.change("1", "suspend", second.product()["id"]))

    def found(**filters: str) -> set[str]:
        return {one["id"] for one in operator.find(PRODUCT, **filters)}

    ids = [one.product()["id"] for one in (first, second)]
    assert found(relatedParty__id=company.id) == set(ids)
    assert found(place__id=company.places[0]) == {ids[0]}
    assert found(relatedParty__id=company.id, status="suspended") == {ids[1]}
    assert found(relatedParty__id=company.id, status="active", place__id=company.places[1]) == set()

    body = {"name": "ISDN line of 1998", "status": "active", "isCustomerVisible": True,
            "relatedParty": [{"id": company.id, "role": "customer"}]}  # fmt: skip
    made = operator.make(PRODUCT, body)
    address = f"{PRODUCT}/{made['id']}"
    corrected = operator.staff.patch(address, {"description": "at the back door"})
    assert (corrected.status_code, corrected.json["description"]) == (200, "at the back door")
    assert operator.read(PRODUCT, made["id"])["name"] == "ISDN line of 1998"
    assert operator.staff.delete(address).status_code == 204
    assert operator.staff.get(address).status_code == 404


def test_states_change_by_orders_or_by_hand_with_a_right_and_a_reason(operator: Operator) -> None:
    """A client that may write products may not set their status; who may, says why each time,
    keeps to the lifecycle, and the history tells both. Services alike. An older system's product
    is entered in whatever status it has."""
    ada = operator.ada()
    bought = ada.has(ada.fibre("1"))
    product, services = bought.product(), bought.services
    grants = {f"*:{verb}": Grant() for verb in ("read", "create", "update")}
    role = operator.site.role("network", grants)
    network = operator.site.user("network", roles=[role], scopes=tuple(grants))
    for address, name, state in (
        (f"{PRODUCT}/{product['id']}", "status", "suspended"),
        (f"{SERVICE}/{services['Fibre Access']['id']}", "state", "inactive"),
    ):
        why = {"stateReason": "flooded cabinet"}
        refused = network.patch(address, {name: state, **why})
        assert (refused.status_code, refused.json["code"]) == (403, "notAllowed")
        assert network.patch(address, {"description": "at the back door"}).status_code == 200
        for body in ({name: state}, {name: state, "stateReason": " "}):
            silent = operator.staff.patch(address, body)
            assert codes(silent) == {("reasonMissing", "stateReason")}
        changed = operator.staff.patch(address, {name: state, **why})
        assert (changed.status_code, changed.json[name]) == (200, state), changed.json
        again = operator.staff.patch(address, {name: "active", **why})
        assert codes(again) == {("reasonMissing", "stateReason")}
        pumped = [{"op": "replace", "path": f"/{name}", "value": "active"},
                  {"op": "replace", "path": "/stateReason", "value": "pumped out"}]  # fmt: skip
        back = operator.staff.patch(
            address, pumped, headers={"Content-Type": "application/json-patch+json"}
        )
        assert (back.status_code, back.json[name]) == (200, "active"), back.json
        wild = "created" if name == "status" else "designed"
        illegal = operator.staff.patch(address, {name: wild, "stateReason": "by mistake"})
        assert (illegal.status_code, codes(illegal)) == (409, {("lifecycleMove", name)})

    ada.has(ada.change("1", "suspend", product["id"]))
    assert operator.read(PRODUCT, product["id"])["status"] == "suspended"
    old = {
        "name": "ISDN line of 1998",
        "status": "suspended",
        "relatedParty": product["relatedParty"],
    }
    entered = network.post(PRODUCT, old)
    assert (entered.status_code, entered.json["status"]) == (201, "suspended")


@pytest.mark.accepts("API-02")
def test_a_long_list_comes_in_pages(operator: Operator) -> None:
    """A part is answered with 206, where it lies and links to the others; a whole with 200."""
    ada = operator.ada()
    ada.has(*(ada.add(str(n), "Mobile S", at=None) for n in range(1, 6)))
    query = f"relatedParty.id={ada.id}"
    seen: list[str] = []
    for offset, rest, status in ((0, "items 0-1/5", 206), (2, "items 2-3/5", 206),
                                 (4, "items 4-4/5", 206)):  # fmt: skip
        page = operator.staff.get(PRODUCT, query_string=f"{query}&offset={offset}&limit=2")
        assert (page.status_code, page.headers["content-range"]) == (status, rest)
        assert page.headers["x-total-count"] == "5"
        links = page.headers["link"]
        assert 'rel="first"' in links
        assert 'rel="last"' in links
        assert ('rel="next"' in links) == (offset < 4)
        assert ('rel="prev' in links) == (offset > 0)
        seen += [one["id"] for one in page.json]
    assert len(set(seen)) == 5
    whole = operator.staff.get(PRODUCT, query_string=query)
    assert (whole.status_code, len(whole.json)) == (200, 5)
    assert whole.headers["x-total-count"] == "5"
