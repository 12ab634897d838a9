"""The plan on an order's page: grouped, on a scale of time, in three views, short when it is large,
and put right in the pane of a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ordering.scripted import Shop, pending, refused
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.plans import fibre_order, order_with_plan
from trunkline.kernel.actor import Grant
from trunkline.kernel.work import as_system
from trunkline.ordering import plan_store
from trunkline.ordering.plan_item import PlanItem
from trunkline.web.orders.grouping import grouped
from trunkline.web.orders.plan import linked_words
from trunkline.web.orders.timescale import scale_of

SignedIn = Callable[..., Browser]
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
LIVE = {"HX-Request": "true"}
CHARACTERS = {"timeline": 150, "list": 150, "graph": 800}
"""How much of an answer a step of a large plan may take, by the view; a row takes a thousand."""


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


# --- the scale -------------------------------------------------------------------------------


def test_long_stretches_are_shortened_and_said() -> None:
    """Three days of waiting take at most half of the picture; ordinary ones stay in proportion."""
    plain = scale_of([(at(0), at(30)), (at(30), at(60))], None)
    assert plain.gaps == ()
    assert plain.x(at(30)) == pytest.approx(50)
    waited = scale_of([(at(0), at(20)), (at(20), at(20 + 3 * 1440))], None)
    (gap,) = waited.gaps
    assert gap.length == timedelta(days=3)
    assert gap.width <= 50.1


def test_time_in_which_nothing_was_under_way_takes_little_room() -> None:
    scale = scale_of([(at(0), at(10)), (at(610), at(620))], at(620))
    (gap,) = scale.gaps
    assert gap.width < 5
    assert gap.length == timedelta(hours=10)


MINUTES = st.integers(0, 100_000)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(MINUTES, MINUTES), max_size=12), st.none() | MINUTES)
def test_what_is_later_never_stands_before(pairs: list[tuple[int, int]], now: int | None) -> None:
    bars = [(at(min(one)), at(max(one))) for one in pairs]
    scale = scale_of(bars, None if now is None else at(now))
    places = [scale.x(one) for one in scale.moments]
    assert places == sorted(places)
    assert all(-0.01 <= one <= 100.01 for one in places)
    ticks = scale.ticks(scale.moments)
    assert all(b.x - a.x >= 13.9 for a, b in zip(ticks, ticks[1:], strict=False))


# --- groups ----------------------------------------------------------------------------------


def step(ident: str, layer: Any, *needs: str, **more: Any) -> PlanItem:
    return PlanItem(
        id=ident, root="order", position=more.pop("position", 0), node_key=ident, layer=layer,
        kind=more.pop("kind", "automatic"), name=ident, needs=needs, item_id=more.pop("item", "1"),
        **more,
    )  # fmt: skip


def test_an_order_that_a_step_waits_for_stands_once_as_a_link() -> None:
    """Where the reason names it; one that the reason does not name is a link at the end."""
    met = [{"key": "ORD1", "address": "/order/ORD1"}, {"key": "ORD12", "address": "/order/ORD12"}]
    parts = linked_words("Line PRD1 is being changed by ORD12", met)
    assert [one["text"] for one in parts] == [
        "Line PRD1 is being changed by ", "ORD12", " ", "ORD1",
    ]  # fmt: skip
    assert [one["address"] for one in parts] == ["", "/order/ORD12", "", "/order/ORD1"]
    assert linked_words("On hold", []) == [{"text": "On hold", "address": ""}]
    assert linked_words("", []) == []


def test_a_resource_stands_below_the_service_that_needs_it() -> None:
    steps = [
        step("port", "resource"), step("box", "resource"), step("line", "service", "port"),
        step("box service", "service", "box"), step("fibre", "product", "line", "box service"),
        step("back", "resource", direction="undo"), step("end", "order", "fibre", item=None),
        step("item", "order", "fibre", kind="milestone"),
    ]  # fmt: skip
    groups = grouped([replace(one, position=at) for at, one in enumerate(steps)])
    assert [one.key for one in groups] == ["item-1", "undo", "order"]
    item = groups[0]
    assert item.head is not None
    assert [(one.step.id, one.depth) for one in item.steps] == [
        ("fibre", 0), ("line", 1), ("port", 2), ("box service", 1), ("box", 2),
    ]  # fmt: skip


# --- pages -----------------------------------------------------------------------------------


def large_order(site: Site, count: int) -> dict[str, Any]:
    """Return an order with a plan of many items, each of six steps."""
    order = fibre_order(site)
    uuid = site.services.chance.uuid
    steps: list[PlanItem] = []
    for item in range(count // 6):
        needs: tuple[str, ...] = ()
        for number, layer in enumerate(["resource"] * 2 + ["service"] * 3 + ["product"]):
            ident = uuid()
            steps.append(
                PlanItem(
                    id=ident, root=order["id"], position=len(steps), layer=layer,  # type: ignore[arg-type]
                    node_key=f"{item}/{number}", kind="callout", name=f"Site {item} part {number}",
                    item_id=str(item), needs=needs, duration_minutes=5, command_key=uuid(),
                    request={"body": "x" * 600},
                )
            )  # fmt: skip
            needs = (ident,)
    with as_system(site.services, "tests") as work:
        plan_store.remove(work, order["id"])
        plan_store.insert(work, steps)
    order["steps"] = [one.id for one in steps]
    return order


def test_a_large_plan_shows_only_what_is_opened(admin: Browser, site: Site) -> None:
    """Of 300 steps one group is open, and each answer takes three statements."""
    order = large_order(site, 300)
    page = f"/order/{order['key']}"
    html = source_of(admin.get(page))
    assert html.count('class="gantt-group"') == 50
    assert html.count('class="gantt-row"') == 6
    opened = source_of(admin.get(f"{page}/plan?open=item-3&open=item-4"))
    assert opened.count('class="gantt-row"') == 12
    assert opened.count('name="open"') == 2
    chosen = source_of(admin.get(f"{page}?step={order['steps'][100]}"))
    assert f'id="row-{order["steps"][100]}"' in chosen
    for view in ("timeline", "list", "graph"):
        statements, _ = looked_at(admin, f"{page}/plan?view={view}")
        assert statements <= 3, view


def looked_at(admin: Browser, address: str) -> tuple[int, int]:
    """Return how many statements an address takes, and how long its answer is, in characters."""
    admin.get(address, **LIVE)
    with counted() as statements:
        answer = admin.get(address, **LIVE)
    assert answer.status_code == 200
    return len(reads_of(statements)), len(answer.text)


def test_fragments_take_three_statements(admin: Browser, site: Site) -> None:
    order = order_with_plan(site, line="fallout")
    page = f"/order/{order['key']}"
    html = source_of(admin.get(page))
    seen = html.partition("plan?seen=")[2].partition('"')[0].partition("&")[0]
    line = html.partition('data-step="')[2].partition('"')[0]
    for address, most in (
        (f"{page}/plan?seen={seen}", 2), (f"{page}/plan", 3), (f"{page}/plan?view=graph", 3),
        (f"{page}/step/{line}", 3),
    ):  # fmt: skip
        admin.get(address, **LIVE)
        with counted() as statements:
            admin.get(address, **LIVE)
        assert len(reads_of(statements)) <= most, (address, statements)


def reads_of(statements: list[str]) -> list[str]:
    """Return the statements of the answer itself: not those that recognise the visitor."""
    own = ("product_order", "plan_item", "specification", "work where kind")
    return [one for one in statements if any(name in one for name in own)]


def chosen_step(site: Site, order: str) -> PlanItem:
    with as_system(site.services, "tests") as work:
        plan = plan_store.read(work, order)
        assert plan is not None
        return next(one for one in plan if one.name == "Access line")


def test_what_stands_still_is_opened_and_put_right_in_its_pane(admin: Browser, site: Site) -> None:
    """The failed step is open; corrected and tried again, only pane and plan are sent."""
    order = order_with_plan(site, line="fallout")
    page = f"/order/{order['key']}"
    words = words_of(source_of(admin.get(page)))
    assert "Stands still: Access line ( noPort )" in words
    assert "Fix the values and retry" in words
    line = chosen_step(site, order["id"])
    values = {"verb": "fix", "name": ["downstream", "port"], "value": ["1000", "B-7"]}
    answer = admin.post(f"{page}/step/{line.id}?view=list", values, **LIVE)
    assert answer.status_code == 200
    html = source_of(answer)
    assert "<html" not in html
    assert 'id="plan" class="plan" data-keep-focus hx-swap-oob="outerMorph"' in html
    held = chosen_step(site, order["id"])
    assert (held.state, held.characteristic) == ("ready", {"downstream": 1000, "port": "B-7"})
    again = admin.post(f"{page}/step/{line.id}", {"verb": "retry"}, **LIVE)
    assert "Nothing was changed" in words_of(again.text)
    assert admin.post(f"{page}/step/{line.id}", {"verb": "retry"}).status_code == 409


def test_skipping_and_doing_by_hand_ask_why(admin: Browser, site: Site) -> None:
    order = order_with_plan(site, line="fallout")
    line = chosen_step(site, order["id"])
    address = f"/order/{order['key']}/step/{line.id}"
    admin.get(f"/order/{order['key']}")
    for verb in ("skip", "complete"):
        assert "Say " in words_of(admin.post(address, {"verb": verb}, **LIVE).text)
    done = admin.post(address, {"verb": "complete", "note": "photo 12"})
    assert done.status_code == 303
    assert chosen_step(site, order["id"]).state == "completed"


def test_who_may_not_act_sees_no_verbs_and_is_refused(signed_in: SignedIn, site: Site) -> None:
    order = order_with_plan(site, line="fallout")
    reader = signed_in("reads-orders", {"*:read": Grant("all", frozenset({"public", "internal"}))})
    page = f"/order/{order['key']}"
    words = words_of(reader.get(page).text)
    assert "Retry now" not in words
    assert "Cancel order" not in words
    assert "Ada Lovelace" not in words
    line = chosen_step(site, order["id"])
    assert reader.post(f"{page}/step/{line.id}", {"verb": "retry"}, **LIVE).status_code == 403
    assert chosen_step(site, order["id"]).state == "fallout"


def test_calling_off_tells_before_what_becomes_of_each_step(admin: Browser, site: Site) -> None:
    """Nothing is written by looking; the wish is the interface's own task."""
    order = order_with_plan(site)
    page = f"/order/{order['key']}"
    words = words_of(source_of(admin.get(f"{page}/cancel")))
    for told in (
        "Nothing done yet: left out 1 Fibre 1G",
        "Under way: taken back when it has ended 1",
    ):
        assert told in words
    assert chosen_step(site, order["id"]).state == "running"
    answer = admin.post(f"{page}/cancel", {"reason": "moved away"})
    assert answer.headers["location"] == f"{page}?done=cancel"
    found = site.rows(
        "select doc ->> 'cancellationReason' from cancel_product_order "
        "where doc -> 'productOrder' ->> 'id' = %s", order["id"],
    )  # fmt: skip
    assert found == [("moved away",)]


@pytest.mark.accepts("ORC-09")
def test_the_plan_of_an_order_a_line_and_a_domain_order(admin: Browser, site: Site) -> None:
    """Each in its timeline, its graph and its list, with the states as they are at each look; a
    click opens the step beside it, within the same line. A line shows its own steps and those of
    what it shares, and nothing of other lines; nobody else's order is there."""
    shop = Shop.open(site)
    shop.network.script = {"Fibre Access": [pending], "Mobile Subscription": [refused]}
    order = shop.read(shop.order(shop.fibre("1"), shop.voice("2"), shop.line("3", "Mobile S")))
    site.work()
    page = f"/order/{order['key']}"
    whole = {row[0]: row[1] for row in site.rows(
        "select name, id::text from plan_item where root = %s and kind <> 'milestone'",
        order["id"])}  # fmt: skip
    ((service_order,),) = site.rows(
        "select s.key from service_order s join plan_item p on p.service_order = s.id "
        "where p.root = %s and p.name = 'Fibre Access'", order["id"],
    )  # fmt: skip
    mobile = {"product 3", "Mobile S", "Mobile Subscription", "SIM", "Phone number"}
    for view in ("timeline", "graph", "list"):
        places = (page, f"{page}/line/3", f"{page}/line/2", f"/service-order/{service_order}")
        shown = {one: source_of(admin.get(f"{one}?view={view}")) for one in places}
        assert all(ident in shown[page] for ident in whole.values())
        line = {name for name, ident in whole.items() if ident in shown[f"{page}/line/3"]}
        assert "Mobile Subscription" in line
        assert "Fibre Access" not in line
        voice = {name for name, ident in whole.items() if ident in shown[f"{page}/line/2"]}
        assert {"Voice Line", "Fibre Access"} <= voice
        assert not voice & mobile
        own = {name for name, ident in whole.items()
               if f'data-step="{ident}"' in shown[f"/service-order/{service_order}"]}  # fmt: skip
        assert own == {"Fibre Access"}
    words = words_of(source_of(admin.get(f"{page}/line/3")))
    assert "Stands still: Mobile Subscription ( noFreePort )" in words
    step = whole["Mobile Subscription"]
    pane = admin.get(f"{page}/line/3/step/{step}?view=graph", **LIVE)
    assert f'hx-post="{page}/line/3/step/{step}?view=graph"' in source_of(pane)
    seen = source_of(admin.get(f"{page}/line/3/plan")).partition("seen=")[2].partition("&amp;")[0]
    assert admin.get(f"{page}/line/3/plan?seen={seen}").status_code == 204
    done = admin.post(f"{page}/line/3/step/{step}?view=graph", {"verb": "retry"}, **LIVE)
    assert f'hx-get="{page}/line/3/plan?seen=' in source_of(done)
    site.work()
    assert admin.get(f"{page}/line/3/plan?seen={seen}").status_code == 200
    done_words = words_of(source_of(admin.get(f"{page}/line/3")))
    assert "Stands still" not in done_words
    assert "completed" in done_words.lower()
    assert admin.get(f"{page}/line/77").status_code == 404


def test_a_line_takes_no_more_statements_than_its_order(admin: Browser, site: Site) -> None:
    order = order_with_plan(site, line="fallout")
    page = f"/order/{order['key']}/line/1"
    for address in (f"{page}/plan", f"{page}/plan?view=graph"):
        admin.get(address, **LIVE)
        with counted() as statements:
            admin.get(address, **LIVE)
        assert len(reads_of(statements)) <= 3, (address, statements)


def test_the_page_itself_takes_three_statements(admin: Browser, site: Site) -> None:
    """The order, how what it points at is called, and its plan with all that is shown of it."""
    order = order_with_plan(site, line="running")
    for page in (f"/order/{order['key']}", f"/order/{order['key']}/line/1"):
        admin.get(page)
        with counted() as statements:
            admin.get(page)
        own = [one for one in statements if "generation g" not in one]
        assert len(own) <= 3, own


def test_a_plan_of_four_hundred_steps_is_drawn_at_once(admin: Browser, site: Site) -> None:
    """Each view takes three statements however many steps there are; the graph holds all of them,
    the others show of most of them no more than the head of their group."""
    small, order = large_order(site, 42), large_order(site, 396)
    page = f"/order/{order['key']}"
    graph = source_of(admin.get(f"{page}?view=graph"))
    assert graph.count("<foreignObject") == 396
    for view, of_a_step in CHARACTERS.items():
        few, _ = looked_at(admin, f"/order/{small['key']}/plan?view={view}")
        statements, length = looked_at(admin, f"{page}/plan?view={view}")
        assert statements == few <= 3, view
        assert length <= of_a_step * 396, (view, length)
