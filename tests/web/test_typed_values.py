"""Characteristics of every type, typed in an order and in a record, each in inputs of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.web.browser import Browser, source_of, words_of
from tests.web.filled_form import filled_form
from tests.web.test_capture import CATALOG, ORDER, PAGE, PART, PRODUCT, Fields, opened, sent, step
from trunkline.documents.errors import Fault, Invalid
from trunkline.screens.asked_value import AskedValue
from trunkline.web.editing.problems import problems_of

SignedIn = Callable[..., Browser]
QUOTE = "/tmf-api/quoteManagement/v4/quote"
SIZES = {"name": "size", "valueType": "integer", "minCardinality": 1,
         "characteristicValueSpecification": [{"valueFrom": 1, "valueTo": 9}]}  # fmt: skip
KINDS: list[dict[str, Any]] = [
    {"name": "equipment", "valueType": "object array", "maxCardinality": 3,
     "childCharacteristic": [
         {"name": "model", "valueType": "string", "minCardinality": 1}, SIZES,
         {"name": "since", "valueType": "date"},
         {"name": "ports", "valueType": "integerArray", "maxCardinality": 4},
         {"name": "spare", "valueType": "boolean"},
         {"name": "make", "valueType": "string", "configurable": False,
          "characteristicValueSpecification": [{"value": "Ours", "isDefault": True}]}]},
    {"name": "owner", "valueType": "object", "childCharacteristic": [
        {"name": "mail", "valueType": "email"},
        {"name": "desk", "valueType": "object", "childCharacteristic": [
            {"name": "floor", "valueType": "integer"}]}]},
    {"name": "ship.to", "valueType": "address"},
    {"name": "plan", "valueType": "attachment"},
    {"name": "contact", "valueType": "email"},
    {"name": "term", "valueType": "duration"},
    {"name": "days", "valueType": "date[]"},
    {"name": "starts", "valueType": "dateTimeArray", "maxCardinality": 2},
    {"name": "levels", "valueType": "decimal array"},
    {"name": "flags", "valueType": "string", "maxCardinality": 3},
    {"name": "words", "valueType": "text[]"}, {"name": "counts", "valueType": "integer[]"},
    {"name": "count", "valueType": "integer"}, {"name": "ratio", "valueType": "decimal"},
    {"name": "agreed", "valueType": "yesNo"}, {"name": "ticked", "valueType": "checkBox"},
    {"name": "on", "valueType": "date"}, {"name": "line", "valueType": "singleLineText"},
    {"name": "how", "valueType": "radio",
     "productSpecCharacteristicValue": [{"value": "post"}, {"value": "mail"}]},
    {"name": "notice", "valueType": "label", "description": "A technician has to come."},
    {"name": "anything", "valueType": "object array"},
]  # fmt: skip
TYPED = {
    "owner": {"mail": "a@example.com", "desk": {"floor": 3}},
    "ship.to": {"streetName": "Main Street", "city": "Oslo"},
    "plan": {"url": "https://example.com/plan.pdf"}, "contact": "b@example.com", "term": "P12M",
    "days": ["2026-11-20"], "levels": [1.5], "words": ["a b", "c"], "counts": [3], "count": 4,
    "ratio": 0.5, "agreed": False, "ticked": True, "on": "2026-11-30", "line": "In one line",
    "how": "mail", "starts": ["2026-12-01T10:00:00.000Z"],
    "anything": [{"as": 1, "typed": [2]}],
}  # fmt: skip


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop.open(site)


@pytest.fixture
def offering(shop: Shop) -> str:
    """An offering that is configured by every type of value."""
    api = shop.site.admin
    made = api.post(
        f"{CATALOG}/productSpecification",
        {"name": "Everything", "lifecycleStatus": "Active",
         "productSpecCharacteristic": [{"configurable": True} | one for one in KINDS]},
    )  # fmt: skip
    assert made.status_code == 201, made.json
    price = api.post(
        f"{CATALOG}/productOfferingPrice",
        {"name": "Monthly", "priceType": "recurring", "recurringChargePeriodType": "month",
         "recurringChargePeriodLength": 1, "lifecycleStatus": "Active",
         "price": {"unit": "EUR", "value": 5}},
    ).json  # fmt: skip
    sold = api.post(
        f"{CATALOG}/productOffering",
        {"name": "All of it", "lifecycleStatus": "Active", "isSellable": True,
         "productSpecification": {"id": made.json["id"]},
         "productOfferingPrice": [{"id": price["id"]}]},
    )  # fmt: skip
    assert sold.status_code == 201, sold.json
    return str(sold.json["id"])


def values_of(shop: Shop, key: str) -> dict[str, Any]:
    order = shop.site.admin.get(f"{ORDER}/{key}").json
    return as_values(order["productOrderItem"][0])


def as_values(item: dict[str, Any]) -> dict[str, Any]:
    own = item["product"]["productCharacteristic"]
    return {one["name"]: one["value"] for one in own}


def kept_in_its_form(site: Site, admin: Browser, product: dict[str, Any]) -> dict[str, Any]:
    """Save the form of a product as it is, then changed; return the values that it has then."""
    page = f"/r/product/{product['key']}/edit"
    own = site.admin.get(f"{PRODUCT}/{product['id']}").json["productCharacteristic"]
    lines = {"model": "Router\nin the cellar", "size": 7}
    own = [one | {"value": [lines]} if one["name"] == "equipment" else one for one in own]
    site.admin.patch(f"{PRODUCT}/{product['id']}", {"productCharacteristic": own})
    record = filled_form(admin.get(page))
    assert admin.post(page, record).headers["location"].endswith("done=same")
    at = 'm:["productCharacteristic","equipment",{},{}]'.format
    record |= {at(1, '"size"'): ["3"], "c:productCharacteristic:days": ["", "", "2026-11-23"]}
    assert admin.post(page, record).headers["location"].endswith("done=saved")
    kept = site.admin.get(f"{PRODUCT}/{product['id']}").json["productCharacteristic"]
    after = {one["name"]: one["value"] for one in kept}
    assert [one["size"] for one in after["equipment"]] == [7, 3]
    assert after["equipment"][0]["model"] == lines["model"]
    assert after["days"] == ["2026-11-23"]
    return after


def opened_again(admin: Browser, fields: Fields) -> Fields:
    """Keep an order as a draft and return the fields of the page that goes on with it."""
    draft = admin.post(PAGE, fields | {"step": "save"}).headers["location"]
    again, _ = step(admin, filled_form(admin.get(draft)), "open")
    assert again["c:1:days"] == ["2026-11-20", ""]
    return again


@pytest.mark.accepts("CAT-04")
def test_every_type_is_sent_through_the_interface(shop: Shop, offering: str) -> None:
    """Values of every type, nested ones, too, are taken by the interface, and told wrong at the
    spot inside them."""
    box = {"model": "Box", "size": 2, "ports": [80, 443], "spare": False}
    said: dict[str, Any] = {
        "equipment": [box, box], "owner": {"mail": "a@example.com", "desk": {"floor": 3}},
        "ship.to": {"city": "Oslo"}, "plan": {"url": "https://example.com/a"}, "term": "PT4H",
        "days": ["2026-11-22"], "starts": ["2026-12-01T10:00:00Z"], "levels": [1.5],
        "words": ["a"], "counts": [3], "count": 4, "ratio": 0.5, "agreed": True, "ticked": False,
        "on": "2026-11-30", "line": "x", "how": "post", "contact": "b@example.com",
    }  # fmt: skip
    wrong = {
        "equipment": ([box, box | {"size": 12}], ".value[1].size"),
        "owner": ({"desk": {"floor": "third"}}, ".value.desk.floor"),
        "days": (["2026-11-22", "soon"], ".value[1]"), "notice": ("x", ".value"),
        "counts": ([1.5], ".value[0]"), "term": ("long", ".value"), "ship.to": (7, ".value"),
        "contact": ("nobody", ".value"), "how": ("pigeon", ".value"), "ticked": ("yes", ".value"),
    }  # fmt: skip
    shop.offerings["All of it"] = offering
    order = {"productOrderItem": [shop.line("1", "All of it", **said)],
             "billingAccount": {"id": shop.account},
             "relatedParty": [{"id": shop.customer, "role": "customer",
                               "@referredType": "Customer"}]}  # fmt: skip
    taken = shop.site.admin.post(ORDER, order)
    assert taken.status_code == 201, taken.text
    assert as_values(taken.json["productOrderItem"][0]) == said
    for name, (value, spot) in wrong.items():
        item = shop.line("1", "All of it", **(said | {name: value}))
        refused = shop.site.admin.post(ORDER, order | {"productOrderItem": [item]})
        assert refused.status_code == 400, name
        (fault,) = refused.json["fault"]
        assert fault["path"].partition("]")[2].partition("]")[2] == spot, fault


@pytest.mark.accepts("CAT-04")
def test_every_type_is_typed_in_inputs_of_its_own(
    shop: Shop, admin: Browser, offering: str
) -> None:
    """Objects, lists, addresses and the rest are typed, told wrong at the spot, sent, kept."""
    fields, html = step(admin, opened(admin, customer=shop.customer), f"add:{offering}")
    assert 'type="email"' in html
    assert 'type="file"' in html
    assert "A technician has to" in html
    assert fields["c:1:days"] == [""]
    assert 'name="c:1:days"' in html.replace("&quot;", '"')
    at = 'm:["1","equipment",{},{}]'.format
    one: Fields = {
        at(0, '"model"'): "Router é\u2028x", at(0, '"size"'): "12", at(0, '"since"'): "2026-11-21",
        at(0, '"ports",0'): "80", at(0, '"spare"'): "true",
        'm:["1","owner",0,"mail"]': "a@example.com", 'm:["1","owner",0,"desk","floor"]': "3",
        'm:["1","ship.to",0,"streetName"]': "Main Street", 'm:["1","ship.to",0,"city"]': "Oslo",
        'm:["1","plan",0,"url"]': "https://example.com/plan.pdf",
        "c:1:contact": "b@example.com", "c:1:term": "P12M",
        "c:1:days": ["2026-11-22", "2026-11-20"], "c:1:starts": ["2026-12-01T10:00"],
        "c:1:levels": ["1.50"], "c:1:flags": ["one", "", "two"], "c:1:words": ["a b", "c"],
        "c:1:counts": ["3"], "c:1:count": "4", "c:1:ratio": "0.5", "c:1:agreed": "false",
        "c:1:ticked": ["false", "true"], "c:1:on": "2026-11-30", "c:1:line": "In one line",
        "c:1:how": "mail", "c:1:anything": '{"as": 1,\r\n "typed": [2]}',
    }  # fmt: skip
    unchosen = {at(0, '"ports",0'), "c:1:how", "c:1:agreed"}  # radios, of which none is set yet
    assert not {name for name in one if name not in fields} - unchosen
    fields, html = step(admin, fields, "", **one)
    told = html.partition('id="at-1-equipment-0-size-wrong">')[2].partition("</p>")[0]
    assert "must be between 1 and 9" in told
    none = {"c:1:count": "NaN", "c:1:ratio": "Infinity"}
    assert "must be a whole number" in words_of(step(admin, fields, "", **none)[1])
    assert fields[at(0, '"model"')] == ["Router é\u2028x"]
    assert fields[at(1, '"model"')] == [""]
    assert fields[at(0, '"ports",1')] == [""]
    assert fields["c:1:days"] == ["2026-11-22", "2026-11-20", ""]
    fields |= {at(0, '"size"'): ["7"], at(1, '"model"'): ["Box"], at(1, '"size"'): ["2"]}
    fields, _ = step(admin, fields, 'clear:["1","days",0]')
    assert fields["c:1:days"] == ["2026-11-20", ""]
    offered = admin.post(PAGE, fields | {"step": "quote"}).headers["location"]
    quote = shop.site.admin.get(f"{QUOTE}/{offered.split('/')[-1].partition('?')[0]}").json
    key = sent(admin, opened_again(admin, fields))
    made = values_of(shop, key)
    assert "Owner Mail a@example.com, Desk Floor 3" in words_of(admin.get(f"/order/{key}").text)
    assert as_values(quote["quoteItem"][0]) == made
    router = {"model": "Router é\u2028x", "size": 7, "since": "2026-11-21", "ports": [80],
              "spare": True}  # fmt: skip
    assert made["equipment"] == [router, {"model": "Box", "size": 2}]
    assert made == TYPED | {"equipment": made["equipment"], "flags": made["flags"]}
    shop.site.work()
    product = shop.products(shop.site.admin.get(f"{ORDER}/{key}").json)[0]
    fields, html = step(admin, opened(admin, product=product["id"], do="change"), "open")
    assert "Choose what becomes different" in html
    fields, html = step(admin, fields, 'clear:["1","equipment",1]')
    assert "Choose what becomes different" not in html
    changed = values_of(shop, sent(admin, fields))
    assert changed == {"equipment": [router]}

    kept = kept_in_its_form(shop.site, admin, product)
    assert kept["ship.to"] == made["ship.to"]


def test_the_next_value_is_typed_where_the_focus_goes(
    shop: Shop, admin: Browser, offering: str, origin: str, chromium: Any
) -> None:
    """In a draft that is opened again, too, which is no place of what was typed and not sent."""
    fields, _ = step(admin, opened(admin, customer=shop.customer), f"add:{offering}")
    kept = {"step": "save", "c:1:days": ["2026-11-22"]}
    draft = admin.post(PAGE, fields | kept).headers["location"]
    complaints: list[str] = []
    page = chromium.new_page()
    page.context.add_cookies([
        {"name": name, "value": value, "url": origin} for name, value in admin.cookies.items()
    ])  # fmt: skip
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    page.goto(origin + draft)
    page.locator("#at-1-days button.add").press("Enter")
    page.wait_for_selector("#at-1-days-1:focus")
    page.close()
    assert not complaints, complaints


def test_what_is_wrong_in_a_record_is_told_at_the_member() -> None:
    """A fault inside a value leads to the input of that member, also where values are several."""
    held: dict[str, Any] = {"held": [
        {"name": "size", "value": 1}, {"name": "box", "value": {}}, {"name": "size", "value": 2},
        {"name": "all", "value": [{}, {}]},
    ]}  # fmt: skip
    paths = ("held[2].value", "held[1].value.lid.width", "held[3].value[1].depth", "held[0]")
    refusal = Invalid.of([Fault(one, "badValue", "is wrong") for one in paths])
    asked = [AskedValue("size", most=2), AskedValue("box"), AskedValue("all", is_array=True)]
    found = problems_of(refusal, held, {"held": asked})
    assert [(one.path, one.label) for one in found] == [
        ("held:size[1]", "Size 2"), ("held:box.lid.width", "Box, Lid, Width"),
        ("held:all[1].depth", "All 2, Depth"), ("held:size[0]", "Size 1"),
    ]  # fmt: skip


@pytest.mark.accepts("CAT-04")
def test_every_type_is_defined_in_the_editor(site: Site, admin: Browser) -> None:
    """The catalog editor offers all types; an object is given its members there, line by
    line, and these theirs."""
    made = site.admin.post(
        f"{CATALOG}/productSpecification",
        {"name": "Plain", "lifecycleStatus": "In design", "productSpecCharacteristic": [
            {"name": "owner", "valueType": "object", "childCharacteristic": [
                {"name": "desk", "valueType": "object", "childCharacteristic": [
                    {"name": "floor", "valueType": "integer"}]}]}]},
    ).json  # fmt: skip
    near = f"/catalog/productSpecification/{made['id']}/characteristic"
    form = filled_form(admin.get(f"{near}?do=change&at=owner", **PART), "characteristic-form")
    assert form["members"] == ["desk: object\n- floor: integer"]
    html = source_of(admin.get(f"{near}?do=add", **PART))
    for kind in ("address", "attachment", "label", "object", "object[]", "dateTime[]", "radio"):
        assert f"<option>{kind}</option>" in html, kind

    for lines, told in (
        ("desk: object\nsize: gallons", "“size: gallons” is not understood"),
        ("desk: text\n- floor: integer", "only an object has members"),
        ("desk: object\n- - floor: integer", "“- floor: integer” is not understood"),
    ):
        wrong = admin.post(near, form | {"members": [lines]}, **PART)
        assert told in words_of(wrong.text)
    admin.post(
        near,
        form
        | {
            "members": [
                "desk: object\n- floor: integer *\n- way: object[]\n- - step: text\nmail: email *\n"
                "days: date[]"
            ]
        },
        **PART,
    )
    admin.post(near, {"csrf": form["csrf"], "do": "add", "name": "hint", "type": "label",
                      "about": "Call before you come."}, **PART)  # fmt: skip
    kept = site.admin.get(f"{CATALOG}/productSpecification/{made['id']}").json
    owner, hint = kept["productSpecCharacteristic"]
    desk, mail, days = owner["childCharacteristic"]
    floor, way = desk["childCharacteristic"]
    assert (floor["name"], floor["minCardinality"]) == ("floor", 1)
    assert (way["valueType"], way["childCharacteristic"][0]["name"]) == ("object[]", "step")
    assert (mail["valueType"], mail["minCardinality"]) == ("email", 1)
    assert (days["valueType"], "minCardinality" in days) == ("date[]", False)
    assert (hint["valueType"], hint["description"]) == ("label", "Call before you come.")


def test_a_simulation_takes_parts_and_values(shop: Shop, admin: Browser, offering: str) -> None:
    """The pane of the editor is configured as an order: parts, values, faults, price and plan."""
    home, voice = shop.offerings["Fibre Home"], shop.offerings["Voice Flat"]
    pane = f"/catalog/productOffering/{home}/pane/simulate"
    fields = filled_form(admin.get(pane, **PART))
    assert "asked" not in fields
    assert f"count:1:{voice}" in fields

    def simulated(**more: Any) -> tuple[Fields, str]:
        answer = admin.post(f"{pane}/form", fields | more | {"asked": "1"}, **PART)
        assert answer.status_code == 200
        return filled_form(answer), source_of(answer)

    bare, html = simulated()
    assert "49.90 EUR per month" in words_of(html)
    assert "Voice Line" not in words_of(html)
    _, html = simulated(**{f"count:1:{voice}": ["0", "1"]})
    assert "59.80 EUR per month" in words_of(html)
    assert "Voice Line" in words_of(html)
    chosen = {"customer.text": "nobody at all"}
    assert simulated(**chosen)[0]["customer"] == [""]
    bare, _ = simulated(**{"customer.text": "ada", "customer.shown": "ada",
                           "customer": shop.customer})  # fmt: skip
    assert bare["customer"] == [shop.customer]
    assert bare["site"] == [shop.place]

    pane = f"/catalog/productOffering/{offering}/pane/simulate"
    fields = filled_form(admin.get(pane, **PART))
    size = 'm:["1","equipment",0,"size"]'
    fields, html = simulated(**{size: "12", 'm:["1","equipment",0,"model"]': "Box"})
    told = html.partition('id="at-1-equipment-0-size-wrong">')[2].partition("</p>")[0]
    assert "must be between 1 and 9" in told
    _, html = simulated(**{size: "8"})
    assert "must be between 1 and 9" not in html
    assert "5.00 EUR per month" in words_of(html)
    sold = shop.site.admin.get(f"{CATALOG}/productOffering/{offering}").json
    page = f"/catalog/productSpecification/{sold['productSpecification']['id']}/pane/simulate"
    assert admin.get(page, **PART).status_code == 404
