"""Plan definitions, templates, answers and decision tables, by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from trunkline.documents.condition import RuleFailed, ValueMissing
from trunkline.ordering.command import OutcomeUnknown, Unavailable
from trunkline.ordering.design.answer import Response, answer_of
from trunkline.ordering.design.chosen import Chosen, in_sequence
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.design.expansion import connect, expanded
from trunkline.ordering.design.form import fields_of
from trunkline.ordering.design.outside_system import System
from trunkline.ordering.design.table import Case, Row, case_faults, decide, hidden_rows
from trunkline.ordering.design.template import render, render_path
from trunkline.ordering.design.turn import turn_of
from trunkline.ordering.design.validation import faults_of
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.steps import next_steps

Item = dict[str, Any]
CONTEXT = {"order": {"key": "ORD1"}, "line": {}, "record": {}, "item": {"speed": 500}, "place": {}}


def item(ident: str, kind: str = "milestone", *after: str, **more: Any) -> Item:
    found: Item = {"id": ident, "title": ident.title(), "kind": kind, **more}
    return found | ({"after": [{"item": one} for one in after]} if after else {})


def faults(*items: Item) -> set[tuple[str, str]]:
    definition = PlanDefinition.wrap({"code": "a", "name": "A", "item": list(items)})
    return {(one.code, one.path) for one in faults_of(definition, {"ipam"})}


def test_circles_and_what_is_never_reached_are_named() -> None:
    """Two items that wait for each other, one behind them, and one whose condition is never true;
    the items beside them are sound."""
    assert faults(
        item("a", "milestone", "b"), item("b", "milestone", "a"), item("c", "milestone", "b"),
        item("d"), item("e", "milestone", "d", condition="1 > 2"), item("f", "milestone", "f"),
    ) == {
        ("itemCircle", "item[0].after"), ("itemCircle", "item[1].after"),
        ("itemUnreachable", "item[2].after"), ("itemUnreachable", "item[4].condition"),
        ("itemCircle", "item[5].after"),
    }  # fmt: skip
    never = ("false && item.doors > 4", "item.doors > 4 && false")
    for text in never:
        assert faults(item("a", condition=text)) == {("itemUnreachable", "item[0].condition")}
    for text in ("has(item.doors)", "item.doors > 4", "'doors' in item", "item.doors > 4 || false"):
        assert faults(item("a", condition=text)) == set(), text
    assert faults() == {("planEmpty", "item")}


def test_names_and_texts_must_be_sound() -> None:
    """Unknown items and systems, templates that do not parse, and what a kind cannot do without."""
    request = {"path": "/a/${item.}", "body": {"x": ["${order.key"]}}
    mapping = [{"characteristic": "vlan", "expression": "response.body.("}]
    callout = {"system": "crm", "request": request, "mapping": mapping}
    assert faults(
        item("a", "callout", "nobody", callout=callout), item("b", "event"), item("b", "timer"),
        item("c", "manual", condition="item.speed +"),
        item("d", after=[{"scope": "order", "item": "a"}]),
    ) == {
        ("itemUnknown", "item[0].after[0].item"), ("systemUnknown", "item[0].callout.system"),
        ("templateInvalid", "item[0].callout.request.path"),
        ("templateInvalid", "item[0].callout.request.body.x[0]"),
        ("templateInvalid", "item[0].callout.mapping[0].expression"),
        ("missing", "item[1].event"), ("itemTwice", "item[2].id"),
        ("missing", "item[2].delaySeconds"), ("conditionInvalid", "item[3].condition"),
        ("missing", "item[4].after[0].specification"),
    }  # fmt: skip


def test_what_nobody_could_report_or_take_back_is_named() -> None:
    """A choice that is none of its field's kind, and a call that is to be taken back when its order
    changes without a request that does that."""
    form = [
        {"name": "count", "valueType": "number", "choice": ["1", "2.5", "three"]},
        {"name": "day", "valueType": "date", "choice": ["2026-03-29", "2026-02-30"]},
        {"name": "there", "valueType": "boolean", "choice": ["true", "yes"]},
        {"name": "side", "choice": ["left", "links"]},
    ]
    callout = {"system": "ipam", "request": {"path": "/a"}}
    back = {"onChange": "undoThenRedo", "onCancel": "nothing"}
    assert faults(
        item("a", "manual", form=form), item("b", "callout", callout=callout, compensation=back),
        item("c", "callout", callout=callout, compensation={"onCancel": "undo"}),
    ) == {
        ("badValue", "item[0].form[0].choice[2]"), ("badValue", "item[0].form[1].choice[1]"),
        ("badValue", "item[0].form[2].choice[1]"), ("missing", "item[1].callout.undoRequest"),
    }  # fmt: skip
    (count, *_) = fields_of(form)
    offered = [one.value for one in count.characteristic_value_specification]
    assert offered == [1, Decimal("2.5")]


def test_a_value_in_a_path_is_one_part_of_it() -> None:
    """Whatever it holds, it neither ends the path nor adds to it; where it is empty, the path would
    be that of something else, as by dots. Behind the question mark it may be. What a path begins
    with, such as an address that was answered before, stays as it is."""
    context = {**CONTEXT, "item": {"unit": "7/8 Ω?x=1#y", "none": "", "nil": None, "n": [1, "a"]}}
    assert render_path("/u/${item.unit}?q=${item.unit}", context) == (
        "/u/7%2F8%20%CE%A9%3Fx%3D1%23y?q=7%2F8%20%CE%A9%3Fx%3D1%23y"
    )
    assert render_path("/u?q=${item.none}&r=${item.nil}", context) == "/u?q=&r="
    context["item"] |= {"href": "/s/1", "up": "..", "here": "."}
    assert render_path("${'/a/' + order.key}", context) == "/a/ORD1"
    assert render_path("${item.href}/on/${item.href}", context) == "/s/1/on/%2Fs%2F1"
    assert render_path("/u?q=${item.up}", context) == "/u?q=.."
    for path in ("/u/${item.up}/x", "/u/${item.here}"):
        with pytest.raises(RuleFailed, match="no part of a path"):
            render_path(path, context)
    for path in ("/u/${item.none}", "/u/${item.nil}/x?q=1", "${item.none}"):
        with pytest.raises(RuleFailed, match="is empty"):
            render_path(path, context)
    assert render("list ${item.n}", context) == 'list [1,"a"]'


@pytest.mark.parametrize(("text", "waits_for"), [
    ("' c1 '", "c1"), ("item.speed", "500"), ("true", "true"), ("''", None), ("null", None),
    ("[order.key]", None),
])  # fmt: skip
def test_an_event_is_awaited_by_a_text(text: str, waits_for: str | None) -> None:
    """What comes to none could never be told, and is fallout instead of waiting for good."""
    (step, _) = made(
        item("a", "event", event={"type": "seen", "correlation": text}), values={"speed": 500}
    )
    turn = turn_of(step, {})
    assert turn.correlation == waits_for
    assert (turn.fault is not None) == (waits_for is None)


def test_a_template_keeps_types_and_says_what_is_missing() -> None:
    """One expression alone gives its own value, one inside a text becomes text."""
    template = {"n": "${item.speed}", "t": "order ${order.key}!", "l": [1, "${item.speed > 100}"]}
    assert render(template, CONTEXT) == {"n": 500, "t": "order ORD1!", "l": [1, True]}
    with pytest.raises(ValueMissing):
        render("${item.vlan}", CONTEXT)


def test_answers_are_told_apart_by_rules_and_by_status() -> None:
    """Done with its values, taken for later, refused with the words of the other side, and not got
    through: which may be repeated only where that does no harm."""
    callout: Item = {
        "successWhen": "response.status == 200 && response.body.ok",
        "pendingWhen": "response.status == 202",
        "businessErrorWhen": "response.status == 200 && !response.body.ok",
        "errorCode": "response.body.why", "errorMessage": "'no ' + response.body.why",
        "mapping": [{"characteristic": "vlan", "expression": "response.body.vlan"}],
    }  # fmt: skip
    done = answer_of(callout, CONTEXT, Response(200, {"ok": True, "vlan": 7, "id": "n1"}))
    assert (done.kind, done.external_id, dict(done.characteristics)) == ("done", "n1", {"vlan": 7})
    assert answer_of(callout, CONTEXT, Response(202)).kind == "pending"
    refused = answer_of(callout, CONTEXT, Response(200, {"ok": False, "why": "port"}))
    assert (refused.kind, refused.code, refused.message) == ("failed", "port", "no port")
    with pytest.raises(Unavailable):
        answer_of(callout, CONTEXT, Response(503))
    with pytest.raises(OutcomeUnknown):
        answer_of(callout, CONTEXT, Response(500))
    with pytest.raises(Unavailable):
        answer_of({**callout, "isRepeatable": True}, CONTEXT, Response(500))
    assert answer_of({}, CONTEXT, Response(204)).kind == "done"
    deep = {"mapping": [{"characteristic": "port", "expression": "response.body.at.port"}]}
    for empty in (None, {}, {"at": None}, {"at": {"port": None}}):  # what is left empty is no value
        kept = answer_of(deep, CONTEXT, Response(204, empty))
        assert (kept.kind, dict(kept.characteristics)) == ("done", {}), empty
    assert answer_of({}, CONTEXT, Response(422, {"message": "odd"})).message == "odd"


def test_a_table_decides_by_its_first_hit_and_keeps_its_examples() -> None:
    """The lowest priority first, then as the rows stand; what no row is for gives nothing. A row
    that an earlier one leaves nothing to is named, and an example that comes out otherwise, too."""
    rows = [
        Row(0, {"specification": frozenset({"Fibre"})}, "plain"),
        Row(1, {"specification": frozenset({"Fibre"}), "action": frozenset({"add"})}, "new"),
        Row(2, {"category": frozenset({"Gold", "Silver"})}, "quick", priority=-1),
    ]
    assert decide(rows, {"specification": "Fibre", "action": "add"}).result == "plain"  # type: ignore[union-attr]
    gold = {"specification": "Fibre", "category": ["Home", "Gold"]}
    assert decide(rows, gold).index == 2  # type: ignore[union-attr]
    assert decide(rows, {"specification": "Voice"}) is None
    assert [one.path for one in hidden_rows(rows)] == ["row[1]"]
    cases = [Case("new fibre", {"specification": "Fibre"}, "new"), Case("gold", gold, "quick")]
    assert [(one.path, one.code) for one in case_faults(rows, cases)] == [
        ("testCase[0]", "testCaseFails")
    ]


def own(values: Item | None = None, key: str = "1/Line") -> PlanItem:
    return PlanItem(
        id=f"own {key}", root="r", position=0, node_key=key, layer="service", kind="automatic",
        name="Line", action="add", item_id="1", service="s", characteristic=values,
    )  # fmt: skip


def made(*items: Item, values: Item | None = None, key: str = "1/Line") -> list[PlanItem]:
    chosen = Chosen("d", "PLD1", "line", "Line", 1, in_sequence(items))
    ids = iter(f"{key} {number}" for number in range(20))
    found = expanded(own(values, key), chosen, facts={"order": {}, "line": {}, "record": {}},
                     new_id=lambda: next(ids))  # fmt: skip
    return [*found.items, found.own]


def test_items_become_steps_around_the_record() -> None:
    """First what needs nothing, last the record's own step; each says where it comes from."""
    steps = made(item("b", "activation", "a"), item("a", "manual", pointOfNoReturn="hard"))
    first, second, last = steps
    assert [one.origin.get("item") for one in steps] == ["a", "b", None]
    assert (first.kind, first.point_of_no_return, first.action) == ("manual", True, None)
    assert (second.kind, second.action, second.needs) == ("callout", "add", (first.id,))
    assert (last.needs, last.service, first.part_of) == ((second.id,), "s", last.id)


def test_a_condition_leaves_a_step_out_and_the_others_go_on() -> None:
    """What earlier steps bring counts; the reason says which condition did not hold, and the
    record is made although all its plan's steps were left out."""
    steps = made(
        item("a", "automatic", assign=[{"characteristic": "port", "expression": "item.speed * 2"}]),
        item("b", "manual", "a", condition="item.port > 5000"),
        item("c", "manual", "a", condition="item.port == 1000"),
        item("d", "manual", "a", condition="item.nowhere == 1"),
        values={"speed": 500},
    )
    found = next_steps(steps)
    states = {name: [one.rpartition(" ")[2] for one in getattr(found, name)]
              for name in ("completed", "skipped", "offered")}  # fmt: skip
    assert states == {"completed": ["0"], "skipped": ["1", "3"], "offered": ["2"]}
    reasons = [found.turns[one].skipped or "" for one in found.skipped]
    assert ["item.port > 5000" in reasons[0], "nowhere has no value" in reasons[1]] == [True, True]
    alone = made(item("a", "manual", condition="item.speed > 900"), values={"speed": 500})
    assert len(next_steps(alone).completed) == 1


@pytest.mark.parametrize("after", [(), ("look",), ("look", "sign")])
def test_nothing_is_made_without_the_step_that_makes_it(after: tuple[str, ...]) -> None:
    """Whatever else of its plan comes after the step that was left out, and is done."""
    names = ("switchOn", *after)
    later = [item(one, "manual", before) for before, one in pairwise(names)]
    steps = made(item("switchOn", "activation"), *later)
    left_out = [replace(one, state="completed") for one in steps[1:-1]]
    found = next_steps([replace(steps[0], state="skipped"), *left_out, steps[-1]])
    assert found.skipped == (steps[-1].id,)
    changed = replace(steps[0], id="again", action="modify", state="skipped", needs=(steps[0].id,))
    last = replace(steps[-1], needs=(*steps[-1].needs, "again"))
    found = next_steps([replace(steps[0], state="completed"), *left_out, changed, last])
    assert found.completed == (last.id,)


def test_a_broken_template_is_faulty_before_anything_is_sent() -> None:
    """The value that it needs is named."""
    callout = {"system": "ipam", "request": {"path": "/vlan/${item.vlan}"}}
    (step, _) = made(item("a", "callout", callout=callout))
    turn = turn_of(step, {})
    assert turn.fault is not None
    assert turn.fault[0] == "templateFailed"
    assert "vlan" in turn.fault[1]
    assert turn_of(step, {"vlan": 7}).request["path"] == "/vlan/7"


def test_items_wait_for_plans_elsewhere_in_the_order() -> None:
    """In the same line, the same bundle, or the whole order; a circle between plans is refused."""
    after = {"after": [{"scope": "order", "specification": "Line", "item": "done"}]}
    first, second = made(item("done")), made(item("go", **after), key="2/Line")
    found = connect([*first, *second], {})
    assert next(one for one in found if one.id == second[0].id).needs == (first[0].id,)
    back = made(item("done", after=[{"scope": "order", "specification": "Line", "item": "go"}]))
    from trunkline.documents.errors import Invalid

    with pytest.raises(Invalid) as refused:
        connect([*back, *second], {})
    assert refused.value.faults[0].code == "planCircle"


def test_maintenance_that_follows_on_is_one() -> None:
    """Two times that touch each other end with the later one."""
    ten, noon, two = (datetime(2026, 5, 1, hour, tzinfo=UTC) for hour in (10, 12, 14))
    system = System("i", "ipam", "", None, None, None, None, None, ((noon, two), (ten, noon)))
    assert system.closed_until(datetime(2026, 5, 1, 11, tzinfo=UTC)) == two
    assert system.closed_until(two) is None
