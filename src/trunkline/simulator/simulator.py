"""The running simulator: network, troubles, timers, held answers and call-backs together."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import aiohttp
from aiohttp import web

from .client_token import Gate
from .command import Command
from .document import Clock
from .network import Network
from .notification import Event, addresses, deliver, post_result, state_change
from .record import Cancellation, Notification, Order, OrderState
from .refusal import Refusal
from .settings import LostAnswerKind, Mode, Settings
from .trouble import Trouble


class Simulator:
    """Takes commands in, carries them out now or later, and calls back."""

    def __init__(
        self,
        network: Network,
        settings: Settings,
        *,
        clock: Clock,
        gate: Gate | None = None,
        callback_secret: bytes | None = None,
    ) -> None:
        self.network = network
        self.trouble = Trouble(settings)
        self.gate = gate
        self.clock = clock
        self.base_url = ""
        self._first_settings = settings
        self._callback_secret = callback_secret
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._released = asyncio.Event()
        self._held = 0
        self._session: aiohttp.ClientSession | None = None

    async def start(self, base_url: str) -> None:
        """Take up what a former run left: open orders and call-backs not delivered."""
        self.base_url = base_url
        connector = aiohttp.TCPConnector(limit=32)
        self._session = aiohttp.ClientSession(connector=connector)
        for order in list(self.network.orders.values()):
            if order.is_open:
                self._schedule(order)
            elif order.notification is Notification.NONE:
                self._notify(order)

    async def stop(self) -> None:
        """Release held answers and drop timers and call-backs; a journal brings them back."""
        self._forget_work()
        self.release_answers()
        if self._session is not None:
            await self._session.close()

    async def submit(self, command: Command, callback: str | None, request: web.Request) -> Order:
        """Take a command in and say what became of it. Refuses 503 during an outage."""
        attempt = self.network.receive(command.key)
        outage = self.trouble.outage(command)
        if outage is not None:
            raise Refusal(503, *outage.error)
        order = self.network.known(command)
        if order is None:
            plan = self.trouble.plan(command)
            order = self.network.accept(command, plan=plan, callback=callback)
            if plan.mode is Mode.NOW:
                self._carry_out(order)
                await _pause(plan.delay_ms)
            else:
                self._schedule(order)
        await self._lose_answer(command.key, attempt, request)
        return order

    async def cancel(
        self, order: Order, *, key: str, reason: str | None, request: web.Request
    ) -> Cancellation:
        """Cancel an order if it is still open, and call back when it was."""
        attempt = self.network.receive(key)
        was_open = order.is_open
        task = self.network.cancel(order, key=key, reason=reason)
        if was_open and not order.is_open:
            self._drop_timer(order)
            self._notify(order)
        await self._lose_answer(key, attempt, request)
        return task

    def tell_later(self, address: str, body: bytes) -> None:
        """Post a result to an address after the least delay that is set."""
        self._begin(self._tell(address, body))

    async def _tell(self, address: str, body: bytes) -> None:
        settings = self.trouble.settings
        await _pause(settings.delay_ms[0])
        if self._session is not None:
            await post_result(
                self._session,
                body,
                address,
                token=settings.result_token,
                attempts=settings.callback_attempts,
            )

    def behave(self, settings: Settings) -> None:
        """Put settings in force; commands accepted before keep what was decided for them."""
        self.trouble = Trouble(settings)

    def reset(self) -> None:
        """Forget commands and services and go back to the settings of the start."""
        self._forget_work()
        self.release_answers()
        self.network.reset()
        self.behave(self._first_settings)

    def release_answers(self) -> int:
        """Let held answers go and say how many there were."""
        self._released.set()
        self._released = asyncio.Event()
        return self._held

    def release_orders(self) -> int:
        """Carry out all open orders at once and say how many there were."""
        open_orders = [self.network.orders[one] for one in list(self._timers)]
        for order in open_orders:
            self._drop_timer(order)
            self._carry_out(order)
        return len(open_orders)

    def _schedule(self, order: Order) -> None:
        loop = asyncio.get_running_loop()
        delay_s = order.plan.delay_ms / 1000
        self._timers[order.id] = loop.call_later(delay_s, self._carry_out, order)

    def _carry_out(self, order: Order) -> None:
        self._timers.pop(order.id, None)
        self.network.finish(order, unknown=self.trouble.settings.unknown_service)
        self._notify(order)

    def _notify(self, order: Order) -> None:
        """Call back about an order that ended after its answer was given."""
        targets = addresses(order, self.network.subscriptions)
        if order.plan.mode is Mode.NOW or not targets:
            return
        order.notification = Notification.PENDING
        self._begin(self._call_back(order, targets))

    async def _call_back(self, order: Order, targets: tuple[str, ...]) -> None:
        plan = order.plan
        ended_at = order.completed_at or order.accepted_at
        final = state_change(order, order.state, at=ended_at, base_url=self.base_url)
        events = [final, final] if plan.duplicate else [final]
        if plan.out_of_order:
            stale = state_change(
                order, OrderState.IN_PROGRESS, at=order.accepted_at, base_url=self.base_url
            )
            events.append(stale)
        await _pause(plan.late_ms)
        taken = [await self._send(event, target) for target in targets for event in events]
        outcome = Notification.DELIVERED if all(taken) else Notification.GAVE_UP
        self.network.note_notification(order, outcome)

    async def _send(self, event: Event, target: str) -> bool:
        if self._session is None:
            return False
        return await deliver(
            self._session,
            event,
            target,
            secret=self._callback_secret,
            attempts=self.trouble.settings.callback_attempts,
            clock=self.clock,
            token=self.trouble.settings.result_token,
        )

    async def _lose_answer(self, key: str, attempt: int, request: web.Request) -> None:
        if not self.trouble.loses_answer(key, attempt):
            return
        settings = self.trouble.settings
        if settings.lost_answer_kind is LostAnswerKind.CLOSE:
            if request.transport is not None:
                request.transport.close()
            return
        self._held += 1
        try:
            async with asyncio.timeout(settings.hold_ms / 1000):
                await self._released.wait()
        except TimeoutError:
            return
        finally:
            self._held -= 1

    def _drop_timer(self, order: Order) -> None:
        timer = self._timers.pop(order.id, None)
        if timer is not None:
            timer.cancel()

    def _forget_work(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for task in list(self._tasks):
            task.cancel()

    def _begin(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _pause(milliseconds: int) -> None:
    if milliseconds:
        await asyncio.sleep(milliseconds / 1000)
