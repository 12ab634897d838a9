"""What profiles ask of records when they are written, and what must hold of profiles themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.documents.condition import rule_faults
from trunkline.documents.errors import Fault
from trunkline.documents.paths import walk_path
from trunkline.governance.operating_models import known_models
from trunkline.governance.profile import HiddenPart, Profile
from trunkline.governance.profiles import RECORD, Asked, InForce, profile_of, profiles
from trunkline.governance.register_rules import code_faults
from trunkline.governance.status_checks import checks_of
from trunkline.governance.status_moves import has_value
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work


@rule()
def profile_is_met(work: Work, old: Document | None, new: Document) -> Iterator[Fault]:
    """Refuse what a profile asks for and does not get.

    A record from before is let be as long as nothing that is asked gets worse by the change.
    """
    kind = new.resource.name
    if not any(kind in one.asked for one in profiles(work).on):
        return
    own = profile_of(work, new)
    if own is None or kind not in own.asked:
        return
    for one in own.asked[kind]:
        if not one.concerns(new.raw):
            continue
        if one.check:
            if old is None or not _was_asked(work, own, one, old):
                check = checks_of(new.resource).get(one.check)
                yield from check.ask(work, new) if check is not None else ()
        elif not _has(new, one.attribute) and (
            old is None or _has(old, one.attribute) or not _was_asked(work, own, one, old)
        ):
            said = one.message or f"is needed for {own.name.lower()}; fill it in"
            yield Fault(one.attribute, "missing", said)


def _was_asked(work: Work, own: InForce, one: Asked, old: Document) -> bool:
    former = profile_of(work, old)
    return former is not None and former.code == own.code and one.concerns(old.raw)


def _has(record: Document, path: str) -> bool:
    return has_value(record.raw, path.split("."))


@rule(Profile)
def codes_of_profiles_differ(work: Work, old: Profile | None, new: Profile) -> Iterator[Fault]:
    """Refuse a code that another profile has."""
    if old is not None:
        return
    yield from code_faults(work, new, new.code)


@rule(Profile)
def profile_speaks_of_what_there_is(
    work: Work, _old: Profile | None, new: Profile
) -> Iterator[Fault]:
    """Refuse a profile about kinds, attributes or checks that there are not."""
    yield from _parts(work, "hidden", new.hidden)
    yield from _parts(work, "shown", new.shown)
    for index, part in enumerate(new.shown):
        if part.attribute:
            message = "only kinds of records and pages are shown again; take it out of hidden"
            yield Fault(f"shown[{index}].attribute", "badValue", message)
    if new.operating_model and new.operating_model not in known_models():
        told = ", ".join(sorted(known_models()))
        message = f"no part of the program is made for it; name one of: {told}"
        yield Fault("operatingModel", "badValue", message)
    for index, needed in enumerate(new.needed):
        yield from _named(work, f"needed[{index}]", needed.applies_to, needed.attribute)
    for index, asked in enumerate(new.check):
        path = f"check[{index}]"
        resource = work.services.registry.resources.get(asked.applies_to)
        if resource is None:
            yield from _named(work, path, asked.applies_to, None)
        elif asked.check not in checks_of(resource):
            told = ", ".join(sorted(checks_of(resource))) or "none"
            message = f"there is no check {asked.check} of this kind; there are: {told}"
            yield Fault(f"{path}.check", "badValue", message)


def _parts(work: Work, name: str, parts: Sequence[HiddenPart]) -> Iterator[Fault]:
    for index, one in enumerate(parts):
        path = f"{name}[{index}]"
        if bool(one.page) == bool(one.applies_to):
            yield Fault(path, "badValue", "name a kind of record or a page, one of them")
        elif one.applies_to:
            yield from _named(work, path, one.applies_to, one.attribute)


def _named(work: Work, path: str, kind: str, attribute: str | None) -> Iterator[Fault]:
    resource = work.services.registry.resources.get(kind)
    if resource is None or not resource.published:
        yield Fault(f"{path}.appliesTo", "badValue", f"there is no kind of record {kind}")
    elif attribute and not _is_attribute(work, resource, attribute):
        yield Fault(f"{path}.attribute", "badValue", f"a {resource} has no attribute {attribute}")


def _is_attribute(work: Work, resource: Resource, path: str) -> bool:
    if path in work.defined(resource):
        return True
    try:
        walk_path(resource.type, path)
    except KeyError:
        return False
    return True


@rule(Profile)
def conditions_of_profile_are_sound(
    _work: Work, _old: Profile | None, new: Profile
) -> Iterator[Fault]:
    """Refuse conditions that are not sound CEL."""
    texts = [("condition", new.condition)]
    texts += [(f"needed[{at}].condition", one.condition) for at, one in enumerate(new.needed)]
    texts += [(f"check[{at}].condition", one.condition) for at, one in enumerate(new.check)]
    yield from rule_faults(texts, RECORD, "conditionInvalid")
