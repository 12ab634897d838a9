"""Configurations: what a product is, what an order is about to make of it, and what it was."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ordering.scripted import Shop, pending, refused
from tests.support.program import Site
from tests.web.browser import Browser, words_of
from trunkline.inventory.versions import as_of
from trunkline.kernel.actor import Grant
from trunkline.web.wording import words

OWN = "/api/inventory/v1"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
PRODUCT = "/tmf-api/productInventory/v4/product"
SERVICE = "/tmf-api/serviceInventory/v4/service"
RESOURCE = "/tmf-api/resourceInventoryManagement/v4/resource"
SPECIFICATION = "/tmf-api/serviceCatalogManagement/v4/serviceSpecification"
TICKET = "/tmf-api/troubleTicket/v4/troubleTicket"
CANCEL = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
MERGE = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
def shop(site: Site) -> Shop:
    with site.services.database.app.connection() as connection:
        connection.execute("delete from work")
        connection.execute("update clock set offset_s = 0")
    return Shop.open(site)


def bought(site: Site, shop: Shop) -> str:
    order = shop.order(shop.fibre("1", 500))
    site.work()
    found = shop.read(order)
    assert found["state"] == "completed", shop.steps(order)
    return str(found["productOrderItem"][0]["product"]["id"])


def faster(shop: Shop, product: str) -> str:
    values = [{"name": "downloadSpeed", "value": 1000}, {"name": "uploadSpeed", "value": 500}]
    return shop.order(
        {"id": "1", "action": "modify", "product": {"id": product, "productCharacteristic": values},
         "productOffering": {"id": shop.offerings["Fibre 1G"]}}
    )  # fmt: skip


def configuration(site: Site, kind: str, ident: str, **asked: str) -> dict[str, Any]:
    answer = site.admin.get(f"{OWN}/{kind}/{ident}/configuration", params=asked)
    assert answer.status_code == 200, answer.json
    body: dict[str, Any] = answer.json
    return body


def speed(document: dict[str, Any]) -> int:
    for name in ("productCharacteristic", "serviceCharacteristic"):
        for one in document.get(name, []):
            if one["name"] == "downloadSpeed":
                return int(one["value"])
    raise AssertionError(document)


@pytest.mark.accepts("INV-02")
def test_what_is_pending_stands_beside_what_is(site: Site, shop: Shop) -> None:
    """Until the network is done both are seen; then the new one holds, and a canceled one is gone.

    That is so of the product and of the service below it.
    """
    product = bought(site, shop)
    service = _fibre_of(site, product)
    shop.network.script["Fibre Access"] = [refused]
    order = faster(shop, product)
    site.work()
    for kind, ident in (("product", product), ("service", service)):
        found = configuration(site, kind, ident)
        (change,) = found["pending"]
        assert speed(found["current"]) == 500
        assert (change["order"]["id"], change["action"]) == (order, "modify")
        values = {one["name"]: (one["former"], one["value"]) for one in change["characteristic"]}
        assert values["downloadSpeed"] == (500, 1000)
    site.admin.post(CANCEL, {"productOrder": {"id": order}})
    site.work()
    assert shop.read(order)["state"] == "cancelled"
    for kind, ident in (("product", product), ("service", service)):
        found = configuration(site, kind, ident)
        assert (found["pending"], speed(found["current"])) == ([], 500)

    faster(shop, product)
    site.work()
    for kind, ident in (("product", product), ("service", service)):
        found = configuration(site, kind, ident)
        assert (found["pending"], speed(found["current"])) == ([], 1000)


def test_what_is_ordered_for_a_later_day_is_pending_already(site: Site, shop: Shop) -> None:
    """An order for next month waits, and is seen on its product all the same."""
    product = bought(site, shop)
    values = [{"name": "downloadSpeed", "value": 1000}, {"name": "uploadSpeed", "value": 500}]
    item = {"id": "1", "action": "modify",
            "productOffering": {"id": shop.offerings["Fibre 1G"]},
            "product": {"id": product, "productCharacteristic": values}}  # fmt: skip
    order = shop.order(item, requestedStartDate="2099-01-01T00:00:00Z")
    site.work()
    (change,) = configuration(site, "product", product)["pending"]
    assert (change["order"]["id"], change["state"]) == (order, "scheduled")
    changed = {one["name"]: (one["former"], one["value"]) for one in change["characteristic"]}
    assert changed == {"downloadSpeed": (500, 1000), "uploadSpeed": (250, 500)}
    told = {one["name"]: (one["former"], one["value"]) for one in change["attribute"]}
    assert [one["name"] for one in told["productOffering"]] == ["Fibre 500M", "Fibre 1G"]
    (old,), (new,) = (
        [one["price"]["dutyFreeAmount"]["value"] for one in each if one["priceType"] == "recurring"]
        for each in told["productPrice"]
    )
    assert (old, new) == (39.9, 49.9)
    linked = site.admin.get(f"{OWN}/product/{product}/link").json["openOrder"]
    assert [one["id"] for one in linked] == [order]
    reader = {"TMF637:read": Grant("all", frozenset({"public", "internal"}))}
    plain = site.user("plain", roles=[site.role("plain", reader)], scopes=tuple(reader))
    seen = plain.get(f"{OWN}/product/{product}/configuration").json
    assert seen["pending"] == []
    assert plain.get(f"{OWN}/service/{_fibre_of(site, product)}/configuration").status_code == 403
    assert site.stranger().get(f"{OWN}/product/{product}/configuration").status_code == 404


def _fibre_of(site: Site, product: str) -> str:
    wanted = [one["id"] for one in site.admin.get(f"{PRODUCT}/{product}").json["realizingService"]]
    for ident in wanted:
        held = site.admin.get(f"{SERVICE}/{ident}").json
        for one in held["supportingService"]:
            if site.admin.get(f"{SERVICE}/{one['id']}").json["name"] == "Fibre Access":
                return str(one["id"])
    raise AssertionError(wanted)


@pytest.mark.accepts("INV-02")
def test_what_is_no_characteristic_is_pending_too(site: Site, shop: Shop, browser: Browser) -> None:
    """That a product is to rest, to be somewhere else or to end is seen beside what it is, by the
    interface and on its page, before the order begins and while it runs."""
    product = bought(site, shop)
    later = {"requestedStartDate": "2099-01-01T00:00:00Z"}
    there = [{"name": "New quay", "role": "installation"}]
    here = site.admin.get(f"{PRODUCT}/{product}").json["place"][0]["name"]
    for action, more, name, former, value in (
        ("suspend", {}, "status", "active", "suspended"),
        ("delete", {}, "status", "active", "terminated"),
        ("modify", {"place": there}, "place", here, "New quay"),
    ):
        item = {"id": "1", "action": action, "product": {"id": product, **more}}
        order = shop.order(item, **later)
        site.work()
        (change,) = configuration(site, "product", product)["pending"]
        (told,) = change["attribute"]
        if name == "place":
            told = {**told, "former": told["former"][0]["name"], "value": told["value"][0]["name"]}
        assert (change["action"], told) == (
            action,
            {"name": name, "former": former, "value": value},
        )
        page = words_of(browser.get(f"/installed/product/{product}").text)
        assert f"{words(name)} {former} {value}".lower() in page.lower()
        site.admin.post(CANCEL, {"productOrder": {"id": order}})
        site.work()
        assert configuration(site, "product", product)["pending"] == []


@pytest.mark.accepts("INV-04")
def test_the_installed_base_of_a_day(
    site: Site, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A week ago it was 500, the day before nothing; a removed product was there before. More than
    can be told at once is refused, never cut off."""
    product = bought(site, shop)
    body = {"name": "Old modem", "status": "active",
            "relatedParty": [{"id": shop.customer, "role": "customer"}]}  # fmt: skip
    modem = site.admin.post(PRODUCT, body).json["id"]
    then = site.rows("select (now() at time zone 'utc' + interval '1 second')::text")[0][0]
    at = then.replace(" ", "T")[:19] + "Z"
    site.move_clock(7 * 86_400)
    faster(shop, product)
    site.work()
    assert site.admin.delete(f"{PRODUCT}/{modem}").status_code == 204

    assert speed(configuration(site, "product", product)["current"]) == 1000
    assert speed(configuration(site, "product", product, at=at)["current"]) == 500
    base = site.admin.get(f"{OWN}/installedBase", params={"customer": shop.customer, "at": at}).json
    held = {one["id"]: one for one in base["product"]}
    assert set(held) == {product, modem}
    assert speed(held[product]) == 500
    assert held[modem]["status"] == "active"
    assert {one["name"] for one in base["service"]} >= {"Fibre Access", "Internet Access"}
    assert base["resource"]
    now = site.admin.get(f"{OWN}/installedBase", params={"customer": shop.customer}).json
    assert {one["id"] for one in now["product"]} == {product}
    before = {"customer": shop.customer, "at": "2020-01-01T00:00:00Z"}
    nothing = site.admin.get(f"{OWN}/installedBase", params=before).json
    assert (nothing["product"], nothing["service"], nothing["resource"]) == ([], [], [])
    assert as_of.RECORDS_MAX >= 10_000
    monkeypatch.setattr(as_of, "RECORDS_MAX", 1)
    much = site.admin.get(f"{OWN}/installedBase", params={"customer": shop.customer})
    assert (much.status_code, much.json["fault"][0]["code"]) == (400, "tooMany")


@pytest.mark.accepts("INV-03")
def test_states_change_by_orders_or_a_right_with_a_reason(site: Site, shop: Shop) -> None:
    """An order ends a product; a person needs the right and says why, which stays in the history.

    That holds for products, services and resources.
    """
    product = bought(site, shop)
    service = _fibre_of(site, product)
    resource = site.admin.get(f"{SERVICE}/{service}").json["supportingResource"][0]["id"]
    writes = {f"{one}:{verb}": Grant("all", frozenset({"public", "internal", "personal"}))
              for one in ("TMF637", "TMF638", "TMF639") for verb in ("read", "update")}  # fmt: skip
    clerk = site.user("clerk", roles=[site.role("clerks", writes)], scopes=tuple(writes))
    for path, ident, state in (
        (PRODUCT, product, {"status": "suspended"}),
        (SERVICE, service, {"state": "inactive"}),
        (RESOURCE, resource, {"resourceStatus": "alarm"}),
    ):
        why = {**state, "stateReason": "The line was cut."}
        assert clerk.patch(f"{path}/{ident}", why, headers=MERGE).status_code == 403
        silent = site.admin.patch(f"{path}/{ident}", state, headers=MERGE)
        assert (silent.status_code, silent.json["fault"][0]["path"]) == (400, "stateReason")
        told = site.admin.patch(f"{path}/{ident}", why, headers=MERGE)
        assert told.status_code == 200, told.json
        assert clerk.patch(f"{path}/{ident}", {"name": "Line"}, headers=MERGE).status_code == 200


@pytest.mark.accepts("INV-08")
def test_what_hangs_on_a_product(site: Site, shop: Shop, browser: Browser) -> None:
    """Configuration items, tickets and tests elsewhere, and the order that is changing it."""
    product = bought(site, shop)
    related = [
        {"id": "CI-77", "name": "OLT Nord 1", "role": "configurationItem",
         "@referredType": "ConfigurationItem"},
        {"id": "TT-4711", "role": "ticket", "@referredType": "TroubleTicket"},
        {"id": "TEST-9", "role": "test", "@referredType": "ServiceTest"},
    ]  # fmt: skip
    change = {"relatedEntity": related}
    answer = site.admin.patch(f"{PRODUCT}/{product}", change, headers=MERGE)
    assert answer.status_code == 200, answer.json
    shop.network.script["Fibre Access"] = [pending]
    order = faster(shop, product)
    site.work()
    found = site.admin.get(f"{OWN}/product/{product}/link").json
    assert [one["id"] for one in found["openOrder"]] == [order]
    outside = {name: [one["id"] for one in found[name]]
               for name in ("configurationItem", "ticket", "test")}  # fmt: skip
    assert outside == {"configurationItem": ["CI-77"], "ticket": ["TT-4711"], "test": ["TEST-9"]}
    assert order in {one["id"] for one in found["mention"]}
    own = {"id": product, "role": "affected", "@referredType": "Product"}
    ticket = {"name": "No sync", "description": "The lamp is red", "severity": "minor",
              "ticketType": "incident", "relatedEntity": [own],
              "relatedParty": [{"id": shop.customer, "role": "customer"}]}  # fmt: skip
    made = site.admin.post(TICKET, ticket)
    assert made.status_code == 201, made.json
    here, there = site.admin.get(f"{OWN}/product/{product}/link").json["ticket"]
    assert (here["key"], here["name"], there["id"]) == (made.json["key"], "No sync", "TT-4711")
    panel = words_of(browser.get(f"/installed/product/{product}/links").text)
    assert f"Tickets No sync {here['key']} TT-4711" in panel
    reads = {"TMF637:read": Grant("all", frozenset({"public", "internal"}))}
    other = site.user("reads", roles=[site.role("reads", reads)], scopes=tuple(reads))
    assert other.get(f"{OWN}/product/{product}/link").json["ticket"] == [there]


@pytest.mark.accepts("ACT-07")
def test_ids_of_the_outside_inventory_are_kept_with_their_validity(site: Site, shop: Shop) -> None:
    """An id that the other inventory gave up stays, marked, beside the new one; orders keep it."""
    product = bought(site, shop)
    service = _fibre_of(site, product)
    path = f"{SERVICE}/{service}"
    old = {"id": "NI-1", "owner": "network", "externalIdentifierType": "serviceId"}
    new = {"id": "NI-2", "owner": "network", "externalIdentifierType": "serviceId",
           "isValid": True}  # fmt: skip
    first = site.admin.patch(path, {"externalIdentifier": [old]}, headers=MERGE)
    assert first.status_code == 200, first.json
    twice = site.admin.patch(path, {"externalIdentifier": [old, new]}, headers=MERGE)
    assert twice.json["fault"][0]["code"] == "conflictIdentifier"
    silent = {**old, "isValid": False}
    assert (
        site.admin.patch(path, {"externalIdentifier": [silent, new]}, headers=MERGE).json["fault"][
            0
        ]["path"]
        == "externalIdentifier[0].reason"
    )
    gone = {**silent, "reason": "Migrated to another system."}
    kept = site.admin.patch(path, {"externalIdentifier": [gone, new]}, headers=MERGE)
    assert kept.status_code == 200, kept.json
    faster(shop, product)
    site.work()
    held = site.admin.get(path).json
    assert speed(held) == 1000
    assert {one["id"]: one["isValid"] for one in held["externalIdentifier"]} == {
        "NI-1": False, "NI-2": True,
    }  # fmt: skip
    by_old = site.admin.get(SERVICE, params={"externalIdentifier.id": "NI-1"}).json
    assert [one["id"] for one in by_old] == [service]
