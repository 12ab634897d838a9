"""Wording: how names and states of the model read to people, and the tone of a state."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

from trunkline.kernel.actor import system
from trunkline.pages.language import ENGLISH, say, spoken

Tone = Literal["good", "busy", "warn", "bad", "idle"]

WORD = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z]|\b|\d)|[A-Z]?[a-z]+|[A-Z]+|\d+")
PART = re.compile(r"([^.\[\]]+)(?=[.\[]|$)|\[((?:\"[^\"]*\"|[^\]])*)\]")
SHORT_ID = re.compile(r"id=\d{1,4}")
"""The parts of a path of a change: a name, or what stands in brackets; an id that reads as one."""
TONES: dict[Tone, str] = {
    "good": (
        "active completed done validated approved launched succeeded success delivered resolved "
        "closedcomplete available installed confirmed accepted settled enabled working "
        "fulfilled granted"
    ),
    "busy": (
        "inprogress running waiting acknowledged new initialized instudy indesign intest "
        "designed reserved feasabilitychecked feasibilitychecked created pendingactive defined "
        "prospect ready submitted planned planning installing enrichmentinprogress scheduled "
        "notstarted proposed"
    ),
    "warn": (
        "open held onhold partial unknown suspended awaitinginformation pendingterminate "
        "assessingcancellation pendingcancellation cancellationinprogress revisioninprogress "
        "skipped retrying enrichmentonhold shuttingdown paused"
    ),
    "bad": (
        "failed rejected fallout aborted parked error closedincomplete terminatedwitherror "
        "refused broken alarm notworking dead"
    ),
}
NAMES = {
    "prodSpecCharValueUse": "Characteristics as sold",
    "url": "URL",
    "msisdn": "Phone number",
    "iccid": "ICCID",
    "imei": "IMEI",
    "productSpecCharacteristic": "Characteristics",
    "specCharacteristic": "Characteristics",
    "resourceSpecCharacteristic": "Characteristics",
    "productSpecCharacteristicValue": "Values",
    "characteristicValueSpecification": "Values",
    "resourceSpecCharacteristicValue": "Values",
    "productSpecCharRelationship": "Related characteristics",
    "charSpecRelationship": "Related characteristics",
    "resourceSpecCharRelationship": "Related characteristics",
    "bundledPopRelationship": "Bundled prices",
    "popRelationship": "Related prices",
    "serviceSpecRelationship": "Related service specifications",
    "resourceSpecRelationship": "Related resource specifications",
    "entitySpecRelationship": "Related entities",
    "statusChange": "Status history",
    "deceaded": "Deceased",
    "parentId": "Parent",
    "plaSpecId": "Price logic",
    "socialNetworkId": "Social network name",
    "isCustomerVisible": "Visible to the customer",
    "isOff": "Switched off",
    "isOn": "Switched on",
    "isQuery": "Only asked",
    "isRef": "By reference",
}
"""Names of the model that do not read as words, and what they mean."""
QUESTION = re.compile(r"(is|has)(?=[A-Z])")
HOLDERS = {"characteristic": "Details"}
"""What objects are called whose names only say that they hold the values of what they are in."""
LAST_WORDS = {"id": "number", "href": "link", "ref": "reference", "uuid": "identifier"}
"""What the ends of names are in plain words: what others call a record is its number there."""
FAILURES = {"technical": "Technical", "unknown": "Unknown", "business": "Refused"}
"""Kinds of failure of a step, as pages call them."""
PROGRAM = system("program").id
PARTS = {
    "plan": "Trunkline, plan step", "ordering": "Trunkline, orders", "sales": "Trunkline, sales",
    "care": "Trunkline, care", "fieldwork": "Trunkline, field work", "pools": "Trunkline, pools",
    "matching": "Trunkline, duplicates", "dates": "Trunkline, dates",
    "inventory": "Trunkline, inventory", "catalog": "Trunkline, catalog",
    "qualification": "Trunkline, qualification", "headerTask": "Trunkline, order intake",
    "orderGroup": "Trunkline, order groups", "transfer": "Trunkline, transfers",
    "party": "Trunkline, parties", "governance": "Trunkline, governance",
    "geography": "Trunkline, places", "onboarding": "Trunkline, onboarding",
    "billing": "Trunkline, billing", "contract": "Trunkline, agreements",
    "assurance": "Trunkline, assurance", "campaign": "Trunkline, campaigns",
    "mail": "Trunkline, messages", "network": "Trunkline, network",
}  # fmt: skip
"""Parts of the program by the first word of their work, as pages call them."""
_TONE_OF: dict[str, Tone] = {word: tone for tone, words in TONES.items() for word in words.split()}


def words(name: str) -> str:
    """Return a JSON name or state as words: `requestedStartDate` is `Requested start date`."""
    if name in NAMES:
        return NAMES[name]
    asked = QUESTION.match(name)
    found = WORD.findall(name[asked.end() if asked else 0 :].lstrip("@"))
    if not found:
        return name
    plain = [one if len(one) > 1 and one.isupper() else one.lower() for one in found]
    text = " ".join(_without_question(asked[1] if asked else "", _plain_end(plain)))
    return text[0].upper() + text[1:]


def _plain_end(plain: list[str]) -> list[str]:
    """Return words whose last one is plain: who did a thing is told twice, once by a number."""
    if plain[-2:] == ["by", "id"]:
        return [*plain[:-1], "(number)"]
    return [*plain[:-1], LAST_WORDS.get(plain[-1], plain[-1])]


def _without_question(asked: str, plain: list[str]) -> list[str]:
    """Return the words of what is ticked, which ask nothing: `hasCredit` is `With credit`."""
    return ["with", *plain] if asked == "has" and not plain[-1].endswith("ed") else plain


def choice(value: str, choices: Collection[str] = FAILURES) -> str:
    """Return one of the values that an attribute may have as words.

    A kind of failure is told as people say it: what another system refused was refused.
    """
    if value in FAILURES and FAILURES.keys() <= set(choices):
        return FAILURES[value]
    return words(value)


def nested(*names: str) -> str:
    """Return names of attributes inside each other as one: `Place name`, or `Ort: Name`.

    English runs them together, and what one name ends with the next does not say again; other
    languages would have to bend the words. What lies in another of its own kind is a part of it.
    """
    last = len(names) - 1
    names = tuple(one for at, one in enumerate(names) if one not in HOLDERS or at in {0, last})
    within = zip(("", *names), names, names[1:], strict=False)
    parts = ["Part" if above == one else words(one) for above, one, _ in within]
    parts.append(words(names[-1]))
    if spoken().code != ENGLISH:
        return ": ".join(say(one) for one in parts)
    told = parts[0].split()
    for one in parts[1:]:
        told += _not_told(told, (one[:1].lower() + one[1:]).split())
    return " ".join(told)


def _not_told(told: list[str], part: list[str]) -> list[str]:
    """Return what a part adds: `type` of `medium type` after `contact medium`."""
    before, own = ([one.lower() for one in each] for each in (told, part))
    for count in range(min(len(before), len(own)), 0, -1):
        if before[-count:] == own[:count]:
            return part[count:]
    return part


def path_called(path: str) -> str:
    """Return a path of a change as people call it: `medium[1].city` is `Medium 2: City`.

    Which element of a list it is, is told by its place or by an id that is a short number.
    """
    called = []
    for name, key in PART.findall(path):
        if name:
            called.append(say(words(name)))
        elif key.isdecimal():
            called[-1] += f" {int(key) + 1}"
        elif SHORT_ID.fullmatch(key):
            called[-1] += f" {key.removeprefix('id=')}"
        elif key.startswith('"'):
            called.append(key.strip('"'))
    return ": ".join(called) or path


def inside(title: str) -> str:
    """Return a title as it stands inside a sentence: English writes it small."""
    return spoken().inside(title)


def called_by(name: str, ident: str) -> str:
    """Return who did something as a page tells it: the program says at what it worked.

    What the program does has the name of its work, such as `plan.callout`.
    """
    part, dot, _ = name.partition(".")
    if ident != PROGRAM or not (dot or part in PARTS):
        return name
    return say(PARTS.get(part, "Trunkline"))


def tone(state: str) -> Tone:
    """Return the tone in which a state is shown; one that is not known is idle."""
    letters = "".join(one for one in state.lower() if one.isalnum())
    return _TONE_OF.get(letters, "idle")


def is_state(name: str) -> bool:
    """Tell whether an attribute of this name holds a state of its record."""
    return name.lower().endswith(("state", "status")) and not name.startswith("marital")


def plural(title: str) -> str:
    """Return the title of a resource for many of them."""
    if title.lower().endswith(("media", "fallout")):
        return title
    if title.endswith("y") and title[-2:-1] not in "aeiou":
        return title[:-1] + "ies"
    return title + ("es" if title.endswith(("s", "x", "ch")) else "s")
