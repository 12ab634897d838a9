"""Deliveries: what was sent to listeners, and sending it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from trunkline.cli.terminal import opened, out, show, stop
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services

if TYPE_CHECKING:
    from trunkline.hub.delivery_log import Delivery

app = typer.Typer(no_args_is_help=True, help="Messages to listeners: list, redeliver.")

LISTED_MAX = 200


@app.command("list")
def list_deliveries(
    state: Annotated[
        str, typer.Option(help="Only these: delivered, waiting, dead or skipped.")
    ] = "",
    subscription: Annotated[str, typer.Option(help="Only this subscription's.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=LISTED_MAX)] = 50,
) -> None:
    """List attempts to deliver, the newest first."""
    from trunkline.hub.delivery_log import read_log

    given = {"state": state, "subscription": subscription}
    wanted = {name: value for name, value in given.items() if value}
    with opened() as program, program.services.database.app.connection() as connection:
        found = read_log(
            program.services, connection, principal=None, wanted=wanted, before=None, limit=limit
        )
    rows = [
        (one.id, one.at, one.event_type, one.subscription, one.attempt, one.state,
         one.status, one.error)
        for one in found
    ]  # fmt: skip
    columns = ("Id", "Sent", "Event", "Subscription", "Try", "State", "Status", "Error")
    show("Deliveries", columns, rows)


@app.command()
def redeliver(
    numbers: Annotated[
        list[str], typer.Argument(metavar="ID...", help="From `trunkline deliveries list`.")
    ],
) -> None:
    """Send messages once more; each joins the line of its record."""
    from trunkline.hub.delivery_log import deliver_again
    from trunkline.hub.subscription import load_subscriptions

    with opened() as program, program.services.database.app.connection() as connection:
        for ident in numbers:
            found = _delivery(program.services, connection, ident)
            subscription = load_subscriptions(connection, [found.subscription])
            if not subscription:
                raise stop(f"The subscription of {ident} is gone; nobody listens any more.")
            is_new = deliver_again(connection, subscription[found.subscription], found)
            out.print(f"{ident} is sent again." if is_new else f"{ident} is about to be sent.")


def _delivery(services: Services, connection: Any, ident: str) -> Delivery:
    """Return one line of the log."""
    from trunkline.hub.delivery_log import read_log

    if UUID.match(ident):
        row = connection.execute(
            "select subscription::text, event_id::text from delivery where id = %s", [ident]
        ).fetchone()
        if row is not None:
            wanted = {"subscription": row[0], "event_id": row[1]}
            lines = read_log(
                services, connection, principal=None, wanted=wanted, before=None, limit=LISTED_MAX
            )
            for line in lines:
                if line.id == ident.lower():
                    return line
    raise stop(f"There is no delivery {ident}. `trunkline deliveries list` shows all.")
