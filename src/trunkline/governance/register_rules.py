"""What must hold of registers and their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trunkline.documents.errors import Fault
from trunkline.governance.bindings import bound_to
from trunkline.governance.register import Register, RegisterValue, Translation
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work


def hold_name(work: Work, *named: str) -> None:
    """Let nobody else take a name until the end of the transaction, as others wait for it."""
    work.connection.execute(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))", ["\n".join(named)]
    )


def code_faults(work: Work, new: Document, code: str) -> Iterator[Fault]:
    """Yield a fault where another record of the kind has a code that a new one is to have."""
    hold_name(work, str(new.resource), code)
    for one in work.find(type(new), {"code": code}, limit=1):
        message = f"{code} is the code of {one.key} already; choose another one"
        yield Fault("code", "conflictCode", message)


@rule(Register)
def codes_of_registers_differ(work: Work, old: Register | None, new: Register) -> Iterator[Fault]:
    """Refuse a code that another register has."""
    if old is None:
        yield from code_faults(work, new, new.code)


@rule(RegisterValue)
def codes_of_values_differ(
    work: Work, old: RegisterValue | None, new: RegisterValue
) -> Iterator[Fault]:
    """Refuse a code that another value of the register has, one ended before included."""
    if old is not None:
        return
    hold_name(work, "RegisterValue", new.register.id, new.code)
    wanted = {"code": new.code, "register.id": new.register.id}
    for one in work.find(RegisterValue, wanted, limit=1):
        message = f"{new.code} is the code of {one.key} in this register already; change that one"
        yield Fault("code", "conflictCode", message)


@rule(RegisterValue)
def values_end_after_they_begin(
    _work: Work, _old: RegisterValue | None, new: RegisterValue
) -> Iterator[Fault]:
    """Refuse a validity that ends before it begins."""
    period = new.valid_for
    start = period.start_date_time if period else None
    end = period.end_date_time if period else None
    if start is not None and end is not None and end < start:
        yield Fault("validFor.endDateTime", "badPeriod", "is before the start; say a later end")


@rule(Register, RegisterValue)
def languages_are_said_once(
    _work: Work, _old: Register | RegisterValue | None, new: Register | RegisterValue
) -> Iterator[Fault]:
    """Refuse two names in one language."""
    yield from language_faults(new.translation)


def language_faults(translations: Iterable[Translation], where: str = "") -> Iterator[Fault]:
    """Yield a fault for every language that is said twice; `where` is the path before the list."""
    said: set[str] = set()
    for index, one in enumerate(translations):
        if one.language in said:
            message = f"{one.language} is there twice; say each language once"
            yield Fault(f"{where}translation[{index}].language", "conflictLanguage", message)
        said.add(one.language)


@rule(RegisterValue, deleting=True)
def values_in_use_stay(work: Work, old: RegisterValue) -> Iterator[Fault]:
    """Refuse to remove a value that a record has; it can be ended."""
    register = work.get(Register, old.register.id)
    for kind, path in bound_to(register.code) if register is not None else ():
        if work.find(work.services.registry[kind].type, {path: old.code}, limit=1):
            message = f"{old.code} is the {path} of a {kind}; end it instead (validFor)"
            yield Fault("", "conflictInUse", message)


@rule(Register, deleting=True)
def registers_in_use_stay(_work: Work, old: Register) -> Iterator[Fault]:
    """Refuse to remove a register that attributes take their values of."""
    for kind, path in bound_to(old.code)[:1]:
        message = f"{path} of {kind} takes its values of {old.code}; end the values instead"
        yield Fault("", "conflictInUse", message)
