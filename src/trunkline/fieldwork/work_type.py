"""Work types: what is done on a visit, with which skills and parts, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, Shape, many
from trunkline.fieldwork.api import FIELDWORK
from trunkline.governance.configured import all_of, configured, configures
from trunkline.governance.register_rules import code_faults
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.design.definition import CODE, NAME, TEXT
from trunkline.ordering.design.outside_system import systems_of
from trunkline.shared.extensible import Extensible
from trunkline.shared.reference import Reference

SKILL = Limits(length_max=60, pattern=r"^[a-zA-Z][A-Za-z0-9 -]*$")


class WorkPart(Extensible):
    """Something that is taken along; `name` is that of a resource specification.

    A part that `has_serial_number` is done only with the number of the device that was fitted.
    """

    name: Annotated[str, NAME]
    quantity: Annotated[int | None, Limits(minimum=1)] = None
    has_serial_number: bool | None = None


class WorkTypeRef(Reference, targets=("WorkType",)):
    """A reference to a type of work."""


@configures
@resource(
    api=FIELDWORK,
    path="workType",
    prefix="WKT",
    immutable=("code",),
    promote=(Promoted("code"),),
    columns=("key", "name", "code", "durationMinutes", "skill"),
)
class WorkType(Document):
    """A type of work that is done on a visit.

    A visit is moved or called off by customers up to `cut_off_hours` before it begins. Work of a
    type that names an `outside_system` is sent there; all other work is scheduled here. What was
    done is taken back by work of the type with the code `take_back`.
    """

    code: Annotated[str, CODE]
    name: Annotated[str, NAME]
    description: Annotated[str | None, TEXT] = None
    duration_minutes: Annotated[int, Limits(minimum=1)]
    skill: list[Annotated[str, SKILL]] = many()
    part: list[WorkPart] = many()
    cut_off_hours: Annotated[int | None, Limits(minimum=0)] = None
    take_back: Annotated[str | None, CODE] = None
    outside_system: Annotated[str | None, CODE] = None


@dataclass(frozen=True)
class WorkTypes:
    """All types of work by their code and by their id."""

    by_code: Mapping[str, WorkType] = field(default_factory=dict)
    by_id: Mapping[str, WorkType] = field(default_factory=dict)


@rule(WorkType)
def work_type_is_sound(work: Work, old: WorkType | None, new: WorkType) -> Iterator[Fault]:
    """Refuse a code that is taken, and an outside system or a work type that there is not."""
    if old is None:
        yield from code_faults(work, new, new.code)
    if new.take_back and new.take_back != new.code and not known_codes(work, new.take_back):
        message = f"there is no work type {new.take_back}; name one that there is"
        yield Fault("takeBack", "workTypeUnknown", message)
    if new.outside_system and new.outside_system not in systems_of(work):
        message = f"there is no outside system {new.outside_system}; set it up first"
        yield Fault("outsideSystem", "systemUnknown", message)


def known_codes(work: Work, *codes: str) -> set[str]:
    """Return which of some codes are those of types of work, as they are just now."""
    return {one.code for one in work.find(WorkType, {"code": list(codes)})} if codes else set()


def work_types(work: Work) -> WorkTypes:
    """Return the types of work that there are."""
    return configured(work, WorkTypes, _read)


def _read(connection: Any) -> WorkTypes:
    found = all_of(connection, WorkType)
    return WorkTypes({one.code: one for one in found}, {one.id: one for one in found})


def type_of(work: Work, reference: Reference | None) -> WorkType | None:
    """Return the type of work that is referred to, None where none is."""
    found = work_types(work)
    return found.by_id.get(reference.id) if reference is not None else None


def is_type(one: Shape) -> bool:
    """Tell whether a reference of any kind is to a type of work."""
    return one.raw.get("@referredType") == "WorkType"
