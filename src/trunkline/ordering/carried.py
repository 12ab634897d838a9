"""Carried values: what of a product's values goes on under another offering. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from trunkline.catalog.configuration import Allowed, completed
from trunkline.documents.shape import Json
from trunkline.shared.characteristic import Characteristic


def replaced(
    allowed: Allowed, held: Iterable[Characteristic], said: Collection[str | None]
) -> list[Characteristic]:
    """Return the values that another offering brings along in place of those that it does not have.

    What the product holds goes on where the offering allows it. Where not, and where the product
    holds nothing, the offering's default comes; what has none is left to who orders. What is
    `said` of the change counts as it is.
    """
    values = _by_name(held)
    found: list[Characteristic] = []
    for name, kept in allowed.items():
        own = values.get(name, [])
        if name in said or (own and not completed({name: kept}, own, path=name)[1]):
            continue
        found += completed({name: kept}, (), path=name)[0]
    return found


def taken_over(
    allowed: Allowed, sent: Sequence[Characteristic], held: Iterable[Characteristic]
) -> list[Characteristic]:
    """Return what is said of a line that asks for another offering than it did.

    What comes back as it was `held` goes on where the offering allows it; where not, the offering's
    default comes in its place, if it has one. What is said otherwise counts as it is.
    """
    former, values = _by_name(held), _by_name(sent)
    back = {name for name, own in values.items() if _plain(own) == _plain(former.get(name, ()))}
    gone = {
        name
        for name in back
        if name is None
        or name not in allowed
        or completed({name: allowed[name]}, values[name], path=name)[1]
    }
    kept = [one for one in sent if one.name not in gone]
    return [*kept, *replaced(allowed, (), allowed.keys() - gone)]


def _by_name(values: Iterable[Characteristic]) -> dict[str | None, list[Characteristic]]:
    found: dict[str | None, list[Characteristic]] = {}
    for one in values:
        found.setdefault(one.name, []).append(one)
    return found


def _plain(values: Iterable[Characteristic]) -> list[Json]:
    return [one.value for one in values]
