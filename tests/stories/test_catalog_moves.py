"""A catalog is built in one installation and taken over into another, as often as one likes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest

from tests.support.operator import Operator, Record
from tests.support.program import Site, open_site
from trunkline.catalog.exchange import exchange
from trunkline.simulator.running import Running

RESOURCES = "/tmf-api/resourceCatalog/v4"
SERVICES = "/tmf-api/serviceCatalogManagement/v4"
PRODUCTS = "/tmf-api/productCatalogManagement/v4"
LISTS = {
    RESOURCES: ("resourceSpecification",),
    SERVICES: ("serviceSpecification",),
    PRODUCTS: ("productSpecification", "productOfferingPrice", "category", "productOffering",
               "catalog"),
}  # fmt: skip
EMPTY = "data:application/json,"


@pytest.fixture
def elsewhere(cluster: str, template: str) -> Iterator[Site]:
    """Another installation, whose catalog is empty."""
    with open_site(cluster, template) as site:
        yield site


def exported(site: Site, base: str) -> bytes:
    """Return the file that an export job of one interface writes."""
    made = site.admin.post(f"{base}/exportJob", {"url": EMPTY})
    assert made.status_code == 201, made.json
    site.work()
    job = site.admin.get(f"{base}/exportJob/{made.json['id']}").json
    assert job["status"] == "Succeeded", job
    return exchange().read(job["url"])


def imported(site: Site, base: str, content: bytes) -> Record:
    """Let a job read a file; return the job as it ended."""
    url = EMPTY + quote(content, safe="")
    assert unquote_to_bytes(url.removeprefix(EMPTY)) == content
    made = site.admin.post(f"{base}/importJob", {"url": url})
    assert made.status_code == 201, made.json
    site.work()
    job: Record = site.admin.get(f"{base}/importJob/{made.json['id']}").json
    return job


def all_of(site: Site, base: str, name: str) -> dict[str, Record]:
    """Return all entries of a list by their names."""
    found = site.admin.get(f"{base}/{name}", query_string="limit=1000").json
    assert len(found) == len({one["name"] for one in found})
    return {one["name"]: one for one in found}


def counts(site: Site) -> dict[str, int]:
    return {name: len(all_of(site, base, name)) for base, names in LISTS.items() for name in names}


@pytest.mark.accepts("CAT-11")
def test_the_whole_catalog_goes_over_and_a_second_time_only_what_is_new(
    cluster: str, template: str, elsewhere: Site, network: Running
) -> None:
    """The other installation has every entry under an id of its own, hanging together as here, and
    can sell from it. What is changed here and sent again changes there, and nothing is there
    twice. What cannot be taken is named with its reason, and the rest is taken."""
    with open_site(cluster, template) as here:
        Operator.open(here, network)
        _goes_over(here, elsewhere)
        _is_updated(here, elsewhere)
    _is_refused(elsewhere)


def _goes_over(here: Site, there: Site) -> None:
    for base in LISTS:
        job = imported(there, base, exported(here, base))
        assert (job["status"], job.get("errorLog")) == ("Succeeded", None), job
    assert counts(there) == counts(here)
    fibre = all_of(there, PRODUCTS, "productOffering")["Fibre 1G"]
    assert fibre["id"] != all_of(here, PRODUCTS, "productOffering")["Fibre 1G"]["id"]
    assert fibre["lifecycleStatus"] == "Active"
    own = all_of(there, PRODUCTS, "productSpecification")["Fibre Internet"]
    assert fibre["productSpecification"]["id"] == own["id"]
    service = all_of(there, SERVICES, "serviceSpecification")["Internet Access"]
    assert own["serviceSpecification"][0]["id"] == service["id"]
    port = all_of(there, RESOURCES, "resourceSpecification")["Fibre Port"]
    line = all_of(there, SERVICES, "serviceSpecification")["Fibre Access"]
    assert port["id"] in {one["id"] for one in line["resourceSpecification"]}
    home = all_of(there, PRODUCTS, "productOffering")["Fibre Home"]
    assert fibre["id"] in {one["id"] for one in home["bundledProductOffering"]}


def _is_updated(here: Site, there: Site) -> None:
    before = counts(there)
    fibre = all_of(here, PRODUCTS, "productOffering")["Fibre 1G"]["id"]
    told = {"description": "A gigabit for the home"}
    changed = here.admin.patch(f"{PRODUCTS}/productOffering/{fibre}", told)
    assert changed.status_code == 200, changed.json
    new = here.admin.post(f"{PRODUCTS}/productOffering", {"name": "Fibre 2G", "isSellable": True})
    assert new.status_code == 201, new.json
    ident = all_of(there, PRODUCTS, "productOffering")["Fibre 1G"]["id"]
    job = imported(there, PRODUCTS, exported(here, PRODUCTS))
    assert (job["status"], job.get("errorLog")) == ("Succeeded", None), job
    found = all_of(there, PRODUCTS, "productOffering")
    assert (found["Fibre 1G"]["id"], found["Fibre 1G"]["description"]) == (
        ident, "A gigabit for the home",
    )  # fmt: skip
    assert counts(there) == {**before, "productOffering": before["productOffering"] + 1}
    voice = found["Voice Flat"]
    versions = there.rows("select version from product_offering where id = %s", voice["id"])
    assert versions == [(1,)]
    again = imported(there, PRODUCTS, exported(here, PRODUCTS))
    assert again["status"] == "Succeeded"
    assert all_of(there, PRODUCTS, "productOffering") == found


def _is_refused(there: Site) -> None:
    offerings: list[dict[str, Any]] = [
        {"externalId": "good", "name": "Fibre 5G"},
        {"externalId": "homeless", "name": "Lost", "productSpecification": {"id": "no-such"}},
        {"externalId": "nameless"},
        {"externalId": "fine", "name": "Fibre 6G"},
    ]
    job = imported(there, PRODUCTS, json.dumps({"productOffering": offerings}).encode())
    assert job["status"] == "Failed"
    report = job["errorLog"].splitlines()
    assert report[0] == "2 refused, 2 stored (2 new), 0 unchanged"
    assert len(report) == 3
    lines = {line.split(":")[0]: line for line in report[1:]}
    assert "no-such" in lines["productOffering[1] homeless"]
    assert "name" in lines["productOffering[2] nameless"]
    assert {"Fibre 5G", "Fibre 6G"} <= all_of(there, PRODUCTS, "productOffering").keys()
