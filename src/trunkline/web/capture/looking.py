"""Looking: a transaction that previews an order, with what it asks for read at once before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar, cast

from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.filters import Condition
from trunkline.kernel.references import Target
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.states import label_of
from trunkline.kernel.work import FIND_MAX, Work
from trunkline.screens.read_ahead import keep, read_ahead, was_sought
from trunkline.screens.values_at import values_at
from trunkline.web.records import Branch, select_each

D = TypeVar("D", bound=Document)


class Looking(Work):
    """The transaction of another one, for looking only: what was read at once is not read again.

    The rules of an order read one record after the other; here they find them in one statement's
    answer. What is not there is read as ever.
    """

    def __init__(self, work: Work) -> None:
        super().__init__(
            work.services, work.connection, work.actor, work.now, work.generation, work.request
        )
        self._naming: dict[tuple[str, str], set[str]] = {}

    def read(self, branches: Sequence[Branch]) -> None:
        """Read records of several kinds, in one statement."""
        self.read_each(branches)

    def read_each(self, branches: Sequence[Branch]) -> list[list[Document]]:
        """Read the same, and return what each branch found; versions alone are not known."""
        found = select_each(self, branches)
        for branch, documents in zip(branches, found, strict=True):
            for one in () if branch.only_version else documents:
                self.know(one)
        return found

    def know(self, document: Document) -> None:
        """Take in a record that was read otherwise, such as one of a kept snapshot."""
        keep(self, document.resource.name, (), [document])
        if self.actor.grant(document.resource, "read") is not None:
            meta, label = document.meta, label_of(document.resource, document.raw)
            self._targets[document.id] = Target(
                document.id, document.resource.name, label, meta.owner, meta.partner
            )

    def held(self, kind: type[D]) -> list[D]:
        """Return what was read of a kind, in the sequence in which it was read."""
        found = read_ahead(self).found.items()
        own = [one for (name, _), one in found if name == kind.resource.name and one is not None]
        return cast("list[D]", own)

    def the(self, kind: type[D], ident: str) -> D:
        """Return a record that was read, or refuse (404)."""
        found = self.many(kind, [ident]).get(ident)
        if found is None:
            raise NotFound("notFound", f"there is no {kind.resource.title.lower()} {ident}")
        return found

    def many(self, kind: type[D], idents: Iterable[str]) -> dict[str, D]:
        """Return the records with these ids, by id; those that were read are not read again."""
        wanted = sorted(set(idents))
        known = read_ahead(self).found
        found = {one: held for one in wanted if (held := known.get((kind.resource.name, one)))}
        rest = super().many(kind, [one for one in wanted if one not in found])
        return cast("dict[str, D]", found) | rest

    def has_all_naming(self, kind: type[Document], path: str, idents: Iterable[str]) -> None:
        """Take in that all records of a kind which name these at a path are among those read."""
        self._naming.setdefault((kind.resource.name, path), set()).update(idents)

    def find(self, kind: type[D], wanted: Mapping[str, Json], *, limit: int = FIND_MAX) -> list[D]:
        """Return the records with these values; where all that may be meant were read, of those."""
        sought = was_sought(self, kind, wanted, limit=limit)
        if sought is not None:
            return sought
        asked = {path: _listed(value) for path, value in wanted.items()}
        name = kind.resource.name
        if not any(self._naming.get((name, one), set()).issuperset(asked[one]) for one in asked):
            return super().find(kind, wanted, limit=limit)
        found = [
            one
            for one in self.held(kind)
            if all(not set(values_at(one.raw, path)).isdisjoint(asked[path]) for path in asked)
        ]
        return sorted(found, key=lambda one: one.id, reverse=True)[:limit]

    def condition_targets(self, resource: Resource, condition: Condition) -> list[str] | None:
        """Return the ids that a condition names; those of records that were read are no others'."""
        idents = [str(one) for one in condition.values]
        if idents and len(condition.steps) >= 2 and condition.operator == "eq":
            known = {ident for _, ident in read_ahead(self).found}
            if condition.steps[-1].attribute.json_name == "id" and known.issuperset(idents):
                return idents
        return super().condition_targets(resource, condition)


def _listed(value: Json) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]
