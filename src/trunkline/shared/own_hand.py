"""Own hand: what those who reach some records only may not decide about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trunkline.documents.errors import Fault
from trunkline.documents.shape import OUTSIDE, OWN, Shape
from trunkline.kernel.actor import Actor
from trunkline.kernel.masks import staffs_words
from trunkline.kernel.resource import Document


def noted_by_staff(kind: type[Document], *names: str) -> None:
    """Keep attributes of a kind from those who reach their own records only.

    They neither read nor change them; what they say themselves as they hand something in is kept.
    """
    staffs_words[kind, OWN] = names


def internal_note(kind: type[Shape], *names: str) -> None:
    """Keep notes of the staff on a kind from customers and partners alike, whatever they hold.

    Those of a shape are kept in every record that holds one, however deep.
    """
    staffs_words[kind, OUTSIDE] = names


def left_to_staff(
    actor: Actor,
    old: Document | None,
    new: Document,
    *,
    money: Iterable[str],
    standing: Iterable[str],
) -> Iterator[Fault]:
    """Yield a fault for each attribute that a customer or partner changes and may not.

    What is about `money` neither sets, in new records either; `standing` a customer leaves as it
    is: state, links to others, what the operator has found out.
    """
    grant = actor.grant(new.resource, "create" if old is None else "update")
    if grant is None or grant.is_staffs:
        return
    before = old.raw if old is not None else {}
    names = {*money, *(standing if old is not None and grant.reach == "own" else ())}
    for name in sorted(names):
        if before.get(name) != new.raw.get(name):
            yield Fault(name, "notYours", "is for the staff to decide; leave it as it is")
