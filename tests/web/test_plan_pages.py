"""Plans are designed in the browser: items with their faults, versions, tables and a test run."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.filled_form import filled_form
from trunkline.demo import catalog, people
from trunkline.kernel.actor import Grant
from trunkline.kernel.work import as_system

OWN = "/api/ordering/v1"
PLANS = "/plans"


def designed(admin: Browser, code: str) -> str:
    """Draft a definition on the page and return the address of its page."""
    answer = admin.post(f"{PLANS}/new", {"kind": "definition", "name": code.title(), "code": code})
    assert answer.status_code == 303, words_of(answer.text)
    return str(answer.headers["location"])


def version(site: Site, page: str) -> str:
    key = page.rpartition("/")[2]
    (row,) = site.rows("select version from plan_definition where key = %s", key)
    return str(row[0])


def keep(admin: Browser, site: Site, page: str, item: str = "", **typed: Any) -> Any:
    address = f"{page}/item/{item}" if item else f"{page}/item"
    return admin.post(address, {"version": version(site, page), **typed})


def test_a_plan_is_drawn_up_corrected_and_published(admin: Browser, site: Site) -> None:
    """Each item is typed in the pane; what is wrong stands at the item and at its field, and keeps
    the plan from being published until it is put right."""
    page = designed(admin, "gate")
    begun = words_of(admin.get(page).text)
    assert "No items yet." in begun
    assert "to correct" not in begun  # that is what is to be done, not a fault
    look = {"id": "look", "title": "Look", "kind": "manual", "role": "crew",
            "form": "doors*: number, Doors\nnote", "durationMinutes": "60",
            "pointOfNoReturn": "soft", "onCancel": "nothing", "onChange": "redo"}  # fmt: skip
    assert keep(admin, site, page, **look).status_code == 303
    wrong = {"id": "open", "title": "Open", "kind": "manual", "after": ["look"],
             "condition": "item.doors >"}  # fmt: skip
    assert keep(admin, site, page, **wrong).status_code == 303
    shown = admin.get(f"{page}?item=open")
    assert "1 thing to correct" in words_of(shown.text)
    assert source_of(shown).count('class="box plans-box') == 2
    refused = admin.post(page, {"do": "publish"})
    assert (refused.status_code, "is not a rule" in refused.text) == (400, True)
    assert keep(admin, site, page, "open", **wrong | {"condition": "item.doors > 4"})
    assert "to correct" not in words_of(admin.get(page).text)
    assert admin.post(page, {"do": "publish"}).headers["location"].endswith("done=publish")
    (made,) = site.admin.get(f"{OWN}/planDefinition?code=gate").json
    first, second = made["item"]
    assert first == {
        "id": "look", "title": "Look", "kind": "manual", "role": "crew", "durationMinutes": 60,
        "pointOfNoReturn": "soft", "compensation": {"onChange": "redo", "onCancel": "nothing"},
        "form": [{"name": "doors", "title": "Doors", "valueType": "number", "isRequired": True},
                 {"name": "note"}],
    }  # fmt: skip
    assert (second["after"], second["condition"]) == ([{"item": "look"}], "item.doors > 4")
    assert keep(admin, site, page, "open", **wrong).status_code == 409
    drafted = admin.post(page, {"do": "draft"}).headers["location"]
    again = wrong | {"condition": "item.doors > 6"}
    assert keep(admin, site, drafted, "open", **again).status_code == 303
    compared = words_of(admin.get(f"{drafted}/compare").text)
    assert "item.doors > 4" in compared
    assert "item.doors > 6" in compared


RICH: list[dict[str, Any]] = [
    {"id": "first", "title": "First", "kind": "milestone", "colour": "red"},
    {"id": "look", "title": "Look", "kind": "manual", "role": "crew", "durationMinutes": 60,
     "condition": "order.key != ''\n || true", "note": {"of": "ours"},
     "after": [{"item": "first", "scope": "plan", "because": "it is first"},
               {"scope": "order", "specification": "Voice / Data: Home", "item": "activate"},
               {"scope": "bundle", "specification": "Fibre Access", "kept": True}],
     "pointOfNoReturn": "soft", "pointOfNoReturnReaches": "line",
     "compensation": {"onChange": "redo", "insignificant": ["colour"], "fee": 5},
     "retry": {"technical": [], "unknown": [5, 60], "business": [1], "odd": [1]},
     "sla": {"minutes": 60, "warnPercent": 50, "warnLevel": "low", "breachLevel": "critical",
             "escalateTo": "duty", "since": "order"},
     "form": [{"name": "side", "title": "Side, left or right", "valueType": "string",
               "choice": ["left", "right"], "hint": "as you stand"}, {"name": "note"}]},
    {"id": "call", "title": "Call", "kind": "callout", "after": [{"item": "look"}],
     "callout": {"system": "gone-by-now", "isRepeatable": False, "channel": 3,
                 "request": {"path": "/a", "body": {"n": {"a": [1, None]}}, "header": {"x": "y"}},
                 "undoRequest": {"path": "/b", "header": {"x": "y"}},
                 "mapping": [{"characteristic": "a", "expression": "response\n .a", "of": 1}]}},
    {"id": "set", "title": "Set", "kind": "automatic",
     "assign": [{"characteristic": "b = c", "expression": "line.id == '1' ? 1 : 2", "unit": "m"}]},
    {"id": "hear", "title": "Hear", "kind": "event",
     "event": {"type": "seen", "correlation": "order.key", "source": "panel",
               "mapping": [{"characteristic": "p", "expression": "response.body.p"}]}},
    {"id": "rest", "title": "Rest", "kind": "timer", "delaySeconds": 5, "calendar": "none"},
]  # fmt: skip


def test_an_item_gets_its_short_name_from_its_title(admin: Browser, site: Site) -> None:
    """Who leaves it empty need not know the rule: it is made of the title, and no two are alike.
    What cannot be read is said at its field; what is kept is not typed again."""
    page = designed(admin, "door")
    first = keep(admin, site, page, title="Fit the button, größer", kind="manual")
    assert "item=fitTheButtonGroer" in first.headers["location"]
    second = keep(admin, site, page, title="Fit the Button größer", kind="milestone")
    assert "item=fitTheButtonGroer2" in second.headers["location"]
    wrong = keep(admin, site, page, title="Look", kind="manual", durationMinutes="soon")
    assert wrong.status_code == 400
    words = words_of(wrong.text)
    assert words.count("write a whole number") == 1
    assert words.index("Minutes that it takes") < words.index("write a whole number")
    nameless = words_of(keep(admin, site, page, kind="manual").text)
    assert nameless.index("Title") < nameless.index("is required; send it")


def test_saving_an_item_loses_nothing_of_it(admin: Browser, site: Site) -> None:
    """An item that is opened and saved says what it said, down to what the form knows no words for
    and to a system that is not set up any more; one that is changed is changed there alone."""
    body = {"code": "rich", "name": "Rich", "item": RICH}
    made = site.admin.post(f"{OWN}/planDefinition", body).json
    page = f"{PLANS}/{made['key']}"

    def form(item: str) -> dict[str, list[str]]:
        found = filled_form(admin.get(f"{page}?item={item}"), action=f"{page}/item/{item}")
        assert found["title"], item
        return found

    def now() -> Any:
        return site.admin.get(f"{OWN}/planDefinition/{made['id']}").json["item"]

    for one in RICH:
        assert admin.post(f"{page}/item/{one['id']}", form(one["id"])).status_code == 303
    assert now() == RICH
    changed = form("look")
    changed["form"] = [changed["form"][0].replace("note: string", "remark: string")]
    changed["form"][0] = changed["form"][0].replace("Side, left or right", "Which side")
    changed |= {"durationMinutes": ["45"], "unknown": [""], "pointOfNoReturn": ["hard"],
                "reaches": ["order"], "after": [], "technical": ["9"]}  # fmt: skip
    assert admin.post(f"{page}/item/look", changed).status_code == 303
    look = RICH[1]
    side, _ = look["form"]
    assert now() == [RICH[0], look | {
        "durationMinutes": 45, "pointOfNoReturn": "hard", "pointOfNoReturnReaches": "order",
        "after": look["after"][1:], "retry": {"technical": [9], "business": [1], "odd": [1]},
        "form": [side | {"title": "Which side"}, {"name": "remark", "valueType": "string"}],
    }, *RICH[2:]]  # fmt: skip
    wrong = form("call") | {"timeoutSeconds": ["soon"], "path": ["/typed"]}
    refused = admin.post(f"{page}/item/call", wrong)
    assert refused.status_code == 400
    assert 'value="/typed"' in source_of(refused)
    assert now()[2:] == RICH[2:]
    published = {"lifecycleStatus": "published"}
    refused = site.admin.patch(f"{OWN}/planDefinition/{made['id']}", published)
    unknown = {one["path"] for one in refused.json["fault"] if one["code"] == "attributeUnknown"}
    assert unknown == {
        "item[0].colour", "item[1].note", "item[1].compensation.fee", "item[1].retry.odd",
        "item[1].sla.since",
        "item[1].after[1].kept", "item[1].form[0].hint", "item[2].callout.channel",
        "item[2].callout.request.header", "item[2].callout.undoRequest.header",
        "item[2].callout.mapping[0].of", "item[3].assign[0].unit", "item[4].event.source",
        "item[5].calendar",
    }  # fmt: skip


def test_a_callout_is_typed_and_shown_as_it_was(admin: Browser, site: Site) -> None:
    """Request, body, undo, answer rules and values go to the item and come back into the form; a
    line that cannot be read is said so, and nothing is kept of it."""
    if not site.admin.get(f"{OWN}/outsideSystem?code=store").json:
        store = {"code": "store", "name": "Store", "url": "https://store.example.com"}
        assert site.admin.post(f"{OWN}/outsideSystem", store).status_code == 201
    policy = words_of(admin.get("/r/failurePolicy/new").text)
    assert "System Network Store Step kind" in policy  # chosen by name, not typed as a code
    page = designed(admin, "fetch")
    typed = {
        "id": "call", "title": "Call", "kind": "callout", "system": "store", "method": "PUT",
        "path": "/unit/${order.key}", "body": '{"n": "${line.quantity}"}', "undoPath": "/unit",
        "undoMethod": "DELETE", "mapping": "unit = response.body.unit", "successWhen": "",
        "businessErrorWhen": "response.status == 409", "timeoutSeconds": "5",
        "isRepeatable": "yes", "technical": "1 5", "elsewhere": "order: Fibre Access / activate",
    }  # fmt: skip
    assert keep(admin, site, page, **typed).status_code == 303
    (item,) = site.admin.get(f"{OWN}/planDefinition?code=fetch").json[0]["item"]
    assert item["callout"] == {
        "system": "store", "timeoutSeconds": 5, "isRepeatable": True,
        "request": {"method": "PUT", "path": "/unit/${order.key}",
                    "body": {"n": "${line.quantity}"}},
        "undoRequest": {"method": "DELETE", "path": "/unit"},
        "businessErrorWhen": "response.status == 409",
        "mapping": [{"characteristic": "unit", "expression": "response.body.unit"}],
    }  # fmt: skip
    assert item["retry"] == {"technical": [1, 5]}
    elsewhere = {"scope": "order", "specification": "Fibre Access", "item": "activate"}
    assert item["after"] == [elsewhere]
    form = source_of(admin.get(f"{page}?item=call"))
    for text in ("unit = response.body.unit", "order: Fibre Access / activate", ">DELETE<"):
        assert text in form
    refused = keep(admin, site, page, "call", **typed | {"mapping": "unit", "body": "{"})
    assert refused.status_code == 400
    assert "cannot be read" in words_of(refused.text)


def test_a_table_is_typed_asked_and_holds_its_examples(admin: Browser, site: Site) -> None:
    """Rows and examples are typed side by side; an example that comes out otherwise keeps the
    table from being on, and is named by its number."""
    made = designed(admin, "lift")
    assert keep(admin, site, made, id="a", title="A", kind="milestone").status_code == 303
    answer = admin.post(f"{PLANS}/new", {"kind": "table", "name": "Which plan"})
    page = answer.headers["location"]
    names = ("specification", "category", "layer", "action", "customerSegment", "customerType")
    rows = {f"row.{name}": ["", ""] for name in (*names, "condition", "result")}
    rows |= {"row.specification": ["Lift, Hoist", ""], "row.action": ["add", ""],
             "row.result": ["lift", ""]}  # fmt: skip
    cases = {f"case.{name}": [""] for name in names}
    cases |= {"case.name": ["a hoist"], "case.specification": ["Hoist"], "case.expected": ["lift"],
              "case.action": ["delete"]}  # fmt: skip
    typed = {"name": "Which plan", "isOn": "yes", "version": "1", **rows, **cases}
    refused = admin.post(page, typed)
    assert refused.status_code == 400
    assert "example 1: a hoist gives nothing by no row, not lift" in words_of(refused.text)
    drafted = admin.post(page, typed | {"case.action": ["add"]})
    assert "row 1: lift is not in force; publish it" in words_of(drafted.text)
    assert admin.post(made, {"do": "publish"}).headers["location"].endswith("done=publish")
    assert admin.post(page, typed | {"case.action": ["add"]}).status_code == 303
    asked = words_of(admin.get(f"{page}?ask.specification=Lift&ask.action=add").text)
    assert "Row 1 : lift" in asked or "Row 1: lift" in asked
    held = site.admin.get(f"{OWN}/decisionTable").json[0]
    assert site.admin.patch(f"{OWN}/decisionTable/{held['id']}", {"isOn": False}).status_code == 200


def test_a_plan_is_tried_with_an_order_that_there_is(admin: Browser, site: Site) -> None:
    """What the order makes is offered; the plan's items say what they would do for it."""
    with as_system(site.services, "tests") as work:
        offering = catalog.load(work).offerings["Voice Flat"]
        ada = people.add_customers(work, Random(1), 1)[0]
    customer = {"relatedParty": [{"id": ada.id, "role": "customer"}],
                "billingAccount": {"id": ada.billing_account}}  # fmt: skip
    body = {"state": "pending", **customer, "productOrderItem": [
        {"id": "1", "action": "add", "productOffering": {"id": offering},
         "product": {"place": [{"id": ada.sites[0], "role": "installation",
                                 "@referredType": "GeographicSite"}],
                     "productCharacteristic": [{"name": "lines", "value": 1}]}}]}  # fmt: skip
    order = site.admin.post("/tmf-api/productOrderingManagement/v4/productOrder", body)
    assert order.status_code == 201, order.json
    page = designed(admin, "voice")
    typed = {"id": "a", "title": "Call them", "kind": "manual", "condition": "line.quantity > 3"}
    assert keep(admin, site, page, **typed).status_code == 303
    key = order.json["key"]
    assert "Voice Line" in words_of(admin.get(f"{page}/try?order={key}").text)
    tried = words_of(admin.get(f"{page}/try?order={key}&for=Voice Line").text)
    assert "Call them" in tried
    assert "left out" in tried
    assert "line.quantity > 3" in tried
    sampled = words_of(admin.get(f"{page}/try?offering=Voice Flat&for=Voice Line").text)
    assert "Call them" in sampled
    assert "left out" in sampled
    assert "would be refused" not in sampled
    unknown = words_of(admin.get(f"{page}/try?offering=Voice Flut").text)
    assert "It cannot be tried with this offering." in unknown


def test_pages_of_plans_take_three_statements_and_a_right(admin: Browser, site: Site) -> None:
    """The editor reads the definition and its versions; who may not read them is refused."""
    page = designed(admin, "lean")
    assert keep(admin, site, page, id="a", title="A", kind="milestone").status_code == 303
    for address in (f"{page}?item=a", PLANS):
        admin.get(address)
        with counted() as sent:
            assert admin.get(address).status_code == 200
        assert len([one for one in sent if one.startswith("select")]) <= 3, sent


def test_who_may_not_read_plans_is_refused(
    site: Site, admin: Browser, signed_in: Callable[..., Browser]
) -> None:
    """The pages answer 403, and the menu does not name them; an event is told only by who may do
    so over everything."""
    page = designed(admin, "secret")
    clerk = signed_in("clerk", {"Customer:read": Grant("all")})
    assert [clerk.get(one).status_code for one in (PLANS, page, f"{page}/compare")] == [403] * 3
    assert 'href="/plans"' not in source_of(clerk.get("/"))
    role = site.role("teller", {"ordering:tellEvent": Grant("own")})
    teller = site.user("teller", roles=[role], scopes=("ordering:tellEvent",))
    told = {"id": "1", "type": "seen", "correlation": "x"}
    assert teller.post(f"{OWN}/event", told).status_code == 403
    assert site.unentitled().post(f"{OWN}/event", told).status_code == 403
