"""A regional operator for qualifications: a catalog with fibre and copper, and its coverage map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.program import Client, Site

CATALOG = "/tmf-api/productCatalogManagement/v4"
SERVICES = "/tmf-api/serviceCatalogManagement/v4/serviceSpecification"
PARTY = "/tmf-api/party/v4/individual"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
ADDRESS = "/tmf-api/geographicAddressManagement/v4/geographicAddress"
SITE = "/tmf-api/geographicSiteManagement/v4/geographicSite"
PRODUCT = "/tmf-api/productInventory/v4/product"
SERVICE = "/tmf-api/serviceInventory/v4/service"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
AREA = "/api/qualification/v1/coverageArea"
OWN = "/api/qualification/v1"
CHECK = "/tmf-api/serviceQualificationManagement/v4/checkServiceQualification"
QUERY = "/tmf-api/serviceQualificationManagement/v4/queryServiceQualification"
OFFER = "/tmf-api/productOfferingQualification/v4/productOfferingQualification"
LIVE = {"lifecycleStatus": "Active"}
Record = dict[str, Any]


@dataclass
class Region:
    """What the operator sells, by name, and how it is asked about."""

    site: Site
    specs: dict[str, str] = field(default_factory=dict)
    offers: dict[str, str] = field(default_factory=dict)

    @property
    def staff(self) -> Client:
        return self.site.admin

    def make(self, path: str, body: Record, client: Client | None = None) -> Record:
        answer = (client or self.staff).post(path, body)
        assert answer.status_code == 201, (path, answer.json)
        made: Record = answer.json
        return made

    def read(self, path: str, ident: str) -> Record:
        answer = self.staff.get(f"{path}/{ident}")
        assert answer.status_code == 200, answer.json
        found: Record = answer.json
        return found

    def refused(self, path: str, body: Record, status: int = 400) -> set[tuple[str, str]]:
        answer = self.staff.post(path, body)
        assert answer.status_code == status, answer.json
        return {(one["code"], one["path"]) for one in answer.json.get("fault", [])}

    def spec(self, name: str, **more: Any) -> str:
        self.specs[name] = self.make(SERVICES, {"name": name, **LIVE, **more})["id"]
        return self.specs[name]

    def offer(self, name: str, spec: str, down: int | None = None, **more: Any) -> str:
        characteristic = {"name": "downloadSpeed", "valueType": "integer", "configurable": True}
        product: Record = {"name": name, **LIVE, "serviceSpecification": [
            {"id": self.specs[spec], "relationshipType": "realisedAs"}]}  # fmt: skip
        uses = []
        if down is not None:
            product["productSpecCharacteristic"] = [characteristic]
            given = [{"value": down, "isDefault": True}]
            uses = [{"name": "downloadSpeed", "productSpecCharacteristicValue": given}]
        price = {"name": f"{name} monthly", **LIVE, "priceType": "recurring",
                 "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
                 "price": {"unit": "EUR", "value": 12.5}}  # fmt: skip
        cost = self.make(f"{CATALOG}/productOfferingPrice", price)["id"]
        body: Record = {
            "name": name, **LIVE, "isSellable": True, **more,
            "productOfferingPrice": [{"id": cost}],
            "productSpecification": {
                "id": self.make(f"{CATALOG}/productSpecification", product)["id"]
            },
        }  # fmt: skip
        if uses:
            body["prodSpecCharValueUse"] = uses
        self.offers[name] = self.make(f"{CATALOG}/productOffering", body)["id"]
        return self.offers[name]

    def area(self, spec: str, **more: Any) -> str:
        body = {"name": f"{spec} area", "serviceSpecification": {"id": self.specs[spec]}, **more}
        return str(self.make(AREA, body)["id"])

    def customer(self, name: str = "Priya Raman", **more: Any) -> str:
        given, family = name.split()
        party = self.make(PARTY, {"givenName": given, "familyName": family})["id"]
        role = {"name": name, "status": "active", "engagedParty": {"id": party}, **more}
        return str(self.make(CUSTOMER, role)["id"])

    def home(self, customer: str, **lines: str) -> str:
        address = self.make(ADDRESS, lines)["id"]
        body = {"name": "Home", "status": "active",
                "relatedParty": [{"id": customer, "role": "customer"}],
                "place": [{"id": address, "@referredType": "GeographicAddress"}]}  # fmt: skip
        return str(self.make(SITE, body)["id"])

    def check(self, *items: Record, customer: str | None = None, **more: Any) -> Record:
        who = [{"id": customer or self.customer(), "role": "customer"}]
        body = {"relatedParty": who, "serviceQualificationItem": list(items), **more}
        return self.make(CHECK, body)

    def qualify(self, *names: str, customer: str = "", place: Any = None, **more: Any) -> Record:
        body: Record = {**more}
        if names:
            body["productOfferingQualificationItem"] = [
                {"id": str(number), "action": "add", "productOffering": {"id": self.offers[one]}}
                for number, one in enumerate(names, 1)
            ]
        if customer:
            body["relatedParty"] = [{"id": customer, "role": "customer"}]
        if place is not None:
            body["place"] = [place]
        return self.make(OFFER, body)


def at(**lines: str) -> Record:
    """Return an address as a place."""
    return {**lines, "role": "installation"}


def by_site(ident: str) -> Record:
    return {"id": ident, "role": "installation", "@referredType": "GeographicSite"}


def item(ident: str, spec: str, place: Record | None = None, **values: Any) -> Record:
    """Return an item of a check of services."""
    service: Record = {"serviceSpecification": {"id": spec}}
    if place is not None:
        service["place"] = [place]
    if values:
        service["serviceCharacteristic"] = [{"name": n, "value": v} for n, v in values.items()]
    return {"id": ident, "service": service}


def results(check: Record) -> list[str | None]:
    """Return what came of the items, in their order."""
    items = check.get("serviceQualificationItem") or check["productOfferingQualificationItem"]
    return [one.get("qualificationResult", one.get("qualificationItemResult")) for one in items]


def reasons(one: Record) -> set[str]:
    return {each["code"] for each in one.get("eligibilityUnavailabilityReason", [])}


@pytest.fixture(scope="module")
def region(site: Site) -> Region:
    """Fibre on two streets of Kranichfeld, copper in the whole town, more fibre to come."""
    made = Region(site)
    made.spec("Copper Line", qualification={"validDays": 10})
    made.spec("Glass Line", serviceSpecRelationship=[
        {"id": made.specs["Copper Line"], "name": "Copper Line",
         "relationshipType": "alternative"}])  # fmt: skip
    made.spec("Web Space")
    town = {"city": "Kranichfeld", "postcodeFrom": "99440", "postcodeTo": "99449"}
    made.area("Copper Line", **town, maxDownloadSpeed=50, technology="VDSL")
    made.area("Glass Line", **town, streetName="Alexanderstraße", numberFrom=1, numberTo=40,
              maxDownloadSpeed=1000, technology="GPON")  # fmt: skip
    made.area("Glass Line", **town, streetName="Weimarer Weg", maxDownloadSpeed=300,
              technology="GPON")  # fmt: skip
    made.area("Glass Line", **town, streetName="Burgplatz", maxDownloadSpeed=1000,
              availableFrom="2031-04-01T00:00:00Z")  # fmt: skip
    return made
