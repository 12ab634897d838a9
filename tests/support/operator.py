"""An operator for stories: a catalog on sale, customers who order from it, a network behind it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.program import Client, Site
from trunkline.demo import catalog
from trunkline.kernel.work import as_system
from trunkline.ordering.retry_policy import RetryPolicy, use_policy
from trunkline.simulator.running import Running

PARTY = "/tmf-api/party/v4"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
ADDRESS = "/tmf-api/geographicAddressManagement/v4/geographicAddress"
SITE = "/tmf-api/geographicSiteManagement/v4/geographicSite"
OFFERING = "/tmf-api/productCatalogManagement/v4/productOffering"
SERVICE_SPECIFICATION = "/tmf-api/serviceCatalogManagement/v4/serviceSpecification"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
CANCEL = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
PRODUCT = "/tmf-api/productInventory/v4/product"
SERVICE = "/tmf-api/serviceInventory/v4/service"
RESOURCE = "/tmf-api/resourceInventoryManagement/v4/resource"
SERVICE_ORDER = "/tmf-api/serviceOrdering/v4/serviceOrder"
RESOURCE_ORDER = "/tmf-api/resourceOrderingManagement/v4/resourceOrder"
EVENT = "/tmf-api/event/v4/event"
RATE = "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate"
OWN = "/api/ordering/v1"
FALLOUT = f"{OWN}/fallout"

SPEEDS = {100: ("Fibre 100M", 50), 500: ("Fibre 500M", 250), 1000: ("Fibre 1G", 500)}
AT_ONCE = RetryPolicy(technical=(0, 0), unknown=(0, 0), ask_first_s=3600)

Record = dict[str, Any]


def values(record: Record) -> dict[str, Any]:
    """Return the characteristics of a product, service or resource by name."""
    for name in ("productCharacteristic", "serviceCharacteristic", "resourceCharacteristic"):
        if name in record:
            return {one["name"]: one["value"] for one in record[name]}
    return {}


def linked(record: Record, name: str) -> set[str]:
    """Return the ids that a list of references holds."""
    return {one["id"] for one in record.get(name, [])}


def codes(answer: Any) -> set[tuple[str, str]]:
    """Return the code and the path of every fault in a refusal."""
    return {(one["code"], one["path"]) for one in answer.json.get("fault", [])}


@dataclass
class Operator:
    """One installation as its staff sees it. `staff` may do everything."""

    site: Site
    network: Running
    offerings: Mapping[str, str]

    @classmethod
    def open(cls, site: Site, network: Running) -> Operator:
        """Put the catalog on sale."""
        with as_system(site.services, "tests") as work:
            stored = catalog.load(work)
        use_policy(site.services, AT_ONCE)
        return cls(site, network, dict(stored.offerings))

    @property
    def staff(self) -> Client:
        return self.site.admin

    # --- customers -----------------------------------------------------------------------------

    def ada(self) -> Customer:
        """A person with one home, who has nothing yet."""
        body = {"givenName": "Ada", "familyName": "Lovelace"}
        party = self.make(f"{PARTY}/individual", body)["id"]
        return self._customer("Ada Lovelace", party, ["Home"])

    def company(self, *places: str) -> Customer:
        """A company with several sites."""
        body = {"tradingName": "Analytical Engines", "isLegalEntity": True}
        party = self.make(f"{PARTY}/organization", body)["id"]
        return self._customer("Analytical Engines", party, list(places))

    def _customer(self, name: str, party: str, places: list[str]) -> Customer:
        role = {"name": name, "status": "active", "engagedParty": {"id": party}}
        ident = self.make(CUSTOMER, role)["id"]
        owner = [{"id": ident, "role": "customer"}]
        account = {"name": f"{name}, main account", "state": "active", "relatedParty": owner}
        made = Customer(self, ident, party, self.make(ACCOUNT, account)["id"])
        for place in places:
            address = self.make(ADDRESS, {"streetName": "Mill Lane", "city": "Nordhaven"})["id"]
            site = {"name": place, "status": "active", "relatedParty": owner,
                    "place": [{"id": address, "@referredType": "GeographicAddress"}]}  # fmt: skip
            made.places.append(self.make(SITE, site)["id"])
        return made

    # --- the API -------------------------------------------------------------------------------

    def make(self, path: str, body: Record) -> Record:
        """Create a record that must be taken."""
        answer = self.staff.post(path, body)
        assert answer.status_code == 201, (path, answer.json)
        made: Record = answer.json
        return made

    def read(self, path: str, ident: str = "") -> Record:
        """Return one record."""
        answer = self.staff.get(f"{path}/{ident}" if ident else path)
        assert answer.status_code == 200, (path, answer.json)
        found: Record = answer.json
        return found

    def find(self, path: str, **filters: str) -> list[Record]:
        """Return the records that filters let through; `__` in a name stands for a dot."""
        query = "&".join(f"{name.replace('__', '.')}={value}" for name, value in filters.items())
        answer = self.staff.get(path, query_string=query)
        assert answer.status_code in (200, 206), (path, answer.json)
        found: list[Record] = answer.json
        return found

    def events(self, record: str, kind: str) -> list[Record]:
        """Return the events of one kind about a record, the oldest first."""
        return [one for one in self.find(EVENT, subject=record) if one["eventType"] == kind]

    def audit(self, record: str) -> list[tuple[str, str, str]]:
        """Return who did what by which channel to a record, the oldest first."""
        return [
            (str(name), str(channel), str(action))
            for name, channel, action in self.site.rows(
                "select actor_name, channel, action from audit where subject = %s order by version",
                record,
            )
        ]

    # --- time passes ---------------------------------------------------------------------------

    def settle(self) -> None:
        """Let everything happen that can happen now."""
        self.site.work()

    def hurry(self) -> None:
        """Make all waiting work due, as if its time had come, and let it happen."""
        with self.site.services.database.app.connection() as connection:
            connection.execute("update work set run_at = now(), lease_until = null")
        self.settle()

    def wait_until(self, holds: Callable[[], bool], *, timeout_s: float = 45) -> None:
        """Let things happen until something holds, for what comes from outside by itself."""
        end = time.monotonic() + timeout_s
        while True:
            self.settle()
            if holds():
                return
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.02)

    # --- the network ---------------------------------------------------------------------------

    def commands(self) -> list[Record]:
        """Return what the network knows of each command that it got."""
        found: list[Record] = self.network.effects()["commands"]
        return found

    def in_network(self) -> dict[str, list[str]]:
        """Return the states of the network's services by their name."""
        found: dict[str, list[str]] = {}
        for one in self.network.effects()["services"].values():
            found.setdefault(one["name"], []).append(one["state"])
        return found


@dataclass
class Customer:
    """Somebody who orders. `places` are the sites, home first."""

    operator: Operator
    id: str
    party: str
    account: str
    places: list[str] = field(default_factory=list)

    # --- what an order says --------------------------------------------------------------------

    def add(self, ident: str, offering: str, *, at: int | None = 0, **values: Any) -> Record:
        """Return an item that adds an offering at one of the customer's places."""
        product: Record = {
            "productCharacteristic": [{"name": n, "value": v} for n, v in values.items()]
        }
        if at is not None:
            place = {"id": self.places[at], "@referredType": "GeographicSite"}
            product["place"] = [{**place, "role": "installation"}]
        sold = {"id": self.operator.offerings[offering]}
        return {"id": ident, "action": "add", "productOffering": sold, "product": product}

    def fibre(self, ident: str = "1", speed: int = 1000, installation: str = "self") -> Record:
        name, up = SPEEDS[speed]
        return self.add(ident, name, downloadSpeed=speed, uploadSpeed=up, installation=installation)

    def voice(self, ident: str = "2") -> Record:
        return self.add(ident, "Voice Flat", lines=1)

    def change(
        self, ident: str, action: str, product: str, offering: str | None = None, **values: Any
    ) -> Record:
        """Return an item that does something to a product that the customer has."""
        held: Record = {"id": product}
        if values:
            held["productCharacteristic"] = [{"name": n, "value": v} for n, v in values.items()]
        item: Record = {"id": ident, "action": action, "product": held}
        if offering is not None:
            item["productOffering"] = {"id": self.operator.offerings[offering]}
        return item

    def faster(self, product: str, speed: int = 500, action: str = "modify") -> Record:
        """Return an item that gives a fibre product another speed."""
        name, up = SPEEDS[speed]
        return self.change("1", action, product, name, downloadSpeed=speed, uploadSpeed=up)

    def body(self, *items: Record, **more: Any) -> Record:
        """Return an order of these items as a channel would send it."""
        return {
            "relatedParty": [{"id": self.id, "role": "customer"}],
            "billingAccount": {"id": self.account},
            "productOrderItem": list(items),
            **more,
        }

    def fees(self) -> list[float]:
        """Return the fees that wait for the customer's next bill, the oldest first."""
        found = self.operator.find(RATE, billingAccount__id=self.account, isBilled="false")
        kept = sorted((one for one in found if one["type"] == "fee"), key=lambda one: one["key"])
        return [float(one["taxExcludedAmount"]["value"]) for one in kept]

    # --- orders --------------------------------------------------------------------------------

    def orders(self, *items: Record, **more: Any) -> Order:
        """Send an order in; nothing happens to it before time passes."""
        return Order(self.operator, self.operator.make(ORDER, self.body(*items, **more))["id"])

    def has(self, *items: Record) -> Order:
        """Send an order in and see it completed."""
        order = self.orders(*items)
        self.operator.settle()
        assert order.state == "completed", order.steps
        return order

    def refused(self, *items: Record, **more: Any) -> Any:
        """Send an order in that must be refused; return the answer."""
        answer = self.operator.staff.post(ORDER, self.body(*items, **more))
        assert answer.status_code in (400, 409), answer.json
        return answer


@dataclass(frozen=True)
class Order:
    """An order, always as it is now."""

    operator: Operator
    id: str

    def read(self) -> Record:
        return self.operator.read(ORDER, self.id)

    @property
    def key(self) -> str:
        return str(self.read()["key"])

    @property
    def state(self) -> str:
        return str(self.read()["state"])

    @property
    def items(self) -> dict[str, str]:
        """The states of the items."""
        return {one["id"]: one["state"] for one in self.read()["productOrderItem"]}

    def product(self, item: str = "1") -> Record:
        """Return the product of an item."""
        found = {one["id"]: one["product"]["id"] for one in self.read()["productOrderItem"]}
        return self.operator.read(PRODUCT, found[item])

    def _parts(self, name: str, path: str) -> dict[str, Record]:
        items = self.read()["productOrderItem"]
        idents = {ref["id"] for item in items for ref in item.get(name, [])}
        return {ident: self.operator.read(path, ident) for ident in sorted(idents)}

    @property
    def service_orders(self) -> dict[str, Record]:
        """The service orders that the items name, by the name of their service."""
        found = self._parts("serviceOrder", SERVICE_ORDER).values()
        return {one["serviceOrderItem"][0]["service"]["name"]: one for one in found}

    @property
    def resource_orders(self) -> dict[str, Record]:
        """The resource orders that the items name, by the name of their resource."""
        found = self._parts("resourceOrder", RESOURCE_ORDER).values()
        return {one["orderItem"][0]["resource"]["name"]: one for one in found}

    @property
    def services(self) -> dict[str, Record]:
        """The services that the service orders are about, by name."""
        return {
            name: self.operator.read(SERVICE, one["serviceOrderItem"][0]["service"]["id"])
            for name, one in self.service_orders.items()
        }

    @property
    def resources(self) -> dict[str, Record]:
        """The resources that the resource orders are about, by name."""
        return {
            name: self.operator.read(RESOURCE, one["orderItem"][0]["resource"]["id"])
            for name, one in self.resource_orders.items()
        }

    # --- the plan ------------------------------------------------------------------------------

    @property
    def plan(self) -> Record:
        return self.operator.read(f"{OWN}/productOrder/{self.id}/plan")

    @property
    def steps(self) -> dict[str, str]:
        """The states of the steps by their key, without place."""
        return {step_name(one): one["state"] for one in self.plan["item"]}

    def step(self, name: str) -> Record:
        """Return the step of a service, resource or task by its name."""
        return next(one for one in self.plan["item"] if step_name(one) == name)

    # --- what people do about it ---------------------------------------------------------------

    def fallouts(self, **filters: str) -> list[Record]:
        return self.operator.find(FALLOUT, productOrder__id=self.id, **filters)

    def cancel(self, reason: str = "changed my mind") -> Record:
        """Ask for the cancellation and return the task as it is then."""
        body = {"productOrder": {"id": self.id}, "cancellationReason": reason}
        ident = self.operator.make(CANCEL, body)["id"]
        self.operator.settle()
        return self.operator.read(CANCEL, ident)


def step_name(step: Record) -> str:
    """Return what a step is called in stories: its name, `Undo: …`, or its key for milestones."""
    if step["kind"] in ("milestone", "timer"):
        return str(step["nodeKey"])
    name = step["name"] if step["layer"] != "product" else f"product {step['itemId']}"
    return f"Undo: {name}" if step["direction"] == "undo" else str(name)
