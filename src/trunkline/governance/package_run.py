"""Taking a package in: tried, or written, in one transaction; and who may do that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trunkline.documents.errors import Forbidden
from trunkline.governance.packages import Done, Package, applied, must_stand
from trunkline.kernel.actor import Actor
from trunkline.kernel.reading import GenerationMoved
from trunkline.kernel.services import Services
from trunkline.kernel.session import is_narrow
from trunkline.kernel.work import transaction

EXPORT = "governance:export"
IMPORT = "governance:import"


class _Tried(Exception):
    """What was tried is taken back."""


@dataclass(frozen=True)
class Asking:
    """Who takes a package in, as of which rights (None: as they are), in which request."""

    actor: Actor
    generation: int | None = None
    request: str | None = None


def must_transfer(actor: Actor, permission: str) -> None:
    """Refuse (403) who may not take packages out or in for the whole installation.

    Nor may who reaches some records only: row-level security hides from them what is in a package.
    """
    if actor.must_have(permission).reach != "all" or is_narrow(actor):
        raise Forbidden("notAllowed", f"{permission} over everything is needed here")


def take_in(
    services: Services, asking: Asking, package: Package, chosen: Iterable[str] | None = None
) -> list[Done]:
    """Write a package, or its chosen items, or nothing: refuses where any item is refused."""
    return _taken(services, asking, package, chosen, is_dry=False)


def try_out(
    services: Services, asking: Asking, package: Package, chosen: Iterable[str] | None = None
) -> list[Done]:
    """Return what would become of a package's items; nothing is written."""
    return _taken(services, asking, package, chosen, is_dry=True)


def _taken(
    services: Services,
    asking: Asking,
    package: Package,
    chosen: Iterable[str] | None,
    *,
    is_dry: bool,
) -> list[Done]:
    must_transfer(asking.actor, IMPORT)
    done: list[Done] = []
    try:
        with transaction(services, asking.actor, request=asking.request) as work:
            if asking.generation not in {None, work.generation}:
                raise GenerationMoved
            done = applied(work, package, chosen)
            if is_dry:
                raise _Tried
            must_stand(done)
    except _Tried:
        pass
    return done
