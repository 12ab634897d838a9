"""A network in this process that does what a script says, and a shop that sells to Ada."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.support.program import Site
from trunkline.demo import catalog, people
from trunkline.kernel.work import as_system
from trunkline.ordering.command import (
    Answer,
    Command,
    OutcomeUnknown,
    Unavailable,
    use_activator,
)
from trunkline.ordering.retry_policy import RetryPolicy, use_policy

Act = Callable[["ScriptedNetwork", Command], Answer]


def done(network: ScriptedNetwork, command: Command) -> Answer:
    """Take effect and say so."""
    network.take_effect(command)
    return network.orders[command.key]


def pending(network: ScriptedNetwork, command: Command) -> Answer:
    """Take the command and be done with it later."""
    network.orders[command.key] = Answer("pending", external_id=f"N-{command.key[-6:]}")
    return network.orders[command.key]


def refused(network: ScriptedNetwork, command: Command) -> Answer:
    """Refuse for good."""
    answer = Answer("failed", code="noFreePort", message="no port is free at this address")
    network.orders[command.key] = answer
    return answer


def away(network: ScriptedNetwork, command: Command) -> Answer:
    """Do not answer the door."""
    raise Unavailable("http503", "the network is away")


def lost_after(network: ScriptedNetwork, command: Command) -> Answer:
    """Take effect, and lose the answer."""
    network.take_effect(command)
    raise OutcomeUnknown("answerLost", "the connection was closed")


def lost_before(network: ScriptedNetwork, command: Command) -> Answer:
    """Lose the command itself."""
    raise OutcomeUnknown("answerLost", "the connection was closed")


@dataclass
class ScriptedNetwork:
    """Remembers commands by key; `script` maps a service's name to what happens next to it."""

    script: dict[str, list[Act]] = field(default_factory=dict)
    orders: dict[str, Answer] = field(default_factory=dict)
    received: list[Command] = field(default_factory=list)
    effects: list[tuple[str, str, str]] = field(default_factory=list)
    asked: int = 0

    def submit(self, command: Command) -> Answer:
        self.received.append(command)
        known = self.orders.get(command.key)
        if known is not None:
            return known
        acts = self.script.get(command.name, [])
        return (acts.pop(0) if acts else done)(self, command)

    def query(self, key: str) -> Answer | None:
        self.asked += 1
        return self.orders.get(key)

    def take_effect(self, command: Command) -> None:
        self.effects.append((command.name, command.action, command.state or ""))
        values = {"Fibre Access": {"ontSerialNumber": "ONT-1"},
                  "Voice Line": {"voiceNumber": "+999301234567"}}  # fmt: skip
        found = values.get(command.name, {}) if command.action == "add" else {}
        found = {name: command.characteristics.get(name, one) for name, one in found.items()}
        self.orders[command.key] = Answer(
            "done", characteristics=found, body={"state": "completed"}
        )

    def effects_of(self, name: str) -> list[tuple[str, str]]:
        return [(action, state) for one, action, state in self.effects if one == name]


@dataclass
class Shop:
    """The demonstration catalog, Ada who buys from it, and the network behind it."""

    site: Site
    network: ScriptedNetwork
    offerings: dict[str, str]
    customer: str
    account: str
    place: str

    @classmethod
    def open(cls, site: Site) -> Shop:
        """Open the shop for a customer of its own, who has nothing yet."""
        with as_system(site.services, "tests") as work:
            stored = catalog.load(work)
            ada = people.add_customers(work, Random(1), 1)[0]
        network = ScriptedNetwork()
        use_activator(site.services, network)
        use_policy(site.services, RetryPolicy(technical=(0, 0), unknown=(0, 0), ask_first_s=3600))
        return cls(site, network, dict(stored.offerings), ada.id, ada.billing_account, ada.sites[0])

    def line(self, ident: str, offering: str, **values: Any) -> dict[str, Any]:
        """Return an order item that adds an offering at Ada's place."""
        return {
            "id": ident,
            "action": "add",
            "productOffering": {"id": self.offerings[offering]},
            "product": {
                "place": [{"id": self.place, "@referredType": "GeographicSite",
                           "role": "installation"}],
                "productCharacteristic": [{"name": n, "value": v} for n, v in values.items()],
            },
        }  # fmt: skip

    def fibre(self, ident: str = "1", speed: int = 1000) -> dict[str, Any]:
        sold = {100: ("Fibre 100M", 50), 500: ("Fibre 500M", 250), 1000: ("Fibre 1G", 500)}
        name, up = sold[speed]
        return self.line(ident, name, downloadSpeed=speed, uploadSpeed=up, installation="self")

    def voice(self, ident: str = "2") -> dict[str, Any]:
        return self.line(ident, "Voice Flat", lines=1)

    def order(self, *items: dict[str, Any], **more: Any) -> str:
        """Post an order and return its id."""
        answer = self.site.admin.post(
            "/tmf-api/productOrderingManagement/v4/productOrder",
            {
                "relatedParty": [{"id": self.customer, "role": "customer"}],
                "billingAccount": {"id": self.account},
                "productOrderItem": list(items),
                **more,
            },
        )
        assert answer.status_code == 201, answer.json
        return str(answer.json["id"])

    def visit(self) -> tuple[str, str]:
        """Return an order that waits for a technician, and its task."""
        speeds: dict[str, Any] = {"downloadSpeed": 1000, "uploadSpeed": 500}
        order = self.order(self.line("1", "Fibre 1G", installation="technician", **speeds))
        self.site.work()
        sql = (
            "select id::text from plan_item where root = %s and kind = 'manual' and state = 'ready'"
        )
        ((task,),) = self.site.rows(sql, order)
        return order, task

    def read(self, ident: str) -> dict[str, Any]:
        """Return an order as it is now."""
        found = self.site.admin.get(f"/tmf-api/productOrderingManagement/v4/productOrder/{ident}")
        body: dict[str, Any] = found.json
        return body

    def products(self, order: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the products that an order's items name."""
        base = "/tmf-api/productInventory/v4/product"
        idents = [one["product"]["id"] for one in order["productOrderItem"]]
        return [self.site.admin.get(f"{base}/{ident}").json for ident in idents]

    def steps(self, order: str) -> dict[str, str]:
        """Return the states of an order's steps by key."""
        return dict(
            self.site.rows(
                "select node_key, state from plan_item where root = %s order by position", order
            )
        )

    def key_of(self, order: str, node_key: str) -> str:
        """Return the command key of a step."""
        rows = self.site.rows(
            "select command_key::text from plan_item where root = %s and node_key = %s",
            order, node_key,
        )  # fmt: skip
        return str(rows[0][0])
