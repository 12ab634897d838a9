"""Beside a new record: what another area shows beside its form, and does when it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.web.forms import Form


@dataclass(frozen=True)
class Beside:
    """A fragment at an address, which gets the whole form as it is typed.

    `before` may refuse to make the record; `after` goes with the record into one transaction.
    `kept` names the fragment's own field, which is not lost when the form is shown again.
    """

    address: str
    kept: str
    before: Callable[[Work, Resource, dict[str, Json], Form], None]
    after: Callable[[Work, Document, Form], None]


_beside: dict[str, Beside] = {}


def stand_beside(name: str, one: Beside) -> None:
    """Show something beside the form of a new record of a kind, by the name of that."""
    _beside[name] = one


def beside_of(resource: Resource) -> Beside | None:
    """Return what stands beside the form of a new record of a kind."""
    return _beside.get(resource.name)
