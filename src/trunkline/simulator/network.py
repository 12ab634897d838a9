"""The simulated network: commands by key, services by id, and an honest count of effects.

All of it runs on one event loop, so each method is one step that nothing interrupts; that is
the lock. Whatever changes is journaled before the method returns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from .assignment import UNIQUE
from .command import Api, Command
from .document import Clock, Document, instant, parts, text
from .effect import Impossible, results_of
from .journal import Journal
from .ledger import EFFECTS
from .record import (
    Cancellation,
    Notification,
    Order,
    OrderState,
    Subscription,
    TaskState,
    made_id,
)
from .refusal import Refusal, not_found
from .rendering import FORMS
from .settings import Mode, UnknownService
from .trouble import Failure, Plan


class Network:
    """Holds everything that the simulator remembers."""

    def __init__(self, *, seed: int, clock: Clock, journal: Journal | None = None) -> None:
        self.services: dict[str, Document] = {}
        self.kept: dict[Api, dict[str, Document]] = {api: {} for api in EFFECTS}
        self.orders: dict[str, Order] = {}
        self.cancellations: dict[str, Cancellation] = {}
        self.subscriptions: dict[tuple[Api, str], Subscription] = {}
        self.received: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self._by_key: dict[str, Order | Cancellation] = {}
        self._by_external_id: dict[str, list[str]] = {}
        self._taken: set[tuple[str, str]] = set()
        self._seed = seed
        self._clock = clock
        self._journal = journal
        if journal is not None:
            self._replay(journal)

    def receive(self, key: str) -> int:
        """Count one more arrival of a command and say how many there were."""
        self.received[key] += 1
        self._write("received", key=key)
        return self.received[key]

    def known(self, command: Command) -> Order | None:
        """Find what the same key did before. Refuses 409 `commandKeyReused` for other content."""
        found = self._by_key.get(command.key)
        if found is None:
            return None
        if isinstance(found, Order) and found.command.fingerprint == command.fingerprint:
            return found
        raise _key_reused(command.key)

    def accept(self, command: Command, *, plan: Plan, callback: str | None) -> Order:
        """Take on a new command; nothing has taken effect yet."""
        order = Order(
            id=made_id(str(self._seed), command.key, command.api),
            command=command,
            plan=plan,
            accepted_at=instant(self._clock()),
            callback=callback,
        )
        self._keep_order(order)
        if plan.mode is Mode.CALLBACK:  # Otherwise `finish` follows at once and writes it.
            self._write("order", order=order)
        return order

    def finish(self, order: Order, *, unknown: UnknownService) -> None:
        """Carry an open order out, or fail it as planned; a final one stays as it is."""
        if not order.is_open:
            return
        order.completed_at = instant(self._clock())
        failure = order.plan.failure
        if failure is None:
            try:
                results = self._results(order, unknown)
            except Impossible as impossible:
                failure = impossible.failure
            else:
                self._carry_out(order, results)
                self._write("effect", order=order)
                return
        order.state, order.failure = OrderState.FAILED, failure
        self._write("order", order=order)

    def cancel(self, order: Order, *, key: str, reason: str | None) -> Cancellation:
        """Cancel an order that is still open; the same key gives the same task."""
        found = self._by_key.get(key)
        if found is not None:
            if isinstance(found, Cancellation) and found.order_id == order.id:
                return found
            raise _key_reused(key)
        in_time = order.is_open
        task = Cancellation(
            id=made_id(str(self._seed), key, "cancel"),
            key=key,
            order_id=order.id,
            requested_at=instant(self._clock()),
            state=TaskState.DONE if in_time else TaskState.TERMINATED_WITH_ERROR,
            reason=reason,
            failure=None if in_time else _too_late(order),
        )
        self._keep_cancellation(task, order)
        self._write("cancellation", task=task, order=order)
        return task

    def note_notification(self, order: Order, notification: Notification) -> None:
        """Remember what became of the call-back of an order."""
        order.notification = notification
        self._write("order", order=order)

    def subscribe(self, api: Api, callback: str, query: str | None) -> Subscription:
        """Register a call-back address; registering it again gives the same subscription."""
        subscription = Subscription(made_id(api, callback, query or ""), callback, query)
        self.subscriptions[api, subscription.id] = subscription
        self._write("subscription", api=api, subscription=subscription)
        return subscription

    def unsubscribe(self, api: Api, identifier: str) -> None:
        """Forget a call-back address."""
        if self.subscriptions.pop((api, identifier), None) is None:
            raise not_found("subscription", identifier)
        self._write("unsubscription", api=api, id=identifier)

    def order(self, identifier: str, api: Api = Api.ORDERING) -> Order:
        """Find an order by its id."""
        order = self.orders.get(identifier)
        if order is None or order.command.api is not api:
            raise not_found(FORMS[api].name, identifier)
        return order

    def find_orders(
        self, api: Api, *, external_id: str | None = None, state: str | None = None
    ) -> list[Order]:
        """List the orders of an API in order of arrival, by external id or key, and by state."""
        if external_id is None:
            found: Iterator[Order] = iter(self.orders.values())
        else:
            found = (self.orders[one] for one in self._by_external_id.get(external_id, []))
        return [
            order
            for order in found
            if order.command.api is api and state in (None, order.state.value)
        ]

    def service(self, identifier: str) -> Document:
        """Find a service by its id; one that has ended stays readable."""
        service = self.services.get(identifier)
        if service is None:
            raise not_found("service", identifier)
        return service

    def effects_report(self) -> Document:
        """Write what `/control/effects` answers: every command key and every service."""
        commands = []
        for key in dict.fromkeys([*self.received, *self._by_key]):
            found = self._by_key.get(key)
            entry: Document = {
                "key": key,
                "received": self.received[key],
                "effects": self.effects[key],
                "state": found.state if found else None,
                "id": found.id if found else None,
            }
            if isinstance(found, Order):
                entry["notification"] = found.notification
            commands.append(entry)
        return {"commands": commands, "services": self.services}

    def reset(self) -> None:
        """Forget commands, services and counts; the hubs' subscriptions stay."""
        for kept in (self.services, self.orders, self.cancellations, self.received, self.effects):
            kept.clear()
        for each in self.kept.values():
            each.clear()
        self._by_key.clear()
        self._by_external_id.clear()
        self._taken.clear()
        if self._journal is not None:
            self._journal.clear()
        for (api, _), subscription in self.subscriptions.items():
            self._write("subscription", api=api, subscription=subscription)

    def _results(self, order: Order, unknown: UnknownService) -> dict[str, Document]:
        api = order.command.api
        if api in EFFECTS:
            return {"1": EFFECTS[api](order.command, self.kept[api])}
        return results_of(
            order.command,
            self.services,
            seed=self._seed,
            at=order.completed_at or order.accepted_at,
            taken=self._taken,
            unknown=unknown,
        )

    def _carry_out(self, order: Order, results: dict[str, Document]) -> None:
        """Let a command take effect. The only place that does so, hence the place to count."""
        self.effects[order.command.key] += 1
        order.state, order.results = OrderState.COMPLETED, results
        if order.command.api in EFFECTS:
            self.kept[order.command.api].update({one["id"]: one for one in results.values()})
            return
        for service in results.values():
            self.services[service["id"]] = service
            self._taken.update(
                (entry["name"], str(entry["value"]))
                for entry in parts(service, "serviceCharacteristic")
                if entry["name"] in UNIQUE
            )

    def _keep_order(self, order: Order) -> None:
        key = order.command.key
        if order.id not in self.orders:
            for reference in {key, text(order.command.body, "externalId") or key}:
                self._by_external_id.setdefault(reference, []).append(order.id)
        self.orders[order.id] = order
        self._by_key[key] = order

    def _keep_cancellation(self, task: Cancellation, order: Order) -> None:
        self.cancellations[task.id] = task
        self._by_key[task.key] = task
        if task.state is TaskState.DONE:
            self.effects[task.key] += 1
            order.state, order.completed_at = OrderState.CANCELLED, task.requested_at

    def _write(self, kind: str, **content: object) -> None:
        if self._journal is not None:
            self._journal.append({"kind": kind, **content})

    def _replay(self, journal: Journal) -> None:
        for record in journal.replay():
            match record["kind"]:
                case "received":
                    self.received[record["key"]] += 1
                case "order":
                    self._keep_order(msgspec.convert(record["order"], Order))
                case "effect":
                    order = msgspec.convert(record["order"], Order)
                    self._keep_order(order)
                    self._carry_out(order, order.results)
                case "cancellation":
                    order = msgspec.convert(record["order"], Order)
                    self._keep_order(order)
                    self._keep_cancellation(msgspec.convert(record["task"], Cancellation), order)
                case "subscription":
                    subscription = msgspec.convert(record["subscription"], Subscription)
                    self.subscriptions[Api(record["api"]), subscription.id] = subscription
                case "unsubscription":
                    self.subscriptions.pop((Api(record["api"]), record["id"]), None)


def _key_reused(key: str) -> Refusal:
    return Refusal(
        409,
        "commandKeyReused",
        "The command key was used for something else",
        f"key {key} came before with other content; use a new key for a new command",
    )


def _too_late(order: Order) -> Failure:
    message = f"Service order {order.id} is {order.state}; undo it by a new order"
    return Failure("cancellationTooLate", "The order is past its point of no return", message)
