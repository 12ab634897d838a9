"""Work: one transaction of the domain, with the verbs that rules, reactions and pages use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from trunkline.documents.decode import encode, load, normalise
from trunkline.documents.errors import Conflict, Fault, Forbidden, NotFound, Refusal, refuse
from trunkline.documents.patch import changes as field_changes
from trunkline.documents.patch import encode_changes, same
from trunkline.documents.references import Found, pick, references
from trunkline.documents.shape import Json
from trunkline.documents.sound import Sound
from trunkline.kernel import runtime
from trunkline.kernel.actor import Actor, Grant, Verb, system
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.directory import Directory, may_be_ours
from trunkline.kernel.filters import Condition, Schema
from trunkline.kernel.pending import Pending
from trunkline.kernel.references import (
    UUID,
    Edit,
    Target,
    check,
    held_targets,
    links,
    owners,
    removed,
)
from trunkline.kernel.resource import Document, Meta, Resource
from trunkline.kernel.row import ROW, document_of, kind_view
from trunkline.kernel.schema import validators
from trunkline.kernel.select import Columns, Sql, array_of, may_reach, scope, where
from trunkline.kernel.services import Configuration, Happening, RuntimeAttribute, Services
from trunkline.kernel.session import begin, enter_scope, is_narrow
from trunkline.kernel.states import (
    QUIET,
    event_kind,
    internal_state,
    label_of,
    move_faults,
    prepare,
    publish_state,
    stamp,
    start_faults,
    state_names,
)
from trunkline.kernel.write import Change, promoted_values
from trunkline.leases.queue import NewWork

D = TypeVar("D", bound=Document)
Faults: TypeAlias = Sequence[Fault]
Pairs: TypeAlias = Sequence[tuple[Document, dict[str, Json]]]
FIND_MAX = 1000


@contextmanager
def transaction(services: Services, actor: Actor, *, request: str | None = None) -> Iterator[Work]:
    """Open a transaction for an actor; it commits at the end and rolls back on any error."""
    narrow = is_narrow(actor)
    pool = services.database.scoped if narrow else services.database.app
    with pool.connection() as connection:
        number, offset_s = begin(connection)
        try:
            if narrow:
                enter_scope(connection, actor, services.registry)
            yield Work(services, connection, actor, services.now(offset_s), number, request)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


class Work:
    """One transaction: reads, writes, and who does them when.

    Reads and writes of an actor with a narrow reach stay within its rows. `skip_reactions` is for
    seeding only: nothing follows from what is written, and nobody outside is told. `kept` is where
    behaviours keep what they have read for the rest of the transaction.
    """

    def __init__(
        self,
        services: Services,
        connection: Any,
        actor: Actor,
        now: datetime,
        generation: int,
        request: str | None,
    ) -> None:
        self.services = services
        self._connection = connection
        self.actor = actor
        self.now = now
        self.generation = generation
        self._configuration = services.configuration(connection, generation)
        self.request = request
        self.cause: Json = None
        self.skip_reactions = False
        self.kept: dict[type, Any] = {}
        self._pending = Pending(connection, services.keyring, actor, request, now)
        self._in_doubt = False
        self._references: dict[str, Sequence[Found]] = {}  # of the records that were written
        self.directory = Directory(services.registry, connection, actor)
        self._targets = self.directory.known

    @property
    def connection(self) -> Any:
        """The connection of the transaction, on which everything is written that was to be."""
        self._pending.write()
        return self._connection

    @property
    def configuration(self) -> Configuration:
        """What the operator has configured, as this transaction sees it."""
        if self._configuration.generation != self.generation:
            self._configuration = self.services.configuration(self.connection, self.generation)
        return self._configuration

    def defined(self, resource: Resource) -> Mapping[str, RuntimeAttribute]:
        """Return the attributes that the operator added to a resource, by name."""
        return self.configuration.runtime.get(resource.name, {})

    # --- reading ---------------------------------------------------------------------------

    def get(self, kind: type[D], ident: str) -> D | None:
        """Return a record by id, key or other system's id, or None."""
        for found in self.directory.ids(kind.resource, ident):
            record = self.many(kind, [found]).get(found)
            if record is not None:
                return record
        return None

    def many(self, kind: type[D], idents: Iterable[str]) -> dict[str, D]:
        """Return the records with these ids, by id; what is missing or no id is not in it."""
        wanted = sorted({one for one in idents if UUID.match(one)})
        if not wanted:
            return {}
        condition = self._scope(kind.resource)
        condition.also("t.id = any(%s::uuid[])", array_of(wanted))
        return {one.id: one for one in self._select(kind, condition, "")}

    def find(
        self,
        kind: type[D],
        wanted: Mapping[str, Json],
        *,
        limit: int = FIND_MAX,
    ) -> list[D]:
        """Return the records whose values at dotted paths are these, newest first.

        A list as value means any of them. Paths are checked like those of a filter.
        """
        condition = self._scope(kind.resource)
        sql = self.filtered(kind.resource, [_wanted(kind.resource, *one) for one in wanted.items()])
        condition.also(sql.text, *sql.parameters)
        return self._select(kind, condition, f"order by t.id desc limit {int(limit)}")

    def filtered(self, resource: Resource, conditions: Sequence[Condition]) -> Sql:
        """Return the SQL of filters on a resource."""
        return where(
            self.columns(resource), conditions, lambda one: self.condition_targets(resource, one)
        )

    def columns(self, resource: Resource) -> Columns:
        """Return where the values of a resource can be read quickly."""
        own = self.defined(resource).values()
        indexed = frozenset(o.name for o in own if o.indexed and o.settled)
        return Columns(resource, indexed, self.services.registry.live_kinds(resource))

    def condition_targets(self, resource: Resource, condition: Condition) -> list[str] | None:
        """Return the ids that a condition on a reference's id names; None for other conditions."""
        if len(condition.steps) < 2 or condition.operator not in {"eq", "ne"}:
            return None
        holder = condition.steps[-2].attribute.shape
        if condition.steps[-1].attribute.json_name != "id" or holder is None:
            return None
        targets = held_targets(self.services.registry, holder)
        if not targets or len(targets) < len(holder.targets):
            return None
        idents = [str(one) for one in condition.values]
        is_plain = condition.operator == "eq" and len(idents) == 1 and not self._in_doubt
        names = [one for one in idents if not (is_plain and may_be_ours(one))]
        found = [one for one in idents if UUID.match(one)]
        return found + [ident for _, ident in self.directory.among(targets, names)]

    def doubts(self, conditions: Sequence[Condition]) -> bool:
        """Tell, once, whether an id in filters that looks like ours is another system's."""
        values = [str(value).lower() for one in conditions if one.steps for value in one.values]
        asked = [] if self._in_doubt else [one for one in values if may_be_ours(one)]
        if asked:
            sql = "select 1 from alias where value = any(%s) limit 1"
            self._in_doubt = self.connection.execute(sql, [asked]).fetchone() is not None
        return bool(asked) and self._in_doubt

    def _select(self, kind: type[D], condition: Sql, tail: str) -> list[D]:
        rows = self.connection.execute(
            f"select {ROW} from {kind.resource.table} t where {condition.text} {tail}",
            condition.parameters,
        ).fetchall()
        return [document_of(kind, row) for row in rows]

    def _scope(self, resource: Resource, verb: Verb = "read") -> Sql:
        """Keep to the actor's rows; rules of an actor who may not read at all still read."""
        grant = self.actor.grant(resource, verb)
        if grant is None:
            grant = Grant("own" if is_narrow(self.actor) else "all")
        return scope(resource, self.actor, grant)

    # --- writing ---------------------------------------------------------------------------

    def add(self, *documents: D, known: Faults = ()) -> D:
        """Store new records of one kind and return the first.

        Each gets its id, key and defaults; schema, lifecycle, references and rules are checked
        and every fault is named at once, with those that are `known` already.
        """
        resource = documents[0].resource
        wrong: dict[str, list[Fault]] = {}
        defined = self.defined(resource)
        for document in documents:
            if "meta" not in document.__dict__ or not document.meta.id:
                object.__setattr__(document, "meta", Meta(self.services.chance.uuid()))
            prepare(resource, document.raw, self.now)
            faults = wrong.setdefault(document.id, [])
            normalise(resource.type, document.raw, faults)
            faults += validators.of(resource).faults(document.raw)
            faults += runtime.faults(defined, document.raw)
            faults += start_faults(resource, document.raw)
            self._targets[document.id] = Target(document.id, resource.name, None, None, None)
        self._refuse_wrong([(one, None) for one in documents], wrong, known)
        found, faults = self._checked_references(resource, documents)
        if not faults and self._complete(resource, documents):
            found, faults = self._checked_references(resource, documents)
        for document in documents:
            faults += self._rule_faults(resource, None, document)
        refuse([*known, *faults])
        changes = [
            self._change(resource, document, own, None, own)
            for document, own in zip(documents, found, strict=True)
        ]
        self._keep(changes, [(one, {}) for one in documents], [[] for _ in changes])
        return documents[0]

    def _complete(self, resource: Resource, documents: Sequence[Document]) -> bool:
        """Fill in what records that are handed in leave out; return whether anything does that."""
        completions = self.services.registry.completions.get(resource.name, ())
        for complete, _ in completions:
            for document in documents:
                complete(self, document)
        if completions:
            refuse([f for one in documents for f in validators.of(resource).faults(one.raw)])
        return bool(completions)

    def _refuse_wrong(
        self, edited: Iterable[tuple[Document, Any]], wrong: Mapping[str, Faults], known: Faults
    ) -> None:
        """Refuse what the schema finds wrong, together with what is wrong beside that."""
        if any(wrong.values()):
            refuse([*known, *(f for one in edited for f in self._beside(*one, wrong[one[0].id]))])

    def _beside(self, document: Document, before: Any, wrong: Faults) -> Iterator[Fault]:
        """Yield faults, and what references and rules find in the parts that are not wrong."""
        yield from wrong
        resource, raw = document.resource, document.raw
        found = references(resource.type, raw) if before is None else Edit(document, before).new()
        self.directory.resolve(found)
        yield from check(self.services.registry, found, self._targets)
        validator, tied = validators.of(resource), state_names(resource)
        sound = Sound(resource.type, raw, wrong, validator, before=before, tied=tied)
        if sound.raw is None:
            return
        rest = kind_view(document, sound.raw)
        old = None if before is None else kind_view(document, before)
        try:
            if before is None:
                prepare(resource, rest.raw, self.now)
                if not self._checked_references(resource, [rest])[1]:
                    self._complete(resource, [rest])
            yield from sound.placed([*self._rule_faults(resource, old, rest)])
        except Refusal as refusal:
            yield from sound.placed(refusal.faults)

    def settle_references(self, document: Document) -> list[Fault]:
        """Bring the references of a document that is not stored into the form of stored ones."""
        return self._checked_references(document.resource, [document])[1]

    def _checked_references(
        self, resource: Resource, documents: Sequence[Document]
    ) -> tuple[list[list[Found]], list[Fault]]:
        found = [references(resource.type, one.raw) for one in documents]
        self.directory.resolve([one for each in found for one in each])
        faults = [
            fault for own in found for fault in check(self.services.registry, own, self._targets)
        ]
        return found, faults

    def learn(self, documents: Iterable[Document]) -> None:
        """Look up at once what records to be made refer to, other than to each other."""
        new = list(documents)
        own = {one.id for one in new}
        found = [one for each in new for one in references(type(each), each.raw)]
        self.directory.resolve([one for one in found if one.id not in own])

    @contextmanager
    def edit(self, kind: type[D], ident: str, *, verb: Verb = "update") -> Iterator[D]:
        """Lock a record and yield it; what is changed in it is checked and written at the end.

        No difference, no write. Refuses (404) a record that is not there or out of reach.
        """
        document = self.lock(kind, ident, verb=verb)
        before = encode(document.raw)
        yield document
        self.save(document, load(before))

    def lock(self, kind: type[D], ident: str, *, verb: Verb = "update") -> D:
        """Return a record locked until the end of the transaction, or refuse with 404."""
        resource = kind.resource
        for found in self.directory.ids(resource, ident):
            condition = self._scope(resource, verb)
            condition.also("t.id = %s::uuid", found)
            rows = self._select(kind, condition, "for update of t")
            if rows:
                return rows[0]
        raise NotFound("notFound", f"there is no {resource.title.lower()} {ident}")

    def save(self, document: Document, before: dict[str, Json], known: Faults = ()) -> bool:
        """Check and write what differs from `before`; return whether anything did."""
        return bool(self.save_all([(document, before)], known))

    def save_all(self, edited: Pairs, known: Faults = ()) -> int:
        """Check and write locked records of one kind, each with what it was; return how many.

        Those without a difference are not written. `known` are faults that were found before.
        """
        wrong: dict[str, list[Fault]] = {one.id: [] for one, _ in edited}
        differing = [one for one in edited if self._differs(*one, wrong[one[0].id])]
        changed = self._settled([Edit(*one) for one in differing])
        if not changed:
            refuse(known)
            return 0
        resource = changed[0].document.resource
        defined = self.defined(resource)
        for one in changed:
            stamp(resource, one.document.raw, self.now)
            faults = wrong[one.document.id]
            faults += validators.of(resource).faults(one.document.raw)
            faults += runtime.faults(defined, one.document.raw)
            faults += move_faults(resource, one.before, one.document.raw)
        self._refuse_wrong([(one.document, one.before) for one in changed], wrong, known)
        self._complete_again(resource, changed)
        faults = [*known]
        news = [one.new() for one in changed]
        self.directory.resolve([one for each in news for one in each])
        for one, new in zip(changed, news, strict=True):
            faults += check(self.services.registry, new, self._targets)
            old = kind_view(one.document, one.before)
            faults += self._rule_faults(resource, old, one.document)
        refuse(faults)
        changes = []
        for one, new in zip(changed, news, strict=True):
            change = self._change(resource, one.document, one.found, one.before, one.former)
            if one.former is not one.found:
                change.links_added = links(new, self._targets)
                change.links_removed = removed(self.services.registry, one.former, one.found)
            changes.append(change)
        pairs = [(one.document, one.before) for one in changed]
        self._keep(changes, pairs, [field_changes(old, one.raw) for one, old in pairs])
        return len(changes)

    def _differs(self, document: Document, before: dict[str, Json], faults: list[Fault]) -> bool:
        normalise(document.resource.type, document.raw, faults, known=before)
        publish_state(document.resource, document.raw)
        return not same(document.raw, before)

    def _settled(self, edited: list[Edit]) -> list[Edit]:
        """Write the references as they are kept; return the records that still differ."""
        said_anew = [new for one in edited for new in one.said_anew()]
        if not said_anew:
            return edited
        self.directory.resolve(said_anew)
        check(self.services.registry, said_anew, self._targets)
        return [one for one in edited if not same(one.document.raw, one.before)]

    def _complete_again(self, resource: Resource, changed: Sequence[Edit]) -> None:
        """Fill in what records that are handed in, or that ask for it again, leave out."""
        completions = self.services.registry.completions.get(resource.name, ())
        handed_in = [
            one
            for one in changed
            if event_kind(resource, one.before, one.document.raw) == "created"
            or any(again(kind_view(one.document, one.before), one.document)
                   for _, again in completions)
        ]  # fmt: skip
        documents = [one.document for one in handed_in]
        if documents and not self._checked_references(resource, documents)[1]:
            self._complete(resource, documents)
            for one in handed_in:
                one.read()

    def _keep(
        self, changes: Sequence[Change], documents: Pairs, differences: Sequence[Any]
    ) -> None:
        """Write changes of one kind of record, now or with others."""
        for one, difference in zip(changes, differences, strict=True):
            self._must_reach(one)
            one.changes = encode(encode_changes(difference))
        for one in changes:
            meta = one.meta
            meta.version, meta.owner, meta.partner = one.version, one.owner, one.partner
            meta.created_at, meta.updated_at = meta.created_at or self.now, self.now
        follow_up = [one for change in changes for one in self._follow_up(change)]
        self._pending.take(self.actor, changes, follow_up)
        defined = self.defined(changes[0].resource)
        values = [
            (one.id, one.raw) for one, old in documents if runtime.differs(defined, old, one.raw)
        ]
        if values:
            runtime.keep_values(self.connection, changes[0].resource, defined, values)

    def together(self) -> AbstractContextManager[None]:
        """Write what a block writes by one statement: at its end, or before something is read.

        Until then new records have no key. A savepoint is opened outside of such a block.
        """
        return self._pending.held()

    def remove(self, kind: type[D], ident: str) -> None:
        """Remove a record and leave a tombstone; refused (409) while others refer to it."""
        document = self.lock(kind, ident, verb="delete")
        resource = kind.resource
        refuse([*self._rule_faults(resource, document)])
        self.connection.execute("select 1 from record where id = %s for update", [document.id])
        if users := self.used_by(document.id, limit=3):
            seen = {f"{one} {ident}": 1 for one, ident, _ in users if self._sees(one, ident)}
            names = ", ".join(seen) or "other records"  # each once, whatever refers to it twice
            message = f"is used by {names}; remove or change those first"
            raise Conflict("conflictReferenced", f"{document.key} {message}")
        own = references(resource.type, document.raw)
        change = self._change(resource, document, own, dict(document.raw), own)
        change.action, change.kind = "delete", event_kind(resource, document.raw, None)
        self._keep([change], [], [field_changes(document.raw, {})])

    def _sees(self, kind: str, ident: str) -> bool:
        resource = self.services.registry[kind]
        return bool(self.actor.grant(resource, "read") and self.many(resource.type, [ident]))

    def names_for(self, resource: Resource, raw: dict[str, Json], ident: str = "") -> list[bytes]:
        """Return the present names of what a document refers to, as `Found.named` has them."""
        live = self.services.registry.live_kinds(resource)
        found = (self._references.get(ident) or references(resource.type, raw)) if live else ()
        self.directory.resolve(found)
        return [
            b'"id":"%b","name":%b' % (one.id.encode(), encode(one.label))
            for each in found
            if (one := self._targets.get(each.id)) and one.label is not None and one.type in live
        ]

    def used_by(self, ident: str, *, limit: int = 50) -> list[tuple[str, str, str]]:
        """Return (kind, id, path) of the records that refer to this one, newest first."""
        tables = sorted({one.reference_table for one in self.services.registry})
        union = " union all ".join(
            f"(select type, source, path from {table} where target = %s and source <> %s "
            f"order by source desc limit {int(limit)})"
            for table in tables
        )
        rows = self.connection.execute(
            f"select type, source::text, path from ({union}) u order by source desc "
            f"limit {int(limit)}",
            [ident] * (2 * len(tables)),
        ).fetchall()
        return [(kind, source, path) for kind, source, path in rows]

    def schedule(self, *rows: NewWork) -> None:
        """Write pieces of work that become due with this transaction's commit or later."""
        self._pending.take(self.actor, (), rows)

    # --- inside ----------------------------------------------------------------------------

    def _rule_faults(self, resource: Resource, *documents: Document | None) -> Iterator[Fault]:
        """Ask the rules about (old, new), or those of a removal about the record alone."""
        deleting = len(documents) == 1
        for one in self.services.registry.rules_of(resource):
            if one.deleting == deleting:
                yield from one.check(self, *documents) or ()

    def _change(
        self,
        resource: Resource,
        document: Document,
        found: Sequence[Found],
        before: dict[str, Json] | None,
        former: Sequence[Found],
    ) -> Change:
        raw, meta = document.raw, document.meta
        self._references[document.id] = found
        if before is None or (
            former is not found and owners(resource, found) != owners(resource, former)
        ):
            owner, partner = self._belongs(resource, document.id, found)
        else:
            owner, partner = meta.owner, meta.partner
        label = label_of(resource, raw)
        state = internal_state(resource, raw)
        kind = event_kind(resource, before, raw)
        self._targets[document.id] = Target(document.id, resource.name, label, owner, partner)
        return Change(
            resource=resource,
            meta=meta,
            version=meta.version + 1,
            action="create" if before is None else "update",
            kind=kind,
            state=state if kind in {"created", "state_changed"} else None,
            promoted=promoted_values(resource, raw),
            body=encode(raw),
            owner=owner,
            partner=partner,
            label=label,
            root=self._root(resource, document.id, found),
            event_id=self.services.chance.uuid(),
            audit_id=self.services.chance.uuid(),
            payload=b"",
            changes=b"",
            links_added=links(found, self._targets) if before is None else set(),
            directory_changed=before is not None
            and (label, owner, partner) != (label_of(resource, before), meta.owner, meta.partner),
            former=internal_state(resource, before) if before is not None else None,
        )

    def _must_reach(self, change: Change) -> None:
        """Refuse to write a record that the actor could not reach afterwards."""
        verb: Verb = "create" if change.action == "create" else "update"
        grant = self.actor.grant(change.resource, verb)
        if grant is None or not is_scoped(change.resource) or change.action == "delete":
            return
        if may_reach(self.actor, grant, change.owner, change.partner):
            return
        if not (grant.limits and change.owner):
            by = " or ".join(change.resource.owner) or "the record"
            raise Forbidden("outOfReach", f"name in {by} whose it is: yours or within your rights")
        self._pending.must_lie(change, grant.limits)

    def _belongs(
        self, resource: Resource, ident: str, found: Sequence[Found]
    ) -> tuple[str | None, str | None]:
        """Return whose record it is, and through which partner it is served."""
        owner: str | None = ident if resource.owner_is_self else None
        partner: str | None = None
        self.directory.resolve(found)
        for selector in () if owner else resource.owner:
            one = pick(found, selector)
            target = self._targets.get(one.id) if one else None
            if target is not None:
                declared = self.services.registry[target.type]
                owner = target.id if declared.owner_is_self else target.owner
                partner = target.partner
                break
        for selector in resource.partner:
            one = pick(found, selector)
            target = self._targets.get(one.id) if one else None
            if target is not None:
                partner = target.owner or target.id
        return owner, partner

    def _root(self, resource: Resource, ident: str, found: Sequence[Found]) -> str:
        one = pick(found, resource.root) if resource.root != "self" else None
        return one.id if one is not None and UUID.match(one.id) else ident

    def _follow_up(self, change: Change) -> list[NewWork]:
        """Return the work rows that go with a change: its reactions and its deliveries."""
        if self.skip_reactions or change.kind == QUIET:
            return []
        payload = {"event": change.event_id, "kind": change.kind, "version": change.version}
        called = self.services.reactions(change.resource, change.kind, change.state, change.former)
        rows = [NewWork(one.name, change.id, change.root, payload) for one in called]
        happening = Happening(
            change.resource, change.kind, change.event_id, change.id, change.version
        )
        for fanout in self.services.fanout:
            rows += fanout(self._connection, self.generation, happening)
        return rows


def _wanted(resource: Resource, path: str, value: Json) -> Condition:
    values = list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]
    steps, kind = Schema(resource).leaf(path)
    return Condition(path, steps, kind, "eq", tuple(values))


def as_system(services: Services, name: str) -> Any:
    """Open a transaction of the program itself."""
    return transaction(services, system(name))
