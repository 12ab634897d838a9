"""Large orders delivered as a project: phases of lines and sites, milestones that the lines say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ordering.dated import OWN, follow_dates, make, moment
from tests.ordering.scripted import Shop, refused
from tests.ordering.test_left_out import fallouts
from tests.support.pages import pages_of
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of

DAY_MINUTES = 24 * 60
PHASES: list[dict[str, Any]] = [
    {"name": "Survey", "stage": "before", "durationMinutes": DAY_MINUTES},
    {"name": "Built", "stage": "delivery"},
    {"name": "Accepted", "stage": "after", "durationMinutes": 2 * DAY_MINUTES},
]


def policy(site: Site, **more: Any) -> str:
    """Have orders of more lines or sites delivered as a project; the last policy is the one."""
    for (ident,) in site.rows("select id::text from order_policy"):
        site.admin.patch(f"{OWN}/orderPolicy/{ident}", {"isActive": False})
    made = make(site, "orderPolicy", effect="project", phase=PHASES,
                **{"name": "Rollout", "linesMin": 2, **more})  # fmt: skip
    return str(made["key"])


def milestones(shop: Shop, order: str) -> list[tuple[Any, str, str]]:
    """Return (lines, phase, state) of each milestone."""
    found = shop.site.admin.get(f"{OWN}/productOrder/{order}/project").json
    return [("+".join(one["itemId"]), one["name"], one["state"]) for one in found["milestone"]]


def report(shop: Shop, order: str, phase: str, lines: str) -> None:
    """Report a phase as done."""
    found = shop.site.admin.get(f"{OWN}/productOrder/{order}/project").json["milestone"]
    step = next(one["step"] for one in found
                if one["name"] == phase and "+".join(one["itemId"]) == lines)  # fmt: skip
    answer = shop.site.admin.post(f"{OWN}/task/{step}/complete", {"evidence": "signed"})
    assert answer.status_code == 200, answer.json
    shop.site.work()


def line(shop: Shop, order: str, ident: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in shop.read(order)["productOrderItem"] if one["id"] == ident
    )
    return found


def sent(shop: Shop, order: str) -> list[dict[str, Any]]:
    """Return the items of an order as somebody would send them."""
    noted = ("state", "internalState", "serviceOrder", "resourceOrder", "milestone")
    return [
        {name: value for name, value in one.items() if name not in noted}
        for one in shop.read(order)["productOrderItem"]
    ]


def revise(shop: Shop, order: str, *items: dict[str, Any]) -> None:
    """Change an order that runs to these items."""
    made = make(shop.site, f"productOrder/{order}/revision", productOrderItem=list(items))
    answer = shop.site.admin.post(f"{OWN}/orderRevision/{made['id']}/submit", {})
    assert answer.status_code == 200, answer.json
    shop.site.work()
    found = shop.site.admin.get(f"{OWN}/orderRevision/{made['id']}").json
    assert found["state"] == "applied", found


@pytest.mark.accepts("ORC-13")
def test_milestones_of_a_project_are_the_status_of_its_lines(shop: Shop, site: Site) -> None:
    """An order of two lines is large by the policy, one of a single line is not. Each line is
    surveyed before anything of it begins, and accepted before it is done; each milestone that is
    reached stands at its line with its date, and a phase that takes longer moves the date at
    which its line is expected. Lines go ahead of each other."""
    key = policy(site)
    begun = datetime.now(UTC)
    order = shop.order(shop.fibre("1"), shop.line("2", "TV Sports", pack="sports"))
    site.work()
    assert shop.read(order)["project"]["policy"] == key
    assert milestones(shop, order) == [
        ("1", "Survey", "ready"), ("1", "Built", "pending"), ("1", "Accepted", "pending"),
        ("2", "Survey", "ready"), ("2", "Built", "pending"), ("2", "Accepted", "pending"),
    ]  # fmt: skip
    assert not shop.network.received
    assert line(shop, order, "1")["milestone"] == {"next": "Survey"}

    report(shop, order, "Survey", "1")
    assert {one.name for one in shop.network.received} == {"Fibre Access"}
    said = line(shop, order, "1")
    assert (said["state"], said["milestone"]["name"], said["milestone"]["next"]) == (
        "inProgress", "Built", "Accepted",
    )  # fmt: skip
    assert "reachedAt" in said["milestone"]
    assert line(shop, order, "2")["milestone"] == {"next": "Survey"}
    follow_dates(site)
    expected = moment(line(shop, order, "2")["expectedCompletionDate"])
    assert expected - begun > timedelta(days=2, hours=23)  # its survey is still to come

    report(shop, order, "Accepted", "1")
    assert line(shop, order, "1")["state"] == "completed"
    assert line(shop, order, "1")["milestone"]["name"] == "Accepted"
    assert shop.read(order)["state"] == "inProgress"
    for phase in ("Survey", "Accepted"):
        report(shop, order, phase, "2")
    assert shop.read(order)["state"] == "completed"
    other = Shop.open(site)
    small = other.order(other.fibre("1"))
    site.work()
    assert "project" not in other.read(small)


@pytest.fixture
def admin(site: Site) -> Browser:
    """The browser of an administrator."""
    _ = site.admin
    browser = Browser(pages_of(site))
    assert browser.sign_in("admin").status_code == 303
    return browser


def branch_of(shop: Shop) -> str:
    """Give the customer another site and return its id."""
    path = "/tmf-api/geographicSiteManagement/v4/geographicSite"
    home = shop.site.admin.get(f"{path}/{shop.place}").json
    body = {"name": "Branch", "status": "active", "place": home["place"],
            "relatedParty": home["relatedParty"]}  # fmt: skip
    return str(shop.site.admin.post(path, body).json["id"])


def test_lines_of_a_site_go_through_the_phases_together(
    shop: Shop, site: Site, admin: Browser
) -> None:
    """Counted by sites, one site alone is not large enough, whatever its lines; two are, and the
    page shows how far each is with three statements."""
    policy(site, linesMin=None, sitesMin=2, per="site")
    one_site = shop.order(shop.fibre("1"), shop.line("2", "TV Sports", pack="sports"))
    site.work()
    assert "project" not in shop.read(one_site)
    other = Shop.open(site)
    far = other.line("3", "TV Sports", pack="sports")
    far["product"]["place"][0]["id"] = branch_of(other)
    order = other.order(other.fibre("1"), other.line("2", "TV Sports", pack="sports"), far)
    site.work()
    assert [one[:2] for one in milestones(other, order)] == [
        (lines, phase) for lines in ("1+2", "3") for phase in ("Survey", "Built", "Accepted")
    ]
    report(other, order, "Survey", "1+2")
    assert {line(other, order, one)["milestone"].get("name") for one in "12"} == {"Built"}
    page = f"/order/{other.read(order)['key']}"
    assert f'hx-get="{page}/project"' in source_of(admin.get(page))
    with counted() as asked:
        shown = admin.get(f"{page}/project")
    own = [one for one in asked if "session" not in one.lower() and not one.startswith("begin")]
    assert len(own) <= 3, asked
    assert "2 of 6 milestones" in words_of(shown.text)
    assert "Branch" in words_of(shown.text)


def test_a_project_follows_a_change_of_its_order(shop: Shop, site: Site) -> None:
    """A line that is asked for later gets its phases, one that goes takes its own with it."""
    policy(site)
    shop.network.script = {"Fibre Access": [refused]}
    order = shop.order(shop.fibre("1"), shop.line("2", "TV Sports", pack="sports"))
    site.work()
    report(shop, order, "Survey", "1")
    revise(shop, order, *(one for one in sent(shop, order) if one["id"] == "1"), shop.voice("3"))
    assert [one for one in milestones(shop, order) if one[1] == "Survey"] == [
        ("1", "Survey", "completed"), ("2", "Survey", "canceled"), ("3", "Survey", "ready"),
    ]  # fmt: skip
    assert "Voice Line" not in {one.name for one in shop.network.received}
    assert "milestone" not in line(shop, order, "2")
    assert line(shop, order, "3")["milestone"] == {"next": "Survey"}
    (stuck,) = fallouts(shop, order).values()
    assert site.admin.post(f"{OWN}/fallout/{stuck}/retry", {}).status_code == 200
    site.work()
    report(shop, order, "Survey", "3")
    for one in "13":
        report(shop, order, "Accepted", one)
    read = shop.read(order)
    states = {one["id"]: one["state"] for one in read["productOrderItem"]}
    assert (read["state"], states) == (
        "completed", {"1": "completed", "2": "cancelled", "3": "completed"},
    )  # fmt: skip


@pytest.mark.parametrize("comes_back", [False, True])
def test_a_line_that_leaves_its_site_waits_for_what_is_done(
    shop: Shop, site: Site, comes_back: bool
) -> None:
    """Nothing waits for the phases of a site that has no line any more; a site that is asked for
    again gets its phases anew, and the order ends."""
    policy(site, linesMin=None, sitesMin=2, per="site")
    far = shop.line("2", "TV Sports", pack="sports")
    branch = far["product"]["place"][0]["id"] = branch_of(shop)
    order = shop.order(shop.fibre("1"), far)
    site.work()
    moves = [(shop.place, {"1+2"}), (branch, {"1", "2"})]
    for place, expected in moves if comes_back else moves[:1]:
        one, two = sent(shop, order)
        two["product"]["place"][0]["id"] = place
        revise(shop, order, one, two)
        assert {said[0] for said in milestones(shop, order) if said[2] == "ready"} == expected
    for phase in ("Survey", "Accepted"):
        for lines in sorted(expected):
            report(shop, order, phase, lines)
    assert {said[2] for said in milestones(shop, order)} == {"completed"}
    assert shop.read(order)["state"] == "completed"


@pytest.mark.parametrize(
    "phases,code",
    [
        ([], "required"),
        ([{"name": "A", "stage": "after"}, {"name": "B", "stage": "before"}], "badSequence"),
        ([{"name": "A", "stage": "before"}, {"name": "A", "stage": "after"}], "duplicate"),
        ([{"name": "A", "stage": "before", "role": "nobody"}], "roleUnknown"),
    ],
)
def test_phases_are_looked_at_when_they_are_said(
    site: Site, phases: list[dict[str, Any]], code: str
) -> None:
    body = {"name": "Rollout", "effect": "project", "linesMin": 2, "phase": phases}
    answer = site.admin.post(f"{OWN}/orderPolicy", body)
    assert answer.status_code == 400
    assert code in {one["code"] for one in answer.json["fault"]}
