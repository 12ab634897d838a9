"""Every text of the main pages passes through the catalog: in a made-up language none stays."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.support.messages import messages_tool
from tests.support.program import Site
from tests.web.browser import Browser
from tests.web.plans import order_with_plan
from trunkline.kernel.resource import registry
from trunkline.pages import language as languages
from trunkline.pages.language import Language, Pattern, language

MARK = "¤"
CODE, CAPITAL = re.compile(r'"code": ?"([a-z]+[A-Z]\w*)"'), re.compile(r"(?=[A-Z])")
SILENT = {"script", "style", "code", "kbd", "pre", "datalist", "time", "option"}
SHOWN = {"aria-label", "placeholder", "title", "data-label"}
WORDS = re.compile(r"\b[A-Za-z]{2,}(?: [a-z]{2,})+|\b[A-Z][a-z]{2,}\b")
PAGES = (
    "/", "/sign-in", "/preferences", "/notifications", "/shell/keys", "/my-tasks", "/parked",
    "/deliveries", "/fallout", "/tasks", "/go?q=nosuch", "/nosuch", "/r/productOrder",
    "/r/customer", "/r/individual", "/r/productOffering", "/r/customer/new", "/r/individual/new",
    "/order/new", "/r/customer/jobs", "/catalog", "/catalog/prices", "/administration",
    "/administration/users", "/administration/users/new", "/administration/roles",
    "/administration/roles/new", "/administration/clients", "/administration/attributes",
    "/administration/attributes/new", "/r/geographicSite",
    "/shell/commands", "/r/productOrder?state=acknowledged", "/administration/listeners",
    "/administration/health", "/administration/clients/new", "/jobs?of=everyone",
    "/choose-password", "/r/customer/export", "/r/customer/filter", "/administration/listeners/new",
    "/administration/health/work", "/administration/health/database", "/deliveries?state=dead",
)  # fmt: skip


class Texts(HTMLParser):
    """Gathers what people read, or hear read out, of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.found += [value for name, value in given.items() if name in SHOWN and value]
        silent = tag in SILENT or (bool(self._open) and tag != "html" and "lang" in given)
        if tag not in {"input", "meta", "link", "img", "br", "hr", "use", "col"}:
            self._open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, text: str) -> None:
        if text.strip() and not any(silent for _, silent in self._open):
            self.found.append(text.strip())


def marked() -> Language:
    """Return a language whose every text is the English one between marks."""
    texts = messages_tool().texts()
    return Language(
        "de",
        {one.one: f"{MARK}{one.one}{MARK}" for one in texts if not one.context},
        {one.one: (f"{MARK}{one.many}{MARK}",) * 2 for one in texts if one.many},
        tuple(Pattern(one.one, f"{MARK}{one.one}{MARK}") for one in texts if one.context),
    )


@pytest.fixture(scope="module")
def pseudo() -> Language:
    return marked()


@pytest.fixture
def marking(monkeypatch: pytest.MonkeyPatch, pseudo: Language) -> None:
    made = pseudo
    monkeypatch.setattr(
        languages, "language", lambda code: made if code == "de" else language(code)
    )


def unmarked(html: str, data: str) -> list[str]:
    texts = Texts()
    texts.feed(html)
    return sorted(
        one
        for one in set(texts.found)
        if MARK not in one and WORDS.search(one) and one.lower() not in data
    )


def data_of(site: Site) -> str:
    """Return everything that was stored or that is a name, in small letters: it is no text.

    Roles are records, too: whoever administers them words their titles.
    """
    held = site.rows(
        "select table_name from information_schema.columns "
        "where column_name = 'doc' and table_schema = current_schema() order by 1"
    )
    every = " union all ".join(f"select doc::text from {table}" for (table,) in held)
    stored = [text for (text,) in site.rows(every)]
    stored += [one for row in site.rows("select title, description from role") for one in row]
    names = [f"{one.api.number} {one.api.title}" for one in registry]
    codes = {one for text in stored for one in CODE.findall(text)}  # pages say them in words
    names += [CAPITAL.sub(" ", one) for one in codes]
    return "\n".join(
        [*stored, *names, "trunkline · trunkline", "admin", "json", "downstream"]
    ).lower()


@pytest.fixture(scope="module")
def records(site: Site) -> dict[str, str]:
    """The addresses of records whose pages are looked at, by a name for each."""
    site.admin.post("/tmf-api/party/v4/individual", {"givenName": "Ada", "familyName": "Lovelace"})
    order = order_with_plan(site, line="fallout")
    keys = {name: site.rows(f"select key from {registry[name].table} limit 1") for name in NAMED}
    found = {name: rows[0][0] for name, rows in keys.items() if rows}
    return found | {"order": order["key"]}


@pytest.fixture(scope="module")
def data(site: Site, records: dict[str, str]) -> str:
    """What is stored before the first page is asked for: pages that are read store nothing."""
    return data_of(site)


NAMED = (
    "Individual", "Customer", "Fallout", "Product", "ProductOffering", "BillingAccount",
    "Organization",
)  # fmt: skip
RECORD_PAGES = (
    "/order/{order}", "/order/{order}?view=list", "/order/{order}?view=graph",
    "/order/{order}/cancel", "/fallout/{Fallout}", "/r/individual/{Individual}",
    "/r/individual/{Individual}?tab=history", "/r/individual/{Individual}?tab=timeline",
    "/r/individual/{Individual}?tab=related", "/r/individual/{Individual}/edit",
    "/r/individual/{Individual}/timeline", "/r/individual/{Individual}/remove",
    "/r/individual/{Individual}/access", "/customer/{Customer}", "/r/product/{Product}",
    "/r/productOffering/{ProductOffering}", "/r/productOrder/{order}",
    "/r/productOrder/{order}/peek", "/r/individual/import", "/r/fallout",
)  # fmt: skip


@pytest.mark.parametrize("page", RECORD_PAGES)
def test_no_text_of_a_records_page_goes_by_the_catalog(
    admin: Browser, records: dict[str, str], data: str, marking: None, page: str
) -> None:
    try:
        address = page.format(**records)
    except KeyError as missing:
        pytest.skip(f"the records have no {missing}")
    answer = admin.get(address, **{"Accept-Language": "de"})
    assert answer.status_code == 200, address
    assert unmarked(answer.text, data) == []


@pytest.mark.parametrize("page", PAGES)
def test_no_text_of_a_page_goes_by_the_catalog(
    admin: Browser, data: str, marking: None, page: str
) -> None:
    answer = admin.get(page, **{"Accept-Language": "de"})
    assert answer.status_code in {200, 404}, page
    assert unmarked(answer.text, data) == []
