"""What is left of any record when the person in it is forgotten, from the declarations alone."""

from __future__ import annotations

from typing import Any

from trunkline.documents.decode import normalise
from trunkline.documents.shape import Attribute, Shape
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry
from trunkline.kernel.schema import validators
from trunkline.privacy.pseudonym import Forgetting, is_pseudonym, made_pseudonym
from trunkline.privacy.words import Words

load_modules()
TYPED = "Qyzx typed"
IDENT = "01a20a83-189a-70d2-b9d0-14af237bba47"
WORDS = Words(("Ada Lovelace", "ada@example.org"), ("Ada", "Lovelace"))
FORGET = Forgetting(WORDS, "XBCDFGHJK", frozenset({IDENT}), {}, lambda _name, _value: False)
DEPTH = 3
ENDINGS = ("Id", "Type", "Code", "ersion", ".id", ".role", ".unit", ".units", "Period")
OPERATORS = frozenset(
    """name status state reason category channel action basis billNo billingSystem calendar cause
    chargeGroup closeReason country currency customerSegment day direction disconnectionReason
    endHour feeWaiverReason frequency handledBy industry intakePolicy itemAction kind language layer
    legalForm lineOfBusiness metric orderItem orderItemAction outsideSystem parentLine
    paymentBehaviour paymentFrequency paymentStatus paymentTerms policy powerState priority purpose
    quoteItem rating role salesCycle severity skill source stage startHour startMode step
    suspensionReason targetProcess taskName taxCategory timeZone type unit unitOfMeasure""".split()
)
"""Attributes whose words are codes of the operator's, or structure; `name` stands inside only."""
NAMED = {"Product", "Resource", "Service"}
"""Kinds whose own name is what is sold or built, and not typed by anybody."""
OWNED = sorted((one for one in registry if is_scoped(one)), key=lambda one: one.name)


def filled(shape: type[Shape], depth: int = 0) -> dict[str, Any]:
    """Return a document in which everything that people can type is typed."""
    found: dict[str, Any] = {}
    for one in shape.attributes().values():
        if one.json_name.startswith("@") or (one.shape is not None and depth == DEPTH):
            continue
        value = filled(one.shape, depth + 1) if one.shape is not None else typed(one)
        found[one.json_name] = [value] if one.is_list else value
    if shape.targets:
        found["id"] = IDENT
    return found


def typed(one: Attribute) -> Any:
    if one.choices:
        return one.choices[0]
    return {"integer": 7, "number": 7, "boolean": True, "instant": "2026-11-01T10:00:00.000Z"}.get(
        one.scalar, TYPED
    )


def left_in(value: Any, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return {one for name, held in value.items() for one in left_in(held, f"{path}.{name}")}
    if isinstance(value, list):
        return {one for held in value for one in left_in(held, path)}
    return {path.lstrip(".")} if isinstance(value, str) and "Qyzx" in value else set()


def test_nothing_typed_is_left_but_words_of_the_operator() -> None:
    """Of each kind that belongs to somebody, with everything filled in that there is."""
    for resource in OWNED:
        raw = filled(resource.type)
        normalise(resource.type, raw, [])
        before = {(one.path, one.code) for one in validators.of(resource).faults(raw)}
        found = FORGET.own_record(resource, raw | {"undeclared": TYPED}, {})
        wrong = validators.of(resource).faults(found)
        assert [one for one in wrong if (one.path, one.code) not in before] == [], resource
        for path in left_in(found):
            last = path.rpartition(".")[2]
            assert path.endswith(ENDINGS) or last in {*OPERATORS, "value"}, (resource, path)
            assert path not in {"name", "value"} or resource.name in NAMED, (resource, path)


def test_parts_of_a_name_go_only_where_the_person_is_meant() -> None:
    """In others' records the whole name goes, also in a reference; a given name alone stays."""
    said = "Ada called for ada lovelace; see ADA@example.org"
    raw = {"description": said, "relatedParty": [{"id": IDENT, "name": "A. Lovelace"}]}
    found = FORGET.mentioned(registry["TroubleTicket"].type, raw)
    assert found == {
        "description": "Ada called for XBCDFGHJK; see XBCDFGHJK",
        "relatedParty": [{"id": IDENT, "name": "XBCDFGHJK"}],
    }
    assert WORDS.replaced("Adam, Ada", "X", own=True) == "Adam, X"
    assert is_pseudonym(made_pseudonym(bytes(range(8))))
    assert not is_pseudonym("Xavier")


def test_only_what_points_to_one_person_is_a_word() -> None:
    """Names inside a record are not hers; a longer name or address is another's; neighbours and
    families share words, so those are no words of hers elsewhere."""
    found = Words.of([{
        "givenName": "Anna", "familyName": "Schmidt", "relatedParty": [{"name": "Sam Seller"}],
        "otherName": [{"givenName": "Anna", "familyName": "Weber"}],
        "characteristic": [{"name": "Direct debit", "value": "yes"}],
        "contactMedium": [{"characteristic": {"emailAddress": "anna@example.org",
                                              "street1": "Main Street 5",
                                              "phoneNumber": "+49 30 5550123"}}],
    }])  # fmt: skip
    assert set(found.whole) >= {"Anna Schmidt", "Weber, Anna", "anna@example.org", "49305550123"}
    assert not {"Sam Seller", "Direct debit", "Main Street 5"} & set(found.whole)
    for said in ("Joanna Schmidt", "Anna Schmidtke", "Anna Schmidt-Meier", "jo.anna@example.org",
                 "Eva-Anna Schmidt", "anna@example.org.uk", "by Sam Seller"):  # fmt: skip
        assert found.replaced(said, "X") == said
    assert found.stand_in(r'{"text": "first\nAnna Schmidt"}')
    shared = found.demoted({"Anna Schmidt", "49305550123"})
    assert shared.replaced("Schmidt, Anna: +49 30 5550123", "X") == "Schmidt, Anna: +49 30 5550123"
    assert shared.in_kept.replaced("for Anna Schmidt", "X") == "for X"
