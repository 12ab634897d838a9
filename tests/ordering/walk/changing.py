"""Orders of a walk that are changed, or called off, while they run."""

from __future__ import annotations

from typing import Any

from tests.ordering.walk.buying import branch, day_after, place, somewhere
from tests.ordering.walk.market import OWN
from tests.ordering.walk.walk import CHOICES, ORDERS, Walk
from trunkline.kernel.work import as_system
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.content import ITEMS, content_of


def revise(walk: Walk) -> None:
    """Ask for other values, another number, place or date, other lines; often hand it in.

    Where no order runs, one is placed.
    """
    order = one_that_runs(walk)
    if order is None:
        place(walk)
        return
    with as_system(walk.site.services, "tests") as work:
        found = work.get(ProductOrder, order)
        assert found is not None
        items: list[Any] = content_of(found)[ITEMS]
    for one in items:
        alter(walk, one)
    if len(items) > 1 and walk.chance.happens(20, "a line less"):
        items.pop(walk.chance.below(len(items), "which"))
    if walk.chance.happens(20, "a line more"):
        items.append(branch(walk, str(4 + walk.chance.below(4, "number"))))
    known = {one["id"]: one for one in items}
    body: dict[str, Any] = {"productOrderItem": list(known.values()), "reason": "a walk"}
    if walk.chance.happens(20, "another date"):
        body["requestedCompletionDate"] = day_after(walk, 5 + walk.chance.below(15, "days"))
    made = walk.site.admin.post(f"{OWN}/productOrder/{order}/revision", body)
    walk.note(made.status_code, made.json.get("code", ""))
    if made.status_code == 201 and not walk.chance.happens(20, "is left open"):
        act(walk, made.json["id"], "submit")


def alter(walk: Walk, item: dict[str, Any]) -> None:
    """Change some of what a line says."""
    if item.get("action") != "add":
        return
    for one in item.get("product", {}).get("productCharacteristic", ()):
        if one["name"] in CHOICES and walk.chance.happens(40, "another value"):
            one["value"] = walk.chance.choice(CHOICES[one["name"]], one["name"])
    if "quantity" in item and walk.chance.happens(30, "another number"):
        item["quantity"] = walk.chance.choice((1, 2, 3), "how many")
    if walk.chance.happens(10, "another place"):
        item["product"]["place"][0]["id"] = walk.market.places[somewhere(walk)]


def act(walk: Walk, revision: str, verb: str) -> None:
    """Do something about a revision; one that is refused is withdrawn."""
    answer = walk.site.admin.post(f"{OWN}/orderRevision/{revision}/{verb}", {})
    assert answer.status_code in (200, 400, 409), (str(walk), answer.json)
    walk.note(verb, answer.status_code)
    if verb == "submit" and answer.status_code != 200:
        act(walk, revision, "withdraw")


def decide(walk: Walk) -> None:
    """Hand in or withdraw a change that is open."""
    if open_ := open_revisions(walk):
        revision = walk.chance.choice(open_, "revision")
        act(walk, revision, walk.chance.choice(("submit", "withdraw"), "verb"))


def open_revisions(walk: Walk) -> list[str]:
    rows = walk.rows(
        "select id::text from order_revision where p_state = 'open' "
        "and (doc -> 'productOrder' ->> 'id') = any(%s) order by id", walk.orders,
    )  # fmt: skip
    return [ident for (ident,) in rows]


def call_off(walk: Walk) -> None:
    """Cancel an order: most often one that runs, sometimes whatever it is at."""
    order = one_that_runs(walk)
    if order is None or walk.chance.happens(20, "any order"):
        order = walk.chance.choice(walk.orders, "order")
    wish = {"productOrder": {"id": order}}
    made = walk.site.admin.post(f"{ORDERS}/cancelProductOrder", wish)
    walk.note(made.status_code)


def take_a_line_out(walk: Walk) -> None:
    """Cancel one line of an order that runs."""
    order = one_that_runs(walk)
    if order is not None:
        line = walk.chance.choice(walk.shop.read(order)["productOrderItem"], "line")["id"]
        path = f"{OWN}/productOrder/{order}/line/{line}/cancel"
        answer = walk.site.admin.post(path, {"reason": "a walk"})
        # A line that is canceled already is not there to be canceled.
        assert answer.status_code in (200, 400, 404, 409), (str(walk), answer.json)
        walk.note(answer.status_code, answer.json.get("code", ""))


def one_that_runs(walk: Walk) -> str | None:
    sql = "select id::text from product_order where id = any(%s::uuid[]) and p_state = 'inProgress'"
    rows = {ident for (ident,) in walk.rows(sql, walk.orders)}
    running = [one for one in walk.orders if one in rows]
    return walk.chance.choice(running, "order") if running else None
