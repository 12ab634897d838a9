"""What must hold of dimensions of spheres."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.documents.limits import ENTERED
from trunkline.governance.register_rules import hold_name
from trunkline.governance.spheres.sphere import Sphere, told_by
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work


@rule(Sphere)
def codes_are_free(work: Work, old: Sphere | None, new: Sphere) -> Iterator[Fault]:
    """Refuse a code that another dimension has, and the one that the program uses itself."""
    if old is not None:
        return
    if new.code == ENTERED:
        yield Fault("code", "badValue", f"{ENTERED} is the program's own; choose another code")
    hold_name(work, "Sphere", new.code)
    for one in work.find(Sphere, {"code": new.code}, limit=1):
        yield Fault("code", "conflictName", f"there is {new.code} already; change {one.key}")


@rule(Sphere)
def sources_can_be_read(work: Work, _old: Sphere | None, new: Sphere) -> Iterator[Fault]:
    """Refuse kinds of records that do not tell it, and attributes that they do not have."""
    kinds = {kind.resource.name: kind for kind in told_by()}
    for index, one in enumerate(new.source):
        kind = kinds.get(one.record_type)
        if kind is None:
            message = f"is one of {', '.join(sorted(kinds))}"
            yield Fault(f"source[{index}].recordType", "badValue", message)
            continue
        first = one.path.partition(".")[0].partition("[")[0]
        if first not in kind.by_json_name() and first not in work.defined(kind.resource):
            message = f"{kind.resource.title} has no attribute {first}; name one that it has"
            yield Fault(f"source[{index}].path", "badValue", message)
