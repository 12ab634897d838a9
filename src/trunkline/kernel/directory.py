"""Directory: what one transaction knows of records by any of their names, and may refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from trunkline.documents.limits import LIES_IN
from trunkline.documents.references import Found
from trunkline.kernel.actor import Actor
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.references import KEY, UUID, Target
from trunkline.kernel.resource import Registry, Resource
from trunkline.kernel.select import array_of, may_reach
from trunkline.kernel.session import is_limited, is_narrow

NAMED = (
    "select value, record::text, (system = 'client')::int as rank from alias a "
    "where type = %s and value = any(%s) and not exists "
    "(select 1 from record r where r.id = any(%s::uuid[]) and r.id::text = a.value)"
)
"""The records that other systems know by some names; what is a record's id names nothing else."""
LOCKED = (
    "select r.id::text, r.type, r.label, r.owner::text, r.partner::text{} from record r "
    "where r.id = any(%s::uuid[]) and r.deleted_at is null for key share"
)


def may_be_ours(ident: str) -> bool:
    """Tell whether a name has the form of the ids that records get here (UUID version 7)."""
    return UUID.match(ident) is not None and ident[14] == "7"


class Directory:
    """Finds records by id, key or other system's id, and remembers those that it has locked."""

    def __init__(self, registry: Registry, connection: Any, actor: Actor) -> None:
        self._registry = registry
        self._connection = connection
        self._actor = actor
        self._more = f", {LIES_IN.format('r.owner')}" if is_limited(actor) else ""
        self.known: dict[str, Target] = {}
        self._found: dict[str, dict[str, str]] = {}

    def ids(self, resource: Resource, ident: str) -> Iterator[str]:
        """Yield the ids that a name may stand for; ask on where the one before is no record's."""
        if UUID.match(ident):
            yield ident.lower()
        yield from self.named(resource, [ident]).values()

    def named(self, resource: Resource, names: Iterable[str]) -> dict[str, str]:
        """Return the id for each name that is a key of a resource's record or an alias of one."""
        folded = {one: one.lower() if UUID.match(one) else one for one in names if "\0" not in one}
        found = self._found.setdefault(resource.name, {})
        if wanted := [one for one in folded.values() if one not in found]:
            rows = self._connection.execute(
                f"{NAMED} union all select key, id::text, 2 from {resource.table} "
                "where key = any(%s) order by rank, record desc",
                [resource.name, wanted, [one for one in wanted if UUID.match(one)], wanted],
            ).fetchall()
            found.update((name, ident) for name, ident, _ in rows)  # a key wins over an alias
        return {name: found[one] for name, one in folded.items() if one in found}

    def resolve(self, found: Sequence[Found]) -> None:
        """Lock and learn every record that these references name; by id, in one statement."""
        if not (asked := {one.holder["id"] for one in found} - self.known.keys()):
            return
        idents = {one: one.lower() for one in asked if UUID.match(one)}
        if unknown := asked - idents.keys():
            idents |= self._aliases(found, unknown)
        self._lock(set(idents.values()) - self.known.keys())
        unknown = {one for one, ident in idents.items() if ident not in self.known}
        aliases = self._aliases(found, {one for one in unknown if UUID.match(one)})
        self._lock(set(aliases.values()) - self.known.keys())
        for name, ident in (idents | aliases).items():
            if ident in self.known:
                self.known[name] = self.known[ident]

    def _lock(self, wanted: set[str]) -> None:
        if wanted:
            ids = [array_of(sorted(wanted))]
            self.learn(self._connection.execute(LOCKED.format(self._more), ids).fetchall())

    def learn(self, rows: Iterable[Sequence[Any]]) -> None:
        """Remember records that were locked by `LOCKED`, as far as they may be referred to."""
        for target in (Target(*row) for row in rows):
            if self._may_refer(target):
                blind = self._is_blind(self._registry.resources.get(target.type))
                self.known[target.id] = replace(target, label=None) if blind else target

    def _aliases(self, found: Sequence[Found], named: set[str]) -> dict[str, str]:
        if not named:
            return {}
        kinds = {name for one in found if one.id in named for name in one.shape.targets}
        among = [one for one in self._registry if one.name in kinds and not self._is_blind(one)]
        return dict(self.among(among, named))

    def among(
        self, resources: Sequence[Resource], names: Iterable[str]
    ) -> Iterator[tuple[str, str]]:
        """Yield (name, id) for names of records; a key is looked for in its own kind only."""
        asked = list(names)
        for resource in resources if asked else ():
            others = {one.prefix for one in resources} - {resource.prefix}
            own = [one for one in asked if not ((key := KEY.match(one)) and key[1] in others)]
            yield from self.named(resource, own).items()

    def _is_blind(self, resource: Resource | None) -> bool:
        """Tell whether a kind is pointed at by id only, since the actor reads none of it."""
        if resource is None or is_scoped(resource) or resource.data_class == "public":
            return False
        return is_narrow(self._actor) and self._actor.grant(resource, "read") is None

    def _may_refer(self, target: Target) -> bool:
        resource = self._registry.resources.get(target.type)
        if resource is None or not is_scoped(resource):
            return True
        grant = self._actor.grant(resource, "read")
        if grant is None:
            return not is_narrow(self._actor)
        return may_reach(self._actor, grant, target.owner, target.partner, target.lies_in)
