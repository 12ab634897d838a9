"""Product ordering in v5: what the second version of the interface says differently."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.kernel.resource import registry
from trunkline.shared.v5_converter import Named, Object, Part, Path, Rule
from trunkline.shared.v5_parts import IDENTIFIERS, PARTY, REFERENCE_NAMES, flattened, renamed
from trunkline.shared.v5_view import v5_view

# v5 has four words; what else an item asks for is a kind of modification.
ACTION_WORDS = {
    "no-change": "noChange",
    "change": "modify",
    "suspend": "modify",
    "resume": "modify",
}


def worded(name: str) -> Part:
    """Say an action in one of v5's words."""

    def outward(held: Object) -> Object:
        word = held.get(name)
        return (
            {name: ACTION_WORDS[word]} if isinstance(word, str) and word in ACTION_WORDS else held
        )

    def described(properties: Object, _named: Named) -> Object:
        schema = properties[name]
        words = sorted({ACTION_WORDS.get(one, one) for one in schema.get("enum", ())})
        return {name: schema | {"enum": words} if words else schema}

    def asked(steps: Path, words: Sequence[str]) -> tuple[Path, list[str]] | None:
        if steps != (name,):
            return None
        other = [stored for stored, word in ACTION_WORDS.items() if word in words]
        return steps, [one for one in words if one not in ACTION_WORDS] + other

    return Part(frozenset({name}), outward, _same, _same_path, _same_path, described, asked)


def _same(held: Object) -> Object:
    return held


def _same_path(steps: Path) -> Path:
    return steps


INITIAL_STATES = ("acknowledged", "draft")
"""The states that v5 lets a new order ask for."""
DRAFT_STATE = {"state": "pending", "internalState": "draft"}


def _draft_outward(held: Object) -> Object:
    return {**held, "state": "draft"} if held.items() >= DRAFT_STATE.items() else held


def _draft_inward(shown: Object) -> Object:
    state = shown.get("state", shown.get("requestedInitialState"))
    return {**shown, "state": "pending"} if state == "draft" else shown


def _draft_described(properties: Object, _named: Named) -> Object:
    state = properties["state"]
    initial = {"type": "string", "enum": [*INITIAL_STATES]}
    return properties | {
        "state": state | {"enum": [*state["enum"], "draft"]},
        "requestedInitialState": initial,
    }


def _draft_asked(steps: Path, words: Sequence[str]) -> tuple[Path, list[str]] | None:
    """Ask for the internal states that v5 shows as these words."""
    lifecycle = registry["ProductOrder"].lifecycle
    if steps != ("state",) or lifecycle is None:
        return None
    shown = {**lifecycle.published, "draft": "draft"}
    return ("internalState",), [state for state, word in shown.items() if word in words]


# A draft is `pending` in v4; v5 has a word for it, and an attribute to ask for one.
DRAFT = Part(
    frozenset({"state", "internalState", "requestedInitialState"}),
    _draft_outward,
    _draft_inward,
    _same_path,
    _same_path,
    _draft_described,
    _draft_asked,
)


def product_type(shown: Object) -> str:
    """Return whether v5 calls a product a reference or a product given by value."""
    beyond = shown.keys() - REFERENCE_NAMES - {"@baseType", "@schemaLocation"}
    return "ProductRef" if "id" in shown and not beyond else "Product"


RULES: dict[str, Rule] = {
    "ProductOrder": Rule(
        "ProductOrder", (renamed("orderDate", "creationDate"), IDENTIFIERS, DRAFT)
    ),
    "ProductOrderItem": Rule("ProductOrderItem", (worded("action"),)),
    "QuoteItemRef": Rule("QuoteItemRef", (renamed("id", "quoteItemId"),)),
    "ProductOfferingQualificationItemRef": Rule(
        "ProductOfferingQualificationItemRef", (renamed("id", "itemId"),)
    ),
    "ProductRefOrValue": Rule(
        product_type, (renamed("agreement", "agreementItem"),), ("ProductRefOrValue",)
    ),
    "ProductRefOrValue.relatedParty": Rule("RelatedPartyOrPartyRole", (PARTY,), ("RelatedParty",)),
    "ProductRelationship": Rule(
        "ProductRelationship", (flattened("product", lambda _: "ProductRef"),)
    ),
    "ProductPrice": Rule("ProductPrice", (renamed("productPriceAlteration", "priceAlteration"),)),
    "RelatedProductOrderItem": Rule(
        "RelatedOrderItem",
        (
            renamed("productOrderId", "orderId"),
            renamed("productOrderHref", "orderHref"),
            worded("orderItemAction"),
        ),
        ("RelatedProductOrderItem",),
    ),
    "AgreementItemRef": Rule(
        "AgreementItemRef",
        (
            renamed("id", "agreementId"),
            renamed("href", "agreementHref"),
            renamed("name", "agreementName"),
        ),
    ),
}

TMF622_V5 = v5_view(version="5.0.0", base="/tmf-api/productOrderingManagement/v5", rules=RULES)
