"""What pages call things: who did something, what may be done, and what is wrong with an edit."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.ordering.scripted import Shop, refused
from tests.support.program import Site
from tests.web.browser import Browser, words_of
from trunkline.kernel.actor import system
from trunkline.kernel.resource import registry
from trunkline.web.lists.address import path_words
from trunkline.web.lists.columns import choosable
from trunkline.web.wording import called_by, words

PROGRAM = system("tests").id
CLUMSY = re.compile(r"\b(\w{2,}) \1\b|^(Is|Has)\b|\b(id|href|uuid|ref)$|@", re.IGNORECASE)
""""Contact medium medium type", a question for a label, and what only machines say."""


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop.open(site)


def test_what_the_program_did_is_told_by_what_it_worked_at() -> None:
    """People and what runs outside of the program's own work keep their names."""
    assert called_by("plan.callout", PROGRAM) == "Trunkline, plan step"
    assert called_by("dates", PROGRAM) == "Trunkline, dates"
    assert called_by("unheard.of", PROGRAM) == "Trunkline"
    assert called_by("setup", PROGRAM) == "setup"
    assert called_by("plan.callout", "01a20632-c222-7f15-9061-1d97de6110ad") == "plan.callout"


def test_what_lies_in_each_other_is_called_without_repeating_it() -> None:
    """Of every attribute that any list can show, by which it is asked for, too."""
    assert path_words("contactMedium.mediumType") == "Contact medium type"
    assert path_words("creditProfile.creditProfileDate") == "Credit profile date"
    assert path_words("productOrderItem.productOrderItem.action").endswith("item part action")
    asked = [words(one) for one in ("isPreview", "hasStarted", "hasCredit")]
    assert asked == ["Preview", "Started", "With credit"]
    lists = [one for one in registry if one.published]
    called = {(one.name, path): path_words(path)
              for one in lists for path in choosable(one, None, ())}  # fmt: skip
    assert len(called) > 1000
    assert {at: name for at, name in called.items() if CLUMSY.search(name)} == {}


def test_the_history_of_a_product_names_no_inner_work(shop: Shop, admin: Browser) -> None:
    order = shop.order(shop.line("1", "Mobile S"))
    shop.site.work()
    product = shop.read(order)["productOrderItem"][0]["product"]["id"]
    for page in (f"/r/product/{product}?tab=history", f"/installed/product/{product}/versions"):
        told = words_of(unescape(admin.get(page).text))
        assert "Trunkline, orders" in told, page
        assert "ordering.start" not in told


def test_an_order_that_has_not_begun_is_not_resumed(shop: Shop, admin: Browser) -> None:
    """It begins by itself; one that is held is resumed."""
    order = shop.order(shop.line("1", "Mobile S"))
    page = f"/order/{shop.read(order)['key']}"
    assert shop.read(order)["state"] == "acknowledged"
    assert "Resume" not in words_of(unescape(admin.get(page).text))
    shop.site.work()


def test_an_edit_that_is_refused_stands_there_again(shop: Shop, admin: Browser) -> None:
    """The field is named, and nothing that was typed is lost."""
    shop.network.script["Mobile Subscription"] = [refused]
    order = shop.order(shop.line("1", "Mobile S"))
    shop.site.work()
    shop.network.script.clear()
    page = f"/order/{shop.read(order)['key']}/plan/edit"
    sent = {"does": "add", "name": "Call them", "kind": "manual", "minutes": "soon"}
    answer = admin.post(page, sent)
    assert answer.status_code == 409
    told = unescape(answer.text)
    assert "Minutes: is a number of minutes" in words_of(told)
    assert 'value="Call them"' in told
    assert 'value="soon"' in told
