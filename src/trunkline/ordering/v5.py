"""Product ordering in v5: what the second version of the interface says differently."""

from __future__ import annotations

from trunkline.shared.v5_view import (
    IDENTIFIERS,
    PARTY,
    REFERENCE_NAMES,
    Object,
    Part,
    Path,
    Rule,
    flattened,
    renamed,
    v5_view,
)

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

    return Part(frozenset({name}), outward, _same, _same_path)


def _same(held: Object) -> Object:
    return held


def _same_path(steps: Path) -> Path:
    return steps


def _draft_inward(shown: Object) -> Object:
    state = shown.get("state", shown.get("requestedInitialState"))
    return {**shown, "state": "pending"} if state == "draft" else shown


# A draft is `pending` in both versions; v5 asks for one by an attribute of its own.
DRAFT = Part(frozenset({"state", "requestedInitialState"}), _same, _draft_inward, _same_path)


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
