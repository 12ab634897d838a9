"""What the customer of a walk orders: something new, and something about what there is.

Who has nothing to change, pause, move or end orders something first.
"""

from __future__ import annotations

from typing import Any

from tests.ordering.walk import kept_truth
from tests.ordering.walk.walk import CHOICES, DAY_S, ORDERS, Walk


def place(walk: Walk) -> None:
    """Order one to three lines, some of them for later; sent again where somebody died."""
    kinds = [voice, television, branch, alarm]
    chosen = walk.chance.sample(kinds, walk.chance.choice((1, 2, 3), "lines"), "offering")
    lines = [make(walk, str(number)) for number, make in enumerate(chosen, start=1)]
    later = walk.chance.happens(15, "is for later")
    send(walk, lines, **({"requestedStartDate": day_after(walk, 1)} if later else {}))


def have_something(walk: Walk) -> None:
    """Let the customer have lines that work, before anything goes wrong."""
    walk.network.is_calm = walk.outside.is_calm = True
    send(walk, [voice(walk, "1"), branch(walk, "2"), television(walk, "3")])
    walk.site.work()
    walk.network.is_calm = walk.outside.is_calm = False


def send(walk: Walk, lines: list[dict[str, Any]], **more: Any) -> None:
    """Send an order in, again under its key where whoever took it in died."""
    body = {
        "relatedParty": [{"id": walk.shop.customer, "role": "customer"}],
        "billingAccount": {"id": walk.shop.account}, "productOrderItem": lines, **more,
    }  # fmt: skip
    key = {"Idempotency-Key": f"{walk.shop.customer}-{len(walk.trace)}"}
    before = kept_truth.before(walk, lines)
    if walk.chance.happens(10, "somebody dies"):
        with walk.deaths.after(walk.chance.below(4, "points")):
            walk.site.admin.post(f"{ORDERS}/productOrder", body, headers=key)
    answer = walk.site.admin.post(f"{ORDERS}/productOrder", body, headers=key)
    walk.note(answer.status_code, answer.json.get("code", ""))
    if answer.status_code == 201:
        walk.orders.append(answer.json["id"])
        walk.before[answer.json["id"]] = before
    else:  # a product that another order works on, or nothing that would change
        assert answer.status_code in (400, 409), (str(walk), answer.json)


def voice(walk: Walk, ident: str) -> dict[str, Any]:
    return walk.market.line(ident, "Voice Flat", somewhere(walk), lines=1)


def television(walk: Walk, ident: str) -> dict[str, Any]:
    return walk.market.line(ident, "TV Sports", somewhere(walk), pack="sports")


def branch(walk: Walk, ident: str) -> dict[str, Any]:
    wanted = walk.chance.choice(CHOICES["optimization"], "optimization")
    return walk.market.line(
        ident, "SD-WAN Site", somewhere(walk), bandwidth=50, optimization=wanted
    )


def alarm(walk: Walk, ident: str) -> dict[str, Any]:
    found = walk.market.line(ident, "Alarm", somewhere(walk), zone="north", sensors=4)
    return found | ({"quantity": 2} if walk.chance.happens(30, "two of them") else {})


def somewhere(walk: Walk) -> int:
    return walk.chance.below(len(walk.market.places), "place")


def day_after(walk: Walk, days: int) -> str:
    ((now,),) = walk.rows("select now() + offset_s * interval '1 s' from clock")
    moment = now.timestamp() + days * DAY_S
    return f"{type(now).fromtimestamp(moment, now.tzinfo).isoformat()[:19]}.000Z"


def change(walk: Walk) -> None:
    """Order other values of something that works."""
    if (found := some_product(walk, "active")) is None:
        place(walk)
    else:
        ident, body = found
        values = [
            {"name": name, "value": walk.chance.choice(CHOICES[name], name)}
            for name in kept_truth.values_of(body) if name in CHOICES
        ]  # fmt: skip
        about(walk, "modify", ident, productCharacteristic=values)


def end(walk: Walk) -> None:
    """Order the end of something that works, or rests."""
    if (found := some_product(walk, "active", "suspended")) is None:
        place(walk)
    else:
        about(walk, "delete", found[0])


def suspend(walk: Walk) -> None:
    """Order that something that works rests."""
    if (found := some_product(walk, "active")) is None:
        place(walk)
    else:
        about(walk, "suspend", found[0])


def resume(walk: Walk) -> None:
    """Order that something that rests works again."""
    if found := some_product(walk, "suspended"):
        about(walk, "resume", found[0])


def move(walk: Walk) -> None:
    """Order that something that works goes to the other place of the customer."""
    if (found := some_product(walk, "active")) is None:
        place(walk)
    else:
        ident, body = found
        (now,) = (one["id"] for one in body["place"])
        there = next(one for one in walk.market.places if one != now)
        to = {"id": there, "@referredType": "GeographicSite", "role": "installation"}
        about(walk, "modify", ident, place=[to])


def about(walk: Walk, action: str, ident: str, **product: Any) -> None:
    """Order something about a product; what is new beside it may fail when that is done."""
    lines = [{"id": "1", "action": action, "product": {"id": ident, **product}}]
    if walk.chance.happens(40, "something new beside it"):
        lines.append(walk.chance.choice((alarm, voice), "offering")(walk, "2"))
    send(walk, lines)


def some_product(walk: Walk, *statuses: str) -> tuple[str, dict[str, Any]] | None:
    """Return one of the walk's products in such a status, and its body, if there is one."""
    found = [(one, body) for one, body in kept_truth.live_products(walk).items()
             if body["status"] in statuses]  # fmt: skip
    return walk.chance.choice(found, "product") if found else None
