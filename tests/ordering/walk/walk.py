"""A walk: orders are placed, changed, called off, fail, are put right, while processes die.

It is told by its seed alone, carried out in one process with a stepped worker, and judged after
each step (`truth.py`). `trace` says what was done and what came of it: the same for the same seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.ordering.walk import truth
from tests.ordering.walk.deaths import Deaths
from tests.ordering.walk.market import HOUR_S, OWN, Market
from tests.ordering.walk.world import WalkNetwork, WalkOutside
from tests.support.program import Site
from trunkline.documents.clock import machine_time
from trunkline.kernel.work import as_system
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.ordering import activation, plan_store
from trunkline.ordering.command import command_for, use_activator
from trunkline.ordering.design.calling import use_outside
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.content import ITEMS, content_of

ORDERS = "/tmf-api/productOrderingManagement/v4"
DAY_S = 24 * HOUR_S
POINTS_MAX = 16
CHOICES: dict[str, tuple[Any, ...]] = {
    "lines": (1, 2), "bandwidth": (50, 100, 500), "optimization": ("on", "off"),
    "sensors": (2, 4, 8), "zone": ("north", "south"),
}  # fmt: skip
PEACE_ROUNDS = 40
NEVER_S = 365.0 * DAY_S
TICK = timedelta(microseconds=50)


@dataclass
class Ticking:
    """A clock that moves on by as often as it is read, so that a busy machine changes nothing."""

    now: datetime = field(default_factory=machine_time)

    def __call__(self) -> datetime:
        self.now += TICK
        return self.now


@contextmanager
def own_time(site: Site) -> Iterator[None]:
    """Let time pass in a `with` block only as a walk says, for what waits, too."""
    before, put_back = site.services.machine_now, queue.put_back

    def put_back_for_long(connection: Any, row: Row, *, pause_s: float, **more: Any) -> None:
        put_back(connection, row, pause_s=NEVER_S if pause_s > 0 else 0, **more)

    site.services.machine_now, queue.put_back = Ticking(), put_back_for_long
    try:
        yield
    finally:
        site.services.machine_now, queue.put_back = before, put_back


@dataclass
class Walk:
    """The walk of one seed through a market of its own."""

    site: Site
    seed: int
    orders: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.deaths = Deaths()
        self.network = WalkNetwork(chance=self.chance, deaths=self.deaths)
        self.outside = WalkOutside(self.chance, self.deaths)

    @property
    def told(self) -> list[tuple[str, str]]:
        """What the network was told: the names of services, and what to do with them."""
        return [(one.name, one.action) for one in self.network.received]

    def steps(self, count: int) -> None:
        """Do so many things, one of those that may be done at a time, and end in peace."""
        with own_time(self.site):
            self._walk(count)

    def _walk(self, count: int) -> None:
        self.market = Market.open(self.site, by_plan=self.seed % 2 == 0)
        self.shop = self.market.shop
        use_activator(self.site.services, self.network)
        use_outside(self.site.services, self.outside)
        acts: tuple[Callable[[], object], ...] = (
            self.place, self.place, self.change_what_is_there, self.change_what_is_there,
            self.revise, self.revise, self.revise, self.decide, self.call_off,
            self.take_a_line_out, self.put_right, self.put_right, self.report, self.answer,
            self.tell, self.die, self.die, self.pass_time, self.work,
        )  # fmt: skip
        self.place()
        for _ in range(count):
            act = self.chance.choice(acts)
            self.trace.append(act.__name__)
            act()
            if self.chance.random() < 0.75:
                self.work()
            truth.must_hold(self)
        self.end()

    def note(self, *what: object) -> None:
        """Add what came of the last thing to the trace."""
        self.trace.append(" ".join(map(str, what)))

    def __str__(self) -> str:
        return f"seed {self.seed}: {'; '.join(self.trace[-60:])}"

    # --- orders ----------------------------------------------------------------------------------

    def place(self) -> None:
        """Order one to three lines, some of them for later; sent again where somebody died."""
        kinds = [self.voice, self.television, self.branch, self.alarm]
        chosen = self.chance.sample(kinds, self.chance.choice((1, 2, 3)))
        lines = [make(str(number)) for number, make in enumerate(chosen, start=1)]
        later = self.chance.random() < 0.15
        more = {"requestedStartDate": self.day_after(1)} if later else {}
        self.send(lines, more)

    def send(self, lines: list[dict[str, Any]], more: dict[str, Any]) -> None:
        """Send an order in, again under its key where whoever took it in died."""
        body = {
            "relatedParty": [{"id": self.shop.customer, "role": "customer"}],
            "billingAccount": {"id": self.shop.account}, "productOrderItem": lines, **more,
        }  # fmt: skip
        key = {"Idempotency-Key": f"{self.shop.customer}-{len(self.trace)}"}
        if self.chance.random() < 0.1:
            with self.deaths.after(self.chance.randrange(4)):
                self.site.admin.post(f"{ORDERS}/productOrder", body, headers=key)
        answer = self.site.admin.post(f"{ORDERS}/productOrder", body, headers=key)
        self.note(answer.status_code, answer.json.get("code", ""))
        if answer.status_code == 201:
            self.orders.append(answer.json["id"])
        else:  # a product that another order works on, or nothing that would change
            assert answer.status_code in (400, 409), (str(self), answer.json)

    def voice(self, ident: str) -> dict[str, Any]:
        return self.market.line(ident, "Voice Flat", self.somewhere(), lines=1)

    def television(self, ident: str) -> dict[str, Any]:
        return self.market.line(ident, "TV Sports", self.somewhere(), pack="sports")

    def branch(self, ident: str) -> dict[str, Any]:
        wanted = self.chance.choice(CHOICES["optimization"])
        return self.market.line(
            ident, "SD-WAN Site", self.somewhere(), bandwidth=50, optimization=wanted
        )

    def alarm(self, ident: str) -> dict[str, Any]:
        found = self.market.line(ident, "Alarm", self.somewhere(), zone="north", sensors=4)
        return found | ({"quantity": 2} if self.chance.random() < 0.3 else {})

    def somewhere(self) -> int:
        return self.chance.randrange(len(self.market.places))

    def day_after(self, days: int) -> str:
        ((now,),) = self.site.rows("select now() + offset_s * interval '1 s' from clock")
        moment = now.timestamp() + days * DAY_S
        return f"{type(now).fromtimestamp(moment, now.tzinfo).isoformat()[:19]}.000Z"

    def change_what_is_there(self) -> None:
        """Order another number of lines of something that works, or its end."""
        working = truth.working_products(self)
        if not working:
            return
        ident, values = self.chance.choice(working)
        ends = self.chance.random() < 0.4
        product: dict[str, Any] = {"id": ident}
        if not ends:
            product["productCharacteristic"] = self.other_values(values)
        action = "delete" if ends else "modify"
        self.send([{"id": "1", "action": action, "product": product}], {})

    def other_values(self, values: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {"name": name, "value": self.chance.choice(CHOICES[name])}
            for name in values
            if name in CHOICES
        ]

    # --- changes while they run ------------------------------------------------------------------

    def revise(self) -> None:
        """Ask for other values, another number, place or date, other lines; often hand it in."""
        order = self.one_that_runs()
        if order is None:
            return
        with as_system(self.site.services, "tests") as work:
            found = work.get(ProductOrder, order)
            assert found is not None
            items: list[Any] = content_of(found)[ITEMS]
        for one in items:
            self.alter(one)
        if self.chance.random() < 0.2 and len(items) > 1:
            items.pop(self.chance.randrange(len(items)))
        if self.chance.random() < 0.2:
            items.append(self.branch(str(self.chance.randrange(4, 8))))
        known = {one["id"]: one for one in items}
        body: dict[str, Any] = {"productOrderItem": list(known.values()), "reason": "a walk"}
        if self.chance.random() < 0.2:
            body["requestedCompletionDate"] = self.day_after(self.chance.randrange(5, 20))
        made = self.site.admin.post(f"{OWN}/productOrder/{order}/revision", body)
        self.note(made.status_code, made.json.get("code", ""))
        if made.status_code == 201 and self.chance.random() < 0.8:
            self.act(made.json["id"], "submit")

    def alter(self, item: dict[str, Any]) -> None:
        """Change some of what a line says."""
        if item.get("action") != "add":
            return
        for one in item.get("product", {}).get("productCharacteristic", ()):
            if one["name"] in CHOICES and self.chance.random() < 0.4:
                one["value"] = self.chance.choice(CHOICES[one["name"]])
        if "quantity" in item and self.chance.random() < 0.3:
            item["quantity"] = self.chance.choice((1, 2, 3))
        if self.chance.random() < 0.1:
            item["product"]["place"][0]["id"] = self.market.places[self.somewhere()]

    def act(self, revision: str, verb: str) -> None:
        """Do something about a revision; one that is refused is withdrawn."""
        answer = self.site.admin.post(f"{OWN}/orderRevision/{revision}/{verb}", {})
        assert answer.status_code in (200, 400, 409), (str(self), answer.json)
        self.note(verb, answer.status_code)
        if verb == "submit" and answer.status_code != 200:
            self.act(revision, "withdraw")

    def decide(self) -> None:
        """Hand in or withdraw a change that is open."""
        if open_ := self.open_revisions():
            self.act(self.chance.choice(open_), self.chance.choice(("submit", "withdraw")))

    def open_revisions(self) -> list[str]:
        rows = self.site.rows(
            "select id::text from order_revision where p_state = 'open' "
            "and (doc -> 'productOrder' ->> 'id') = any(%s) order by id", self.orders,
        )  # fmt: skip
        return [ident for (ident,) in rows]

    def call_off(self) -> None:
        """Cancel an order, whatever it is at."""
        if self.chance.random() < 0.5:
            wish = {"productOrder": {"id": self.chance.choice(self.orders)}}
            made = self.site.admin.post(f"{ORDERS}/cancelProductOrder", wish)
            self.note(made.status_code)

    def take_a_line_out(self) -> None:
        """Cancel one line of an order that runs."""
        order = self.one_that_runs()
        if order is not None:
            line = self.chance.choice(self.shop.read(order)["productOrderItem"])["id"]
            path = f"{OWN}/productOrder/{order}/line/{line}/cancel"
            answer = self.site.admin.post(path, {"reason": "a walk"})
            # A line that is canceled already is not there to be canceled.
            assert answer.status_code in (200, 400, 404, 409), (str(self), answer.json)
            self.note(answer.status_code, answer.json.get("code", ""))

    def one_that_runs(self) -> str | None:
        running = [one for one in self.orders if self.shop.read(one)["state"] == "inProgress"]
        return self.chance.choice(running) if running else None

    # --- people ----------------------------------------------------------------------------------

    def put_right(self) -> None:
        """Try fallout again, correct it, do it by hand, or leave it out."""
        for fallout in truth.open_fallout(self):
            verb = self.chance.choice(("retry", "retry", "retry", "completeByHand", "skip"))
            item = self.step_of(fallout)
            is_known = item is not None and item.error_kind == "business" and item.kind == "callout"
            # Nobody leaves out or does by hand what may have happened; what is undone is undone.
            if item is None or not is_known or (verb == "skip" and item.direction == "undo"):
                verb = "retry"
            body = {"reason": "a walk", "evidence": "seen"} if verb != "retry" else {}
            answer = self.site.admin.post(f"{OWN}/fallout/{fallout}/{verb}", body)
            self.note(verb, item.name if item is not None else "", answer.status_code)
            if verb == "completeByHand" and item is not None and answer.status_code == 200:
                self.by_hand(item)

    def step_of(self, fallout: str) -> PlanItem | None:
        """Return the step that fell out, None where an order could not be broken down."""
        rows = self.site.rows(
            "select p.root::text, p.id::text from plan_item p where p.fallout = %s", fallout
        )
        with as_system(self.site.services, "tests") as work:
            plan = plan_store.read(work, rows[0][0]) if rows else None
            item = plan.items.get(rows[0][1]) if plan is not None else None
        return item if item is not None and item.error_kind != "order" else None

    def by_hand(self, item: PlanItem) -> None:
        """Do in the network or outside what somebody says to have done there."""
        command = command_for(item)
        if command.call is not None:
            self.outside.take_effect(command.call.request)
        else:
            self.network.carry_out(command)

    def report(self) -> None:
        """Report tasks as done."""
        rows = self.site.rows(
            "select id::text from plan_item where kind = 'manual' and state = 'ready' "
            "and root = any(%s::uuid[]) order by root, position", self.orders,
        )  # fmt: skip
        body = {"evidence": "seen", "characteristic": [{"name": "doors", "value": 2}]}
        for (task,) in rows:
            answer = self.site.admin.post(f"{OWN}/task/{task}/complete", body)
            if answer.status_code == 400:  # this one asks for nothing
                answer = self.site.admin.post(f"{OWN}/task/{task}/complete", {"evidence": "seen"})
            assert answer.status_code in (200, 409), (str(self), answer.json)
            self.note("task", answer.status_code)

    # --- outside ---------------------------------------------------------------------------------

    def answer(self) -> None:
        """Let the network do what it has taken on, in any sequence, and tell it once or twice."""
        self.chance.shuffle(self.network.waiting)
        while self.network.waiting:
            command = self.network.waiting.pop()
            self.network.take_effect(command)
            for _ in range(self.chance.choice((1, 2))):
                with as_system(self.site.services, "network") as work:
                    activation.take_answer(work, command.key, self.network.orders[command.key])

    def tell(self) -> None:
        """Let panels be seen: events that steps wait for, sometimes twice."""
        rows = self.site.rows(
            "select correlation from plan_item where kind = 'event' and state = 'waiting' "
            "and root = any(%s::uuid[]) order by root, position", self.orders,
        )  # fmt: skip
        for number, (correlation,) in enumerate(rows):
            event = {"id": f"{correlation}-{len(self.trace)}-{number}", "type": "panelSeen",
                     "correlation": correlation, "body": {"serial": "P-1"}}  # fmt: skip
            for _ in range(self.chance.choice((1, 2))):
                told = self.site.admin.post(f"{OWN}/event", event)
                assert told.status_code == 200, (str(self), told.json)

    def die(self) -> None:
        """Let the worker die at one of the next points; another one finds what it has left."""
        self.chance.choice((self.place, self.revise, self.put_right, self.answer, self.report))()
        with self.deaths.after(self.chance.randrange(POINTS_MAX)):
            self.site.work()
        self.note("deaths", self.deaths.died)
        self.let_leases_end()

    def let_leases_end(self) -> None:
        with self.site.services.database.app.connection() as connection:
            connection.execute("update work set lease_until = null")

    def pass_time(self) -> None:
        """Let hours or days go by."""
        self.site.move_clock(self.chance.choice((HOUR_S // 2, 2 * HOUR_S, DAY_S)))
        self.hurry()

    def hurry(self) -> None:
        """Let what waits be looked at, as machine time would bring it about."""
        with self.site.services.database.app.connection() as connection:
            connection.execute("update work set run_at = now() where parked_at is null")
        self.work()

    def work(self) -> None:
        self.site.work()

    # --- the end ---------------------------------------------------------------------------------

    def end(self) -> None:
        """Let all be calm, decide what is open, answer what waits, put right what fell out."""
        self.network.is_calm = self.outside.is_calm = True
        self.trace.append("peace")
        for number in range(PEACE_ROUNDS):
            if number == 3:
                self.market.load(4 * len(self.orders))
            for one in self.open_revisions():
                self.act(one, "withdraw")
            self.work()
            self.answer()
            self.tell()
            self.report()
            self.retry_all()
            self.site.move_clock(DAY_S if number < 5 else HOUR_S)
            self.hurry()
            truth.must_hold(self)
            if number > 3 and truth.is_over(self):
                break
        truth.must_have_ended(self)

    def retry_all(self) -> None:
        for fallout in truth.open_fallout(self):
            self.site.admin.post(f"{OWN}/fallout/{fallout}/retry")
