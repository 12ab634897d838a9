"""Capture: who sells what somebody has to come for picks the time with it."""

from __future__ import annotations

import re
from html import unescape

from tests.fieldwork.conftest import APPOINTMENT, Field
from tests.support.operator import ORDER, Order
from tests.support.pages import pages_of
from tests.support.sql_counter import counted
from tests.web.browser import Browser
from tests.web.test_capture import opened, sent, step
from tests.web.test_details_statements import SIGN_IN, STATEMENTS_MAX


def test_a_line_that_needs_a_visit_offers_times_and_keeps_one(visits: Field) -> None:
    """The line says that somebody comes and shows free times, in three statements at most; the
    one that is taken is kept, another one gives it back, and with the order it is the visit's."""
    ada = visits.operator.ada()
    browser = Browser(pages_of(visits.operator.site))
    _ = visits.operator.site.admin
    assert browser.sign_in("admin").status_code == 303
    fields = opened(browser, customer=ada.id)
    fields, shown = step(browser, fields, f"add:{visits.operator.offerings['Survey']}")
    found = re.search(r'hx-get="(/order/new/times[^"]+)"', unescape(shown))
    assert found is not None, shown[:500]
    for _again in range(2):
        with counted() as statements:
            times = unescape(browser.get(found[1]).text)
    own = [one for one in statements if not one.lower().startswith(SIGN_IN)]
    assert len(own) <= STATEMENTS_MAX, own
    first, second, *_ = re.findall(r'value="(time:[^"]+)"', times)
    kept = []
    for chosen in (first, second):
        fields, shown = step(browser, fields, chosen)
        kept.append(str(fields["line.1.visit"][0]).partition("|")[0])
    states = [visits.operator.read(APPOINTMENT, one)["status"] for one in kept]
    assert states == ["cancelled", "initialized"]
    assert "Somebody comes on" in shown
    wrong, _ = step(browser, fields, "", **{"line.1.due": "soon"})  # nobody can tell the plan then
    fields, shown = step(browser, wrong, "", **{"line.1.due": ""})
    assert "Somebody comes on" in shown
    key = sent(browser, fields)
    visits.operator.settle()
    order = visits.operator.read(ORDER, key)
    held = visits.operator.read(APPOINTMENT, kept[1])
    (line,) = order["productOrderItem"]
    assert (held["status"], line["appointment"]["id"]) == ("confirmed", kept[1])
    assert held["workOrder"]["id"] == visits.work(Order(visits.operator, order["id"]))["id"]
