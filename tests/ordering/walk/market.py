"""What is sold in a walk: the demonstration's offerings, and an alarm that has a published plan.

The alarm's plan reserves, lets somebody survey and waits for an event and for a while before the
network is called, and tests the line after it. Other services go by their specifications, and by
a plan of their own in every second walk.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.ordering.scripted import Shop
from tests.support.plans import item
from tests.support.program import Site

OWN = "/api/ordering/v1"
CATALOG = "/tmf-api/productCatalogManagement/v4"
SERVICES = "/tmf-api/serviceCatalogManagement/v4/serviceSpecification"
RESOURCES = "/tmf-api/resourceCatalog/v4/resourceSpecification"
POOLS = "/api/pools/v1/resourcePool"
SITE = "/tmf-api/geographicSiteManagement/v4/geographicSite"
LIVE = {"lifecycleStatus": "Active"}
NUMBERS = 5
HOUR_S = 3600

RESERVE = item(
    "reserve", "callout",
    callout={
        "system": "warehouse", "isRepeatable": True,
        "request": {"path": "/reservation/${record.id}",
                    "body": {"zone": "${line.characteristic.zone}"}},
        "undoRequest": {"method": "DELETE", "path": "/reservation/${record.id}"},
        "successWhen": "response.status == 200",
        "businessErrorWhen": "response.status == 409",
        "errorCode": "response.body.refused",
        "mapping": [{"characteristic": "reservation", "expression": "response.body.number"}],
    },
)  # fmt: skip
PROBE = {"system": "probe", "isRepeatable": True,
         "request": {"method": "GET", "path": "/line/${record.id}"}}  # fmt: skip
ALARM = (
    RESERVE,
    item("survey", "manual", compensation={"onCancel": "nothing"},
         form=[{"name": "doors", "valueType": "number", "isRequired": True}]),
    item("connected", "event", "reserve", compensation={"onChange": "nothing",
                                                        "onCancel": "nothing"},
         event={"type": "panelSeen", "correlation": "'panel-' + record.id",
                "mapping": [{"characteristic": "panel", "expression": "response.body.serial"}]}),
    item("settled", "timer", "reserve", delaySeconds=HOUR_S),
    item("switchOn", "activation", "connected", "settled", "survey"),
    item("test", "callout", "switchOn", callout=PROBE),
)  # fmt: skip
PLAIN = (
    item("prepare", "callout", callout={**RESERVE["callout"], "mapping": [], "request": {
        "path": "/reservation/${record.id}", "body": {}}}),
    item("activate", "activation", "prepare"),
    item("look", "manual", "activate", condition="line.action == 'add'"),
)  # fmt: skip
ADJUSTED = (item("set", "activation"), item("test", "callout", "set", callout=PROBE))
ENDED = (
    item("switchOff", "activation"),
    item("release", "callout", "switchOff", callout={
        **RESERVE["callout"], "mapping": [],
        "request": {"method": "DELETE", "path": "/reservation/${record.id}"},
        "undoRequest": {"path": "/reservation/${record.id}", "body": {}}}),
)  # fmt: skip
PLANS = {"alarm": ALARM, "plain": PLAIN, "adjusted": ADJUSTED, "ended": ENDED}
PLANNED = ("TV Stream", "SD-WAN Overlay")
BY_PLAN = frozenset({"Alarm Line", *PLANNED})
TABLE = f"{OWN}/decisionTable"


def made(site: Site, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = site.admin.post(path, body)
    assert answer.status_code == 201, (path, answer.json)
    found: dict[str, Any] = answer.json
    return found


def changed(site: Site, path: str, body: dict[str, Any]) -> None:
    answer = site.admin.patch(path, body)
    assert answer.status_code == 200, (path, answer.json)


@dataclass
class Market:
    """A shop for one walk: a customer of its own, and phone numbers of its own."""

    shop: Shop
    pool: str
    places: list[str]
    loaded: int = 0
    numbers: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, site: Site, *, by_plan: bool) -> Market:
        """Open it; what is on sale is made once for a database."""
        with site.services.database.app.connection() as connection:
            connection.execute("delete from work")
        shop = Shop.open(site)
        shop.offerings["Alarm"] = _alarm(site)
        ((table,),) = site.rows(
            "select id::text from decision_table where doc ->> 'name' = 'Plain'"
        )
        changed(site, f"{TABLE}/{table}", {"isOn": by_plan})
        found = site.admin.get(RESOURCES, params={"name": "Phone Number"}).json
        ((count,),) = site.rows("select count(*) from resource_pool")
        pool = made(site, POOLS, {
            "name": f"Town {count}", "poolType": "geographicNumber", "quarantineDays": 2,
            "characteristic": "voiceNumber", "space": f"walk-{count}",
        })["id"]  # fmt: skip
        changed(site, f"{RESOURCES}/{found[0]['id']}", {"resourcePool": {"id": pool}})
        home = site.admin.get(f"{SITE}/{shop.place}").json
        second = {"name": "Office", "status": "active", "place": home["place"],
                  "relatedParty": home["relatedParty"]}  # fmt: skip
        market = cls(shop, pool, [shop.place, made(site, SITE, second)["id"]])
        market.load(NUMBERS)
        return market

    def load(self, count: int) -> None:
        """Bring more numbers."""
        first = 4930100 + self.loaded
        answer = self.shop.site.admin.post(
            f"{POOLS}/{self.pool}/range", {"first": str(first), "last": str(first + count - 1)}
        )
        assert answer.status_code == 201, answer.json
        self.loaded += count

    def line(self, ident: str, offering: str, at: int, **values: Any) -> dict[str, Any]:
        """Return an item that adds an offering at one of the customer's places."""
        found = self.shop.line(ident, offering, **values)
        found["product"]["place"][0]["id"] = self.places[at]
        return found


def _alarm(site: Site) -> str:
    """Put the alarm on sale with its plan, and the other plan beside it; return the offering."""
    known = site.admin.get(f"{CATALOG}/productOffering", params={"name": "Alarm"}).json
    if known:
        return str(known[0]["id"])
    for code in ("warehouse", "probe"):
        system = {"code": code, "name": code.capitalize(), "url": f"https://{code}.example.com"}
        made(site, f"{OWN}/outsideSystem", system)
    for code, items in PLANS.items():
        body = {"code": code, "name": code.capitalize(), "item": list(items)}
        drafted = made(site, f"{OWN}/planDefinition", body)
        changed(site, f"{OWN}/planDefinition/{drafted['id']}", {"lifecycleStatus": "published"})
    for name, code, services in (("Alarm", "alarm", ("Alarm Line",)), ("Plain", "plain", PLANNED)):
        cell = {"input": "specification", "value": list(services)}
        rows = [
            {"cell": [cell, {"input": "action", "value": [action]}], "result": result}
            for action, result in (("add", code), ("modify", "adjusted"), ("delete", "ended"))
        ]
        made(site, TABLE, {"name": name, "isOn": name == "Alarm", "row": rows})  # fmt: skip
    asked = [{"name": name, "valueType": kind, "configurable": True}
             for name, kind in (("zone", "string"), ("sensors", "integer"))]  # fmt: skip
    line = made(site, SERVICES, {
        "name": "Alarm Line", **LIVE, "@type": "ResourceFacingServiceSpecification",
        "specCharacteristic": [*asked, {"name": "panel", "valueType": "string"},
                               {"name": "reservation", "valueType": "string"}],
        "fulfilment": {"kind": "callout", "title": "Connect the alarm"},
    })["id"]  # fmt: skip
    mapping = [{"target": name, "source": name} for name in ("zone", "sensors")]
    link = {"id": line, "name": "Alarm Line", "relationshipType": "realisedAs", "mapping": mapping}
    product = made(site, f"{CATALOG}/productSpecification", {
        "name": "Alarm", **LIVE, "serviceSpecification": [link],
        "productSpecCharacteristic": asked})["id"]  # fmt: skip
    price = made(site, f"{CATALOG}/productOfferingPrice", {
        "name": "Alarm, monthly", "priceType": "recurring", "recurringChargePeriodType": "month",
        "recurringChargePeriodLength": 1, "price": {"unit": "EUR", "value": 3}, **LIVE,
    })["id"]  # fmt: skip
    return str(made(site, f"{CATALOG}/productOffering", {
        "name": "Alarm", "isSellable": True, **LIVE, "productOfferingPrice": [{"id": price}],
        "productSpecification": {"id": product}})["id"])  # fmt: skip
