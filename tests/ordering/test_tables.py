"""Decision tables: one form of rules for plans, policies, priorities and eligibility."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ordering.dated import OWN, VISIT, follow_dates, level_of, make, step, visited
from tests.ordering.scripted import Shop
from tests.support.program import Site

OFFER = "/tmf-api/productOfferingQualification/v4/productOfferingQualification"
TABLE = f"{OWN}/decisionTable"


@pytest.fixture(autouse=True)
def no_table_stays(site: Site) -> Iterator[None]:
    yield
    for kind in ("decisionTable", "orderPolicy", "deliveryPolicy"):
        for one in site.admin.get(f"{OWN}/{kind}").json:
            assert site.admin.delete(f"{OWN}/{kind}/{one['id']}").status_code == 204


def row(result: str, condition: str | None = None, **cells: str) -> dict[str, Any]:
    listed = [{"input": name, "value": [value]} for name, value in cells.items()]
    return {"cell": listed, "result": result} | ({"condition": condition} if condition else {})


def table(site: Site, purpose: str, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"name": f"By {purpose}", "purpose": purpose, "isOn": True, "row": list(rows), **more}
    return make(site, "decisionTable", **body)


def refused(site: Site, purpose: str, *rows: dict[str, Any], **more: Any) -> set[tuple[str, str]]:
    body = {"name": "No", "purpose": purpose, "isOn": True, "row": list(rows), **more}
    answer = site.admin.post(TABLE, body)
    assert answer.status_code == 400, answer.json
    return {(one["code"], one["path"]) for one in answer.json["fault"]}


def exported(site: Site, *names: str) -> dict[str, Any]:
    query = "section=" + ",".join(names)
    found: dict[str, Any] = site.admin.get("/api/governance/v1/package", query_string=query).json
    return found


def imported(site: Site, package: dict[str, Any]) -> list[dict[str, Any]]:
    answer = site.admin.post("/api/governance/v1/package/import", {"package": package})
    assert answer.status_code == 200, answer.json
    found: list[dict[str, Any]] = answer.json["item"]
    return found


@pytest.mark.accepts("NFR-10")
def test_a_table_is_not_put_on_with_examples_that_come_out_otherwise(site: Site) -> None:
    """Whatever a table is for: unknown inputs and results are refused, its examples are run as it
    is put on, and on demand after that."""
    urgent = row("high", channel="shop")
    wrong = {"name": "By telephone", "given": {"channel": "phone"}, "expected": "high"}
    assert refused(site, "priority", urgent, testCase=[wrong]) == {("testCaseFails", "testCase[0]")}
    assert refused(site, "priority", row("urgent")) == {("badValue", "row[0].result")}
    assert refused(site, "priority", row("high", layer="service")) == {
        ("badValue", "row[0].cell[0].input")
    }
    for wrong_word in ({"action": "adding"}, {"layer": "srvice"}):
        assert ("badValue", "row[0].cell[0].value") in refused(
            site, "planDefinition", row("alarm", **wrong_word)
        )
    for given, path in (
        ({"chanel": "shop"}, "testCase[0].given.chanel"),
        ("shop", "testCase[0].given"),
    ):
        case = {"name": "Mistyped", "given": given}
        assert path in {one for _, one in refused(site, "priority", urgent, testCase=[case])}
    assert refused(site, "linePolicy", row("Nobody")) == {("policyUnknown", "row[0].result")}
    right = {"name": "In the shop", "given": {"channel": "shop"}, "expected": "high"}
    made = table(site, "priority", urgent, testCase=[right])
    asked = site.admin.post(f"{TABLE}/{made['id']}/evaluate", {"given": {"channel": "shop"}})
    assert (asked.json["result"], asked.json["row"], asked.json["fault"]) == ("high", 0, [])
    mistyped = {"given": {"chanel": "shop", "offering": None}}
    refusal = site.admin.post(f"{TABLE}/{made['id']}/evaluate", mistyped)
    (fault,) = refusal.json["fault"]
    assert (refusal.status_code, fault["path"]) == (400, "given.chanel")
    assert "there are: offering, action, channel" in fault["message"]
    assert site.admin.post(f"{TABLE}/{made['id']}/evaluate", {"given": {}}).json == {"fault": []}


@pytest.mark.accepts("NFR-10")
def test_a_table_says_how_urgent_a_line_is(shop: Shop, site: Site) -> None:
    """Lines of one offering in one channel are critical, others go without."""
    table(site, "priority", row("critical", offering="Voice Flat", channel="shop"))
    order = shop.order(shop.voice("1"), shop.fibre("2"), channel=[{"id": "shop"}])
    read = shop.read(order)
    assert (read["priority"], read["priorityScore"]) == ("0", 90)
    assert [one.get("priority") for one in read["productOrderItem"]] == ["0", None]
    assert "priority" not in shop.read(shop.order(shop.voice("1")))


@pytest.mark.accepts("NFR-10")
def test_a_table_picks_the_policy_that_looks_at_an_order(shop: Shop, site: Site) -> None:
    """A policy that no order meets by itself is met where the table names it."""
    make(site, "orderPolicy", name="Look twice", effect="review", condition="false")
    table(site, "enrichment", row("Look twice", channel="kiosk"))
    held = shop.read(shop.order(shop.voice("1"), channel=[{"id": "kiosk"}]))
    free = shop.read(shop.order(shop.voice("1"), channel=[{"id": "web"}]))
    assert [one["internalState"] for one in (held, free)] == ["submitted", "acknowledged"]


@pytest.mark.accepts("NFR-10")
def test_a_table_picks_the_delivery_policy(shop: Shop, site: Site) -> None:
    """How long a technician takes, and when a line is in danger, as the policy says that the
    tables name; by themselves these policies are about nothing here."""
    nothing = {"specification": ["Something else"]}
    make(site, "deliveryPolicy", name="Slow", taskThreshold=[{"percent": 1, "level": "critical"}],
         **nothing)  # fmt: skip
    make(site, "deliveryPolicy", name="Strict",
         lineThreshold=[{"percent": -1000, "level": "critical"}], **nothing)  # fmt: skip
    table(site, "linePolicy", row("Strict", specification="Fibre 1G"))
    table(site, "jeopardy", row("Slow", taskKind="manual"))
    order = visited(shop, committedCompletionDate="2099-01-01T00:00:00.000Z")
    site.move_clock(600)
    follow_dates(site)
    assert level_of(shop, order) == "critical"
    assert step(shop, order, VISIT)["jeopardyLevel"] == "critical"
    for one in site.admin.get(TABLE).json:
        assert site.admin.patch(f"{TABLE}/{one['id']}", {"isOn": False}).status_code == 200
    assert step(shop, order, VISIT)["jeopardyLevel"] == "none"


@pytest.mark.accepts("NFR-10")
def test_a_table_says_who_may_have_an_offering(shop: Shop, site: Site) -> None:
    """An offering is not for what one channel asks; the answer names the table and the row."""

    def qualified(channel: str) -> dict[str, Any]:
        answer = site.admin.post(OFFER, {
            "relatedParty": [{"id": shop.customer, "role": "customer"}],
            "channel": {"id": channel},
            "productOfferingQualificationItem": [
                {"id": "1", "productOffering": {"id": shop.offerings["Voice Flat"]},
                 "product": {"place": [{"id": shop.place, "@referredType": "GeographicSite",
                                        "role": "installation"}]}}
            ],
        })  # fmt: skip
        assert answer.status_code in (200, 201), answer.json
        found: dict[str, Any] = answer.json["productOfferingQualificationItem"][0]
        return found

    table(site, "eligibility", row("notEligible", offering="Voice Flat", channel="partner"))
    told = str(qualified("partner"))
    assert "By eligibility, row 1" in told
    assert "By eligibility" not in str(qualified("web"))


def test_tables_and_policies_go_along_in_packages(shop: Shop, site: Site) -> None:
    """Exported, taken away and imported again, tables, order policies and plan definitions are
    what they were; a second import changes nothing."""
    make(site, "orderPolicy", name="Look twice", effect="review", condition="false")
    made = make(site, "planDefinition", code="package-plan", name="Packaged",
                item=[{"id": "look", "title": "Look", "kind": "manual"}])  # fmt: skip
    publish = site.admin.patch(f"{OWN}/planDefinition/{made['id']}",
                               {"lifecycleStatus": "published"})  # fmt: skip
    assert publish.status_code == 200, publish.json
    table(site, "enrichment", row("Look twice", channel="kiosk"))
    table(site, "planDefinition", row("package-plan", specification="Packaged"))
    names = ("orderPolicies", "planDefinitions", "decisionTables")
    package = exported(site, *names)
    assert [len(package["section"][one]) >= 1 for one in names] == [True] * 3
    for kind in ("decisionTable", "orderPolicy"):
        for one in site.admin.get(f"{OWN}/{kind}").json:
            assert site.admin.delete(f"{OWN}/{kind}/{one['id']}").status_code == 204
    taken = [one["state"] for one in imported(site, package)]
    assert (taken.count("created"), set(taken)) == (3, {"created", "same"})
    site.work()
    kinds = {one["purpose"] for one in site.admin.get(TABLE).json}
    assert kinds == {"enrichment", "planDefinition"}
    assert exported(site, *names)["section"] == package["section"]
    assert {one["state"] for one in imported(site, package)} == {"same"}
