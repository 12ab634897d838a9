"""Changes to the children of a fault test, made as their modules are imported.

Python imports this file by itself where its folder is on the path, so it reaches the web
processes that granian starts, too. `FAULTS_LEASE_S` makes waits short. `FAULTS_CONTROL` names
a negative control: one mechanism is taken out, and the test must then go red. `FAULTS_POINTS`
is the folder from which crash points are asked for (crash_points.py). Nothing here is part of
the program.
"""

from __future__ import annotations

import importlib.util
import os
import random
import signal
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

Change = Callable[[Any], None]
LEASE_S = float(os.environ.get("FAULTS_LEASE_S", "60"))
CONTROL = os.environ.get("FAULTS_CONTROL", "")
DEATHS = float(os.environ.get("FAULTS_DEATHS", "0"))
LATE_S = float(os.environ.get("FAULTS_LATE_S", "0"))
EITHER = "w.lease_until is null or w.lease_until < clock_timestamp()"
EARLIER = """and not exists (
        select 1 from work p
        where p.subject = w.subject and p.kind = w.kind and p.id < w.id)"""
changes: dict[str, list[Change]] = {}


def change(module: str, *, control: str | None = None) -> Callable[[Change], Change]:
    """Apply a function to a module after its import; of a control only where that is asked for.

    The control `*` stands for all of them, to see whether they still meet the program.
    """

    def keep(function: Change) -> Change:
        if control is None or CONTROL in {control, "*"}:
            changes.setdefault(module, []).append(function)
        return function

    return keep


class Finder:
    """Finds the modules to be changed where they are, and changes them once they are made."""

    def __init__(self) -> None:
        self._looking: set[str] = set()

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """Return the module's own spec with a loader that applies the changes."""
        if name not in changes or name in self._looking:
            return None
        self._looking.add(name)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._looking.discard(name)
        if spec is not None and spec.loader is not None:
            make = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                make(module)
                before = names_in(module)
                for one in changes[name]:
                    one(module)
                    strange = names_in(module) - before
                    assert not strange, f"{one.__name__} sets what nobody reads: {strange}"

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def names_in(module: Any) -> set[str]:
    """Return the names in a module and in its classes: a change may add none to them."""
    classes = [one for one in vars(module).values() if isinstance(one, type)]
    own = [one for one in classes if one.__module__ == module.__name__]
    return set(vars(module)) | {f"{one.__name__}.{name}" for one in own for name in vars(one)}


def exchanged(text: str, old: str, new: str) -> str:
    """Replace a part of a statement that must be there."""
    assert old in text, f"the statement has changed: {old}"
    return text.replace(old, new)


# --- short waits -------------------------------------------------------------------------------


@change("trunkline.worker.steps")
def _short_lease(steps: Any) -> None:
    steps.LEASE_S = LEASE_S


@change("trunkline.hub.delivery")
def _short_delivery_lease(delivery: Any) -> None:
    delivery.LEASE_S = LEASE_S


@change("trunkline.hub.outcome")
def _short_schedule(outcome: Any) -> None:
    outcome.SCHEDULE_S = (0, 0.3, 0.5, 1, 1, 2, 2, 4, 4, 8, 8, 8, 8)


@change("trunkline.ordering.retry_policy")
def _short_pauses(retry_policy: Any) -> None:
    hurried = retry_policy.RetryPolicy(
        technical=(0.5, 1, 2, 4, 8, 16), unknown=(0.5, 1, 2, 4, 8, 16, 32),
        ask_first_s=2, ask_max_s=5,
    )  # fmt: skip
    retry_policy.policy_of = lambda services: hurried


@change("trunkline.worker.loop")
def _die_before_the_reply(loop: Any) -> None:
    """Let the web process die by chance, or take its time, between a commit and its answer."""
    wake = loop.Waker.wake

    def wake_or_die(self: Any) -> None:
        if DEATHS and random.random() < DEATHS:
            os.kill(os.getpid(), signal.SIGKILL)
        wake(self)
        time.sleep(LATE_S)

    loop.Waker.wake = wake_or_die


@change("trunkline.kernel.reactions")
def _tally(reactions: Any) -> None:
    """Carry out work of kind `faults.tally`: one mark per row, in the row's own transaction."""
    run = reactions.run_row

    def run_row(services: Any, row: Any) -> None:
        if row.kind != "faults.tally":
            run(services, row)
            return
        from trunkline.leases import queue

        with services.database.app.connection() as connection, connection.transaction():
            if not queue.hold(connection, row):
                raise reactions.LeaseLost(row.kind)
            connection.execute("insert into faults_tally (work) values (%s)", [row.id])
            connection.execute("select pg_sleep(%s)", [random.random() * 0.1])
            if not queue.finish(connection, row):
                raise reactions.LeaseLost(row.kind)

    reactions.run_row = run_row


# --- negative controls -------------------------------------------------------------------------


@change("trunkline.leases.queue", control="lease-never-ends")
def _lease_never_ends(queue: Any) -> None:
    queue.CLAIM = exchanged(queue.CLAIM, EITHER, "w.lease_until is null")


@change("trunkline.leases.queue", control="no-fencing")
def _no_fencing(queue: Any) -> None:
    """Let whoever claimed a row some time finish it, and several workers carry it out at once."""

    def finish(connection: Any, row: Any) -> bool:
        connection.execute("delete from work where id = %s", [row.id])
        return True

    queue.hold = lambda connection, row: True
    queue.finish = finish


@change("trunkline.adapters.network", control="no-command-key")
def _no_command_key(network: Any) -> None:
    submit = network.NetworkActivator.submit
    network.NetworkActivator.submit = lambda self, command: submit(
        self, replace(command, key=str(uuid.uuid4()))
    )
    network.NetworkActivator.query = lambda self, key: None


@change("trunkline.hub.feed", control="feed-by-number")
def _feed_by_number(feed: Any) -> None:
    text = exchanged(feed.REACHED, "and e.xid < pg_snapshot_xmin(pg_current_snapshot())", "")
    feed.REACHED = exchanged(
        text, "(e.xid, e.seq) > (%(xid)s::xid8, %(seq)s::bigint)",
        "%(xid)s::xid8 is not null and e.seq > %(seq)s::bigint",
    )  # fmt: skip
    feed.IN_ORDER = exchanged(feed.IN_ORDER, "e.xid, e.seq", "e.seq")


@change("trunkline.hub.delivery", control="no-line")
def _no_line(delivery: Any) -> None:
    delivery.CLAIM = exchanged(delivery.CLAIM, EARLIER, "")


@change("trunkline.hub.delivery", control="finish-before-sending")
def _finish_before_sending(delivery: Any) -> None:
    claim = delivery.Deliveries.claim

    def claim_and_finish(self: Any, *given: Any, **named: Any) -> Any:
        ready, passed = claim(self, *given, **named)
        with self._services.database.app.connection() as connection:
            for one in ready:
                delivery.queue.finish(connection, one.row)
        return ready, passed

    delivery.Deliveries.claim = claim_and_finish


@change("trunkline.rest.http", control="if-match-unread")
def _if_match_unread(http: Any) -> None:
    http.check_match = lambda req, document: None


@change("trunkline.kernel.reactions", control="settle-before-effects")
def _settle_before_effects(reactions: Any) -> None:
    """Remove a row of work in a transaction of its own before it is carried out."""
    run, queue = reactions.run_row, reactions.queue
    finish = queue.finish
    queue.hold = queue.finish = lambda connection, row: True

    def finish_and_run(services: Any, row: Any) -> None:
        with services.database.app.connection() as connection:
            finish(connection, row)
        run(services, row)

    reactions.run_row = finish_and_run


@change("trunkline.ordering.activation", control="new-key-when-tried-again")
def _new_key_when_tried_again(activation: Any) -> None:
    """Send a command whose outcome is unknown again as if it were another one."""
    exchange = activation.exchange

    def exchange_anew(activator: Any, command: Any, *, ask_first: bool) -> Any:
        key = str(uuid.uuid4()) if ask_first else command.key
        return exchange(activator, replace(command, key=key), ask_first=False)

    activation.exchange = exchange_anew


@change("trunkline.rest.idempotency", control="key-after-record")
def _key_after_record(idempotency: Any) -> None:
    """Keep an Idempotency-Key in a transaction that follows the one of its record."""
    claim, settle = idempotency.claim, idempotency.settle

    def look(work: Any, key: str, mark: bytes) -> Any:
        work.kept["mark"] = mark
        known = "select 1 from idempotency where client = %s and key = %s"
        is_known = work.connection.execute(known, [work.actor.id, key]).fetchone()
        return claim(work, key, mark) if is_known else None

    def settle_afterwards(work: Any, key: str, document: Any) -> None:
        work.connection.commit()
        work.connection.execute("begin")
        claim(work, key, work.kept["mark"])
        settle(work, key, document)

    idempotency.claim, idempotency.settle = look, settle_afterwards


if os.environ.get("FAULTS_POINTS"):
    import crash_points  # noqa: F401 - adds its changes
if changes:
    sys.meta_path.insert(0, Finder())  # type: ignore[arg-type]
