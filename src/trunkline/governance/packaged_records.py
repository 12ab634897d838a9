"""Packaged records: registers and their values, attributes, profiles and rules in a package.

Records are written as a client of the interface would, so rights, rules and history are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.patch import copied
from trunkline.governance.configured import all_of
from trunkline.governance.extra_attribute import ExtraAttribute
from trunkline.governance.packages import Body, Section, bring
from trunkline.governance.profile import Profile
from trunkline.governance.register import Register, RegisterValue
from trunkline.governance.spheres.sphere import Sphere
from trunkline.governance.status_rule import StatusRule
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.rest.writing import change, create

PATCH = "application/json-patch+json"
Key = Callable[[Body], str]
Turn = Callable[[Work, Body], Body]


@dataclass
class _Idents:
    """The ids of the records that a transaction has read, by section and key."""

    by_section: dict[str, dict[str, str]] = field(default_factory=dict)


def _held(work: Work, section: str) -> dict[str, str]:
    known: _Idents = work.kept.setdefault(_Idents, _Idents())
    return known.by_section.setdefault(section, {})


def _as_it_is(_work: Work, body: Body) -> Body:
    return body


def without(*names: str) -> Turn:
    """Return what leaves out of a record what stays in its installation."""
    return lambda _work, body: {name: one for name, one in body.items() if name not in names}


def packaged(
    kind: type[Document],
    name: str,
    title: str,
    *,
    key: Key,
    order: int,
    outward: Turn = _as_it_is,
    inward: Turn = _as_it_is,
) -> None:
    """Bring the records of a kind as a section.

    `outward` turns a document into the form that means the same everywhere, `inward` back.
    """  # fmt: skip

    def read(work: Work) -> Mapping[str, Body]:
        work.actor.must(kind.resource, "read")
        idents = _held(work, name)
        found = {}
        for one in all_of(work.connection, kind):
            body = outward(work, copied(one.raw))
            found[key(body)] = body
            idents[key(body)] = one.id
        return found

    def write(work: Work, item: str, body: Body, here: Body | None) -> None:
        if here is None:
            work.actor.must(kind.resource, "create")
            create(work, kind.resource, inward(work, copied(body)))
            return
        work.actor.must(kind.resource, "update")
        document = work.lock(kind, _held(work, name)[item])
        change(work, document, _patch(here, body, inward(work, copied(body))), PATCH)

    bring(Section(name, title, read, key, write), order=order)


def _patch(here: Body, body: Body, document: Body) -> list[Body]:
    """Return the JSON patch that brings a record to an item, attribute by attribute."""
    gone = [{"op": "remove", "path": _pointer(one)} for one in here if one not in body]
    new = [
        {"op": "add", "path": _pointer(name), "value": document[name]}
        for name, value in body.items()
        if name not in here or here[name] != value
    ]
    return [*gone, *new]


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _codes(work: Work) -> dict[str, str]:
    """Return the codes of registers by id."""
    rows = work.connection.execute(
        f"select id::text, p_code from {Register.resource.table}"  # noqa: S608 - our own name
    ).fetchall()
    return dict(rows)


def _by_code(work: Work, body: Body) -> Body:
    held = body.get("register") or {}
    return body | {"register": _codes(work).get(str(held.get("id")), held.get("id"))}


def _by_id(work: Work, body: Body) -> Body:
    code = body.get("register")
    for ident, one in _codes(work).items():
        if one == code:
            return body | {"register": {"id": ident}}
    raise Invalid.of([Fault("register", "badValue", f"there is no register {code}; take it, too")])


def named(*names: str) -> Key:
    """Return a key of the texts in these attributes."""

    def key(body: Body) -> str:
        parts = [body[name] for name in names]
        if not all(isinstance(one, str) for one in parts):
            raise TypeError(f"{names} are texts")
        return "/".join(parts)

    return key


packaged(Register, "registers", "Registers", key=named("code"), order=10)
packaged(
    RegisterValue, "registerValues", "Register values", key=named("register", "code"), order=20,
    outward=_by_code, inward=_by_id,
)  # fmt: skip
packaged(
    ExtraAttribute, "extraAttributes", "Extra attributes", key=named("recordType", "name"),
    order=30,
)  # fmt: skip
packaged(Sphere, "spheres", "Spheres", key=named("code"), order=35)
packaged(Profile, "profiles", "Profiles", key=named("code"), order=45)
packaged(
    StatusRule, "statusRules", "Status rules", key=named("appliesTo", "name"), order=50
)  # fmt: skip
