"""The cart of order capture: said by fields, read back, and turned into the order it asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.web.capture.body import start_of
from trunkline.web.capture.cart import (
    ACTIONS,
    Cart,
    CartLine,
    added,
    dropped,
    fields_of,
    for_customer,
    read_cart,
    split,
    with_site,
)

IDENT = st.sampled_from(["a1", "b2", "c3", "d4"])
KEY = st.lists(IDENT, min_size=0, max_size=2).map("/".join)
PART = st.lists(IDENT, min_size=1, max_size=2).map("/".join)
TEXTS = st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=2).map(tuple)
SITES = st.lists(IDENT, unique=True, max_size=3).map(tuple)


@st.composite
def lines(draw: st.DrawFn, number: int) -> CartLine:
    return CartLine(
        number,
        draw(st.sampled_from(sorted(ACTIONS))),
        offering=draw(IDENT),
        product=draw(st.sampled_from(["", "p1"])),
        sites=draw(SITES),
        quantity=draw(st.sampled_from(["1", "12", "many"])),
        counts=draw(st.dictionaries(PART, st.sampled_from(["0", "2"]), max_size=2)),
        spread=draw(st.dictionaries(PART, SITES.filter(bool), max_size=2)),
        values=draw(
            st.dictionaries(
                KEY, st.dictionaries(st.sampled_from(["speed", "a:b"]), TEXTS, min_size=1),
                max_size=2,
            )
        ),
    )  # fmt: skip


@st.composite
def carts(draw: st.DrawFn) -> Cart:
    numbers = draw(st.lists(st.integers(1, 20), unique=True, max_size=3))
    return Cart(
        customer=draw(IDENT), account=draw(IDENT), date="2026-12-01", draft="", once="o",
        place="capture:x", sites=draw(SITES), lines=tuple(draw(lines(one)) for one in numbers),
    )  # fmt: skip


@given(carts())
def test_fields_say_a_cart_and_are_read_again(cart: Cart) -> None:
    assert read_cart(fields_of(cart)) == cart


def test_what_is_searched_for_is_not_kept() -> None:
    assert "q" not in fields_of(Cart(q="fibre"))


def test_a_line_for_several_sites_can_be_split() -> None:
    cart = added(Cart(), "fibre", ("north", "south"))
    cart = added(cart, "voice", ("north",))
    apart = split(cart, 1)
    assert [(one.number, one.offering, one.sites) for one in apart.lines] == [
        (1, "fibre", ("north",)),
        (3, "fibre", ("south",)),
        (2, "voice", ("north",)),
    ]
    assert [one.number for one in dropped(apart, 1).lines] == [3, 2]


def test_another_customer_takes_neither_sites_nor_what_is_installed_along() -> None:
    about = CartLine(2, "end", product="p1")
    cart = added(Cart(customer="ada", account="a", sites=("home",)), "fibre", ("home",))
    moved = for_customer(Cart(**(vars(cart) | {"lines": (*cart.lines, about)})), "grace")
    assert (moved.customer, moved.account, moved.sites) == ("grace", "", ())
    assert [(one.offering, one.sites) for one in moved.lines] == [("fibre", ())]


def test_a_site_that_was_just_made_is_where_the_move_leads() -> None:
    cart = Cart(lines=(CartLine(1, "move", product="p1"), CartLine(2, offering="fibre")))
    moved = with_site(cart, "new")
    assert moved.sites == ("new",)
    assert [one.sites for one in moved.lines] == [("new",), ()]


@pytest.mark.parametrize(
    "text, begins",
    [
        ("", None),
        ("2026-11-22", None),
        ("2026-11-21", None),
        ("2026-11-23", "2026-11-22T23:00:00.000Z"),
        ("soon", "soon"),
    ],
)
def test_an_order_begins_on_a_later_day_at_its_midnight_here(text: str, begins: str | None) -> None:
    now = datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert start_of(text, now, ZoneInfo("Europe/Berlin")) == begins
