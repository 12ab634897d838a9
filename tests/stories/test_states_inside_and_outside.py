"""States have one name inside and one outside: which belong together is written down, and holds."""

from __future__ import annotations

import pytest

from tests.support.operator import ORDER, Operator
from tests.support.samples import address
from trunkline.cli.documents import map_lines
from trunkline.documents.lifecycle import Lifecycle
from trunkline.kernel.resource import Resource, registry
from trunkline.kernel.work import as_system
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ITEM_PUBLISHED

V5 = ORDER.replace("/v4/", "/v5/")
TMF622_STATES = {
    "acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "completed",
    "failed", "partial", "assessingCancellation", "pendingCancellation",
}  # fmt: skip
STATES: Lifecycle = registry["ProductOrder"].lifecycle  # type: ignore[assignment]


def way_to(wanted: str) -> list[str]:
    """Return the shortest way of a draft to a state, without the draft."""
    ways: list[list[str]] = [["draft"]]
    for way in ways:  # grows while it is walked
        if way[-1] == wanted:
            return way[1:]
        ways += [[*way, one] for one in STATES.moves[way[-1]] if one not in way]
    raise AssertionError(f"no way leads to {wanted}")


def order_in(operator: Operator, state: str) -> str:
    """Bring a new draft into a state, step by step, as the program itself would."""
    ada = operator.ada()
    order = ada.orders(ada.voice("1"), state="pending")
    for step in way_to(state):
        system = as_system(operator.site.services, "tests")
        with system as work, work.edit(ProductOrder, order.id) as one:
            one.internal_state = step
    return order.id


def described(operator: Operator, number: str, schema: str, attribute: str) -> set[str]:
    """Return the words that the served description admits for an attribute."""
    answer = operator.staff.get(f"/openapi/{number}.json")
    assert answer.status_code == 200
    return set(answer.json["components"]["schemas"][schema]["properties"][attribute]["enum"])


@pytest.mark.accepts("API-05")
@pytest.mark.parametrize("inside", STATES.moves)
def test_each_state_of_an_order_has_one_word_outside(operator: Operator, inside: str) -> None:
    """An order in each of its seventeen states is told by the word that the map has for it, one of
    TMF622's, in both versions; it is found by that word, by its own name, and by no other word.
    A draft stands in lists of v4 only where it is asked for by its own name."""
    ident = order_in(operator, inside)
    word = STATES.published[inside]
    told = operator.read(ORDER, ident)
    assert (told["internalState"], told["state"]) == (inside, word)
    assert word in TMF622_STATES
    assert described(operator, "TMF622", "ProductOrder", "state") == TMF622_STATES
    for one in TMF622_STATES:
        found = operator.find(ORDER, state=one, id=ident)
        assert bool(found) == (one == word and inside != "draft"), one
        found = operator.find(ORDER, state=one, internalState=inside, id=ident)
        assert bool(found) == (one == word), one
        assert (inside in STATES.internal_states(one)) == (one == word)
    assert [one["id"] for one in operator.find(ORDER, internalState=inside, id=ident)] == [ident]
    newer = "draft" if inside == "draft" else word
    assert operator.read(V5, ident)["state"] == newer
    assert [one["id"] for one in operator.find(V5, state=newer, id=ident)] == [ident]
    assert newer in described(operator, "TMF622-v5", "ProductOrderV5", "state")
    outside = f" (outside `{word}`)" if word != inside else ""
    lines = "\n".join(map_lines(registry)).partition("### ProductOrder\n")[2]
    assert f"- state `{inside}`{outside} → " in lines.partition("###")[0]


@pytest.mark.accepts("API-05")
def test_a_word_from_outside_means_one_state_inside(operator: Operator) -> None:
    """Pending keeps a draft, acknowledged hands it in, held stops it and in progress lets it go on,
    canceled gives it up; the lines of an order follow, each in a word of TMF622. What only the
    program brings about cannot be asked for."""
    ada = operator.ada()
    order = ada.orders(ada.voice("1"), state="pending")

    def ask(word: str) -> str:
        answer = operator.staff.patch(f"{ORDER}/{order.id}", {"state": word})
        assert answer.status_code == 200, answer.json
        return str(answer.json["internalState"])

    assert order.read()["internalState"] == "draft"
    assert ask("acknowledged") == "acknowledged"
    operator.network.behave(mode="callback", delay_ms=600_000)
    operator.settle()
    assert order.read()["internalState"] == "inProgress"
    for word, inside in (("held", "onHold"), ("inProgress", "inProgress")):
        assert ask(word) == inside
        operator.settle()
    for word in ("completed", "partial", "failed", "pendingCancellation", "assessingCancellation"):
        answer = operator.staff.patch(f"{ORDER}/{order.id}", {"state": word})
        assert answer.status_code in (400, 409), word
    given_up = ada.orders(ada.voice("1"), state="pending")
    answer = operator.staff.patch(f"{ORDER}/{given_up.id}", {"state": "cancelled"})
    assert answer.json["internalState"] == "canceled"
    for one in (order, given_up):
        (line,) = one.read()["productOrderItem"]
        assert line["state"] == ITEM_PUBLISHED[line["internalState"]]
        assert line["state"] in TMF622_STATES
    assert set(ITEM_PUBLISHED.values()) <= TMF622_STATES


WITH_STATES = [one for one in registry if one.published and one.lifecycle]
MAPPED = [one for one in WITH_STATES if one.lifecycle and one.lifecycle.internal is not None]
KEPT = [one for one in WITH_STATES if one not in MAPPED]


@pytest.mark.accepts("API-05")
@pytest.mark.parametrize("resource", MAPPED, ids=str)
def test_each_state_inside_has_one_word_outside(operator: Operator, resource: Resource) -> None:
    """Every kind of record with states of its own inside says by a map, which leaves none out, what
    each is called outside; a filter takes both words, and the description knows those outside."""
    lifecycle = resource.lifecycle
    assert lifecycle is not None
    assert set(lifecycle.published) == set(lifecycle.moves)
    assert set(lifecycle.accepts.values()) <= set(lifecycle.moves)
    outside = resource.type.attributes()[lifecycle.attribute].json_name
    inside = resource.type.attributes()[str(lifecycle.internal)].json_name
    for state, word in lifecycle.published.items():
        for name, asked in ((outside, word), (inside, state)):
            answer = operator.staff.get(address(resource), query_string=f"{name}={asked}&limit=3")
            assert answer.status_code in (200, 206), (name, asked, answer.json)
            assert {one[name] for one in answer.json} <= {asked}
            assert all(one[outside] == lifecycle.published[one[inside]] for one in answer.json)
    described = operator.staff.get(f"/openapi/{resource.api.number}.json").json
    words = described["components"]["schemas"][resource.name]["properties"][outside].get("enum")
    assert words is None or set(lifecycle.published.values()) <= set(words)


@pytest.mark.accepts("API-05")
@pytest.mark.parametrize("resource", KEPT, ids=str)
def test_all_other_kinds_have_one_name_for_both(operator: Operator, resource: Resource) -> None:
    """Every other kind of record calls its states inside as it does outside: each is a word that a
    filter takes and, where the interface has a closed list, stands in its description."""
    lifecycle = resource.lifecycle
    assert lifecycle is not None
    assert lifecycle.published == {}
    name = resource.type.attributes()[lifecycle.attribute].json_name
    for state in lifecycle.moves:
        query = {"query_string": f"{name}={state.replace(' ', '%20')}&limit=1"}
        answer = operator.staff.get(address(resource), **query)
        assert answer.status_code in (200, 206), (state, answer.json)
        assert {one[name] for one in answer.json} <= {state}
    described = operator.staff.get(f"/openapi/{resource.api.number}.json").json
    properties = described["components"]["schemas"][resource.name]["properties"]
    words = properties[name].get("enum")
    assert words is None or set(lifecycle.moves) <= set(words)
