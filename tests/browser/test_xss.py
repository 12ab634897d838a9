"""What people write is never code: hundreds of payloads, in all they may write, on every page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest

from tests.browser.conftest import CUSTOMER, PARTY, Office, open_office
from tests.browser.payloads import MARK, PAYLOADS, WHOLE_NAMES
from tests.browser.poison import ABOUT, VIEW_MAX, Code, write_beside, write_extensions
from tests.browser.poison_reasons import PLACES, REASONS
from tests.browser.poison_records import Filler
from tests.support.chromium import served, settled
from tests.support.pages import browser_of, pages_of
from tests.support.program import open_site
from tests.web.browser import Browser
from trunkline.access.standard import ROLES
from trunkline.kernel.resource import Resource, registry
from trunkline.web.addresses import Addresses
from trunkline.workspace.search_index import catch_up

RESOURCES = [one for one in registry.resources.values() if one.published]
TURNS = 4
"""How many records of a kind are stored: fields that take long texts hold all payloads by then."""
ENOUGH = 200
FIELDS_MIN = 780
LISTED = 6
KIND = re.compile(r"\{(\w+)\}")
BY_HAND = (
    "/customer/{customer}", "/order/{productOrder}", "/hierarchy/{organization}",
    "/places/site/{geographicSite}", "/places/address/{geographicAddress}",
    "/catalog/productOffering/{productOffering}", "/quote/{quote}", "/tickets/{troubleTicket}",
    "/leads/{salesLead}/convert", "/opportunities/{salesOpportunity}",
    "/bills/{customerBill}/correct", "/campaigns/{marketingCampaign}", "/visits/{workOrder}",
    "/problems/{serviceProblem}", "/cart/{shoppingCart}", "/plans/{planDefinition}",
    "/customer/{customer}/panel/contacts", "/customer/{customer}/panel/accounts",
    "/customer/{customer}/panel/sales", "/customer/{customer}/panel/tickets",
    "/customer/{customer}/panel/bills",
)  # fmt: skip
AT_PORTAL = ("/my", "/my/orders", "/my/requests", "/my/profile", "/my/cart", "/my/shop")
BESIDE = {
    "notes": [f"{{{key}}}/timeline?kind=note" for _, key in ABOUT],
    "tasks": [f"{{{key}}}/timeline?kind=task" for _, key in ABOUT] + ["/my-tasks"],
    "files": [f"{{{key}}}/timeline?kind=file" for _, key in ABOUT],
    "views": [f"/r/{one}" for one in ("customer", "organization", "productOffering")],
    "people": ["/administration/users", "/my-tasks/people?q=x"],
}


@pytest.fixture(scope="module")
def office(cluster: str, template: str) -> Iterator[Office]:
    """An operator of its own: what is written here stands in the way of whoever looks for names."""
    with open_site(cluster, template) as site, served(pages_of(site).app) as origin:
        yield open_office(site, origin)


@pytest.fixture(scope="module")
def browser(office: Office) -> Browser:
    """The browser of an administrator, without a screen."""
    return browser_of(office.site, "admin")


@dataclass
class Poison:
    """The records that hold payloads: their keys by how addresses name their kind; what fills."""

    keys: dict[str, list[str]] = field(default_factory=dict)
    fillers: list[Filler] = field(default_factory=list)


@pytest.fixture(scope="module")
def filled(office: Office) -> Poison:
    """Records of each kind whose every text holds payloads, as far as it takes any."""
    found, addresses = Poison(), Addresses(registry)
    for resource in RESOURCES:
        filler = Filler(resource, office.site.admin)
        made = [one for _ in range(TURNS) if (one := filler.store()) is not None]
        found.fillers.append(filler)
        if filler.held:
            segment = addresses.of_list(resource).rpartition("/")[2]
            found.keys[segment] = [one["key"] for one in made]
    catch_up(office.site.services)
    return found


@pytest.fixture(scope="module")
def poison(filled: Poison) -> dict[str, list[str]]:
    """The keys of the records that hold the payloads, by how addresses name their kind."""
    return filled.keys


@pytest.fixture(scope="module")
def beside(office: Office) -> dict[str, list[str]]:
    """The pages that show the payloads which stand beside records, by what they were written as."""
    write_beside(office)
    base = {key: _page_of(registry[kind], office.keys[key]) for kind, key in ABOUT}
    return {what: [one.format(**base) for one in places] for what, places in BESIDE.items()}


def _page_of(resource: Resource, key: str) -> str:
    return f"{Addresses(registry).of_list(resource)}/{key}"


def code_on(browser: Browser, place: str) -> tuple[list[str], str]:
    """Return the code that stands in the source of a page, and that source."""
    answer = browser.get(place)
    if answer.status_code == 405:  # of what nobody may change there is no form
        return [], ""
    assert answer.status_code == 200, (place, answer.text[-900:])
    reader = Code()
    reader.feed(answer.text)
    return reader.found[:3], answer.text


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= ENOUGH
    assert len([one for one in PAYLOADS if len(one) <= VIEW_MAX]) >= ENOUGH
    assert all(MARK in one for one in PAYLOADS)


def test_every_text_that_may_be_written_holds_payloads(filled: Poison) -> None:
    """Each text of each kind that can be made, or else it was refused for what it is not."""
    bare: list[str] = []
    for one in filled.fillers:
        for place in one.places():
            name = ".".join((one.resource.name, *place))
            is_said = one.refused.get(place) in REASONS or name in PLACES
            if place not in one.held and not is_said:
                bare.append(f"{name}: {one.refused.get(place)} {one.why[:200]}")
    assert bare == []
    held = sum(len(one.held & {*one.places()}) for one in filled.fillers)
    assert held >= FIELDS_MIN
    shown = [text for one in filled.fillers for text in one.written]
    assert [one for one in PAYLOADS if not any(one in each for each in shown)] == []


def test_no_source_has_code_from_a_record(browser: Browser, poison: dict[str, list[str]]) -> None:
    """Of each record that holds payloads: detail, form, history, peek; and its list."""
    wrong: dict[str, Any] = {}
    seen = 0
    for path, keys in poison.items():
        places = [f"/r/{path}?limit=100"]
        places += [f"/r/{path}/{key}" for key in keys]
        places.append(f"/r/{path}/{keys[0]}/edit")
        places += [f"/r/{path}/{keys[-1]}?tab=history", f"/r/{path}/{keys[-1]}/peek"]
        for place in places:
            found, text = code_on(browser, place)
            seen += MARK in text
            if found:
                wrong[place] = found
    assert wrong == {}
    assert seen > len(poison)


def test_no_source_of_a_page_made_by_hand_has_code(
    office: Office, browser: Browser, poison: dict[str, list[str]]
) -> None:
    """Of quotes, tickets, leads, bills, campaigns, visits and others, and of the portal."""
    seen = 0
    for place in by_hand(poison):
        found, text = code_on(browser, place)
        assert found == [], place
        seen += MARK in text
    assert seen > len(BY_HAND) / 2
    portal = portal_of(office, poison["individual"][0])
    shown = ""
    for place in AT_PORTAL:
        found, text = code_on(portal, place)
        assert found == [], place
        shown += text
    assert MARK in shown


@pytest.mark.parametrize("what", BESIDE)
def test_no_source_has_code_that_was_written_beside_records(
    browser: Browser, beside: dict[str, list[str]], what: str
) -> None:
    """The pages show the payloads as what they are, nearly all of them, and none is code."""
    shown = ""
    for place in beside[what]:
        found, text = code_on(browser, place)
        assert found == [], place
        shown += unescape(text)
    enough = len(WHOLE_NAMES) if what == "files" else ENOUGH
    assert len([one for one in PAYLOADS if one in shown]) >= enough


def test_no_source_has_code_from_what_nobody_declared(office: Office, browser: Browser) -> None:
    """Not from its values, and not from the names that it has."""
    place = f"/r/organization/{write_extensions(office)}"
    for page, is_shown in (("", True), ("?tab=json", True), ("/edit", False), ("/peek", False)):
        found, text = code_on(browser, place + page)
        assert found == [], page
        shown = unescape(text) if is_shown else ""
        assert not is_shown or len([one for one in PAYLOADS if one in shown]) >= ENOUGH, page


def test_nothing_runs_on_any_page(
    office: Office,
    poison: dict[str, list[str]],
    beside: dict[str, list[str]],
    signed_in: Callable[..., Any],
    full: bool,
) -> None:
    """No dialog, no script and nothing that the policy had to stop, wherever payloads are shown."""
    shown = shown_on(office, poison, full=full)
    page = signed_in()
    ran: list[str] = []
    page.on("dialog", lambda one: (ran.append(f"dialog on {page.url}"), one.dismiss()))
    page.on("console", lambda one: ran.append(one.text) if "Security Policy" in one.text else None)
    page.on("pageerror", lambda one: ran.append(str(one)))
    for place in (*shown, *(one for some in beside.values() for one in some)):
        page.goto(office.origin + place)
        settled(page)
        page.mouse.move(500, 300)
        if page.evaluate("window.__ran"):
            ran.append(f"a script on {place}")
    page.goto(office.origin)
    page.keyboard.press("Control+k")
    page.keyboard.type("script")
    page.wait_for_selector("#found [role=option]")
    settled(page)
    assert not page.evaluate("window.__ran")
    page.context.close()
    assert ran == []


def shown_on(office: Office, poison: dict[str, list[str]], *, full: bool) -> Iterator[str]:
    """Yield the pages made by hand that show what was stored, and one page of each resource.

    A full run takes the list of each resource and all its records; otherwise those of each third.
    """
    for number, (path, keys) in enumerate(poison.items()):
        if full or number % LISTED == 0:
            yield f"/r/{path}"
            yield from (f"/r/{path}/{key}" for key in (keys if full else keys[-1:]))
    yield from by_hand(poison)
    for key in poison.get("customer", [])[:1]:
        yield f"/order/new?customer={key}"
    yield f"/customer/{office.keys['customer']}"
    yield from ("/", "/fallout", "/tasks", "/my-tasks", "/notifications", "/catalog", "/jobs")


def by_hand(poison: dict[str, list[str]]) -> Iterator[str]:
    """Yield the pages made by hand of the records that hold payloads."""
    for address in BY_HAND:
        kind = KIND.search(address)
        assert kind is not None
        yield KIND.sub(poison[kind[1]][-1], address)


def portal_of(office: Office, individual: str) -> Browser:
    """Return the browser of a customer who is a person that holds payloads."""
    party = office.site.admin.get(f"{PARTY}/individual/{individual}").json["id"]
    engaged = {"id": party, "@referredType": "Individual"}
    body = {"name": PAYLOADS[0], "engagedParty": engaged}
    assert office.site.admin.post(CUSTOMER, body).status_code == 201
    scopes = tuple(ROLES["self_service"].permissions)
    office.site.user("poisoned", roles=["self_service"], party=party, scopes=scopes)
    return browser_of(office.site, "poisoned")
