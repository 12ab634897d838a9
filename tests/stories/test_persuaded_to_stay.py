"""Ada wants to leave: what she is offered to stay, what she says, and what is made of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import ORDER, OWN, PRODUCT, Operator, Record, codes

SAVE_OFFER = f"{OWN}/saveOffer"


def offers(operator: Operator, product: str, reason: str) -> dict[str, Record]:
    found: list[Record] = operator.read(f"{OWN}/product/{product}/saveOffer?reason={reason}")  # type: ignore[assignment]
    return {str(one["name"]): one for one in found}


@pytest.mark.accepts("MAC-10")
def test_what_is_no_reason_is_refused(operator: Operator) -> None:
    """Where offers are asked for, where the order is tried, and where it is sent."""
    ada = operator.ada()
    product = ada.has(ada.add("1", "TV Basic")).product()["id"]
    odd = operator.staff.get(f"{OWN}/product/{product}/saveOffer?reason=whyNot")
    assert codes(odd) == {("notInRegister", "reason")}
    assert "tooExpensive" in odd.text
    ends = {**ada.change("1", "delete", product), "disconnectionReason": "whyNot"}
    for path in (f"{OWN}/simulate", ORDER):
        told = operator.staff.post(path, ada.body(ends))
        assert codes(told) == {("notInRegister", "productOrderItem[0].disconnectionReason")}


@pytest.mark.accepts("MAC-10")
def test_an_offer_is_made_for_the_reason_and_the_answer_is_kept(operator: Operator) -> None:
    """Who finds it too expensive is offered less speed or a discount; who moves away, nothing.
    Ada takes the slower line, which is a change of plan and no end; Bea takes a discount, which is
    a price of her product from then on; a third declines and leaves. The report tells by reason."""
    slower, fast = operator.offerings["Fibre 500M"], operator.offerings["Fibre 1G"]
    dear: Record = {"reason": ["tooExpensive"], "productOffering": [{"id": fast}]}
    made: list[Record] = [
        {"name": "Slower and cheaper", "instead": {"id": slower}, "position": 1,
         "text": "Half the speed for a third less"},
        {"name": "A fifth off", "discountPercent": 20, "discountMonths": 6, "position": 2},
        {"name": "Never", "discountPercent": 99, "condition": "product.name == 'Something else'"},
    ]  # fmt: skip
    for one in made:
        operator.make(SAVE_OFFER, {**dear, **one})
    people = [operator.ada() for _ in range(3)]
    products = [str(one.has(one.fibre("1")).product()["id"]) for one in people]
    found = offers(operator, products[0], "tooExpensive")
    assert list(found) == ["Slower and cheaper", "A fifth off"]
    assert offers(operator, products[0], "movesAway") == {}

    stays: Record = {"id": "1", **found["Slower and cheaper"]["item"]}
    stays["product"]["productCharacteristic"] = [
        {"name": "downloadSpeed", "value": 500}, {"name": "uploadSpeed", "value": 250}
    ]  # fmt: skip
    order = people[0].has(stays)
    held = operator.read(PRODUCT, products[0])
    assert (held["status"], held["productOffering"]["id"]) == ("active", slower)
    assert order.read()["productOrderItem"][0]["saveOffer"][0]["answer"] == "accepted"

    cheaper = offers(operator, products[1], "tooExpensive")["A fifth off"]
    people[1].has({"id": "1", **cheaper["item"]})
    (price,) = [
        one for one in operator.read(PRODUCT, products[1])["productPrice"]
        if one.get("productPriceAlteration")
    ]  # fmt: skip
    (discount,) = price["productPriceAlteration"]
    assert (discount["price"]["percentage"], discount["applicationDuration"]) == (-20, 6)

    said: list[dict[str, Any]] = [
        {"id": one["id"], "name": one["name"], "answer": "declined"}
        for one in offers(operator, products[2], "tooExpensive").values()
    ]
    leaves = people[2].change("1", "delete", products[2])
    leaves |= {"disconnectionReason": "tooExpensive", "saveOffer": said}
    odd = people[2].refused({**leaves, "saveOffer": [{**said[0], "answer": "accepted"}]})
    assert "saveOfferAccepted" in {code for code, _ in codes(odd)}
    assert people[2].has(leaves).product()["status"] == "terminated"

    operator.site.move_clock(5)
    report = operator.read(f"{SAVE_OFFER}/report")
    told = {(one["reason"], one["saveOffer"]["name"]): (one["accepted"], one["declined"])
            for one in report}  # type: ignore[attr-defined]  # fmt: skip
    assert told == {
        ("tooExpensive", "Slower and cheaper"): (1, 1),
        ("tooExpensive", "A fifth off"): (1, 1),
    }  # fmt: skip


def test_an_offer_gives_one_thing(operator: Operator) -> None:
    for body, path in (
        ({}, "instead"),
        ({"discountPercent": 120}, "discountPercent"),
        ({"discountMonths": 3}, "discountMonths"),
    ):
        answer = operator.staff.post(SAVE_OFFER, {"name": "Odd", **body})
        assert path in {one for code, one in codes(answer) if code == "saveOfferGives"}
    unknown = operator.staff.post(SAVE_OFFER, {"name": "Odd", "discountPercent": 5,
                                               "reason": ["boredom"]})  # fmt: skip
    assert codes(unknown) == {("notInRegister", "reason[0]")}
