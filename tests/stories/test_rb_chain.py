from tests.stories.test_one_after_the_other import *  # noqa
from tests.stories.test_one_after_the_other import after, NO_PORT
import pytest
for _n in [n for n in list(globals()) if n.startswith("test_")]:
    del globals()[_n]


def show(*orders):
    for o in orders:
        print(o.key, o.state, [(i["kind"], i["state"], i.get("reason")) for i in o.plan["item"]][:3],
              [(f["state"], f["cause"]["code"], f["cause"].get("message")) for f in o.fallouts()])


def retry(op, order):
    for f in order.fallouts(state="open"):
        assert op.staff.post(f"{FALLOUT}/{f['id']}/retry").status_code == 200
    op.settle(); op.hurry(); op.hurry()


def test_two_behind_one(operator):
    """Two chained orders on one product both behind the first (not in line with each other)."""
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(p)); operator.settle()
    link = [{"id": first.id, "relationshipType": "startsAfter"}]
    import concurrent.futures as cf
    def go(n):
        return operator.staff.post(ORDER, ada.body(ada.change("1", ["suspend", "delete"][n], p), orderRelationship=link))
    with cf.ThreadPoolExecutor(2) as ex:
        a, b = ex.map(go, [0, 1])
    print("CONC", a.status_code, b.status_code, a.json.get("fault"), b.json.get("fault"))
    assert sorted([a.status_code, b.status_code]) == [201, 409]


def test_middle_cancelled(operator):
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(p)); operator.settle()
    second = after(ada, first, ada.change("1", "suspend", p))
    third = after(ada, second, ada.change("1", "resume", p))
    operator.settle()
    print(second.cancel()["state"])
    operator.hurry()
    show(first, second, third)
    retry(operator, first)
    show(first, second, third)
    # after middle cancelled: patch the third to first-chain
    r = operator.staff.patch(f"{ORDER}/{third.id}", {"orderRelationship": []})
    print("PATCH", r.status_code, r.json.get("fault"))
    retry(operator, third)
    show(third)


def test_middle_cancelled_while_first_open(operator):
    """middle cancelled; third patched off while the first is still open"""
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(p)); operator.settle()
    second = after(ada, first, ada.change("1", "suspend", p))
    third = after(ada, second, ada.faster(p, 1000))
    operator.settle()
    second.cancel(); operator.hurry()
    r = operator.staff.patch(f"{ORDER}/{third.id}", {"orderRelationship": []})
    print("OFF", r.status_code, r.json.get("fault"))
    r = operator.staff.patch(f"{ORDER}/{third.id}", {"orderRelationship": [{"id": first.id, "relationshipType": "startsAfter"}]})
    print("ONTO FIRST", r.status_code, r.json.get("fault"))
    retry(operator, third)
    show(first, second, third)
    retry(operator, first)
    operator.hurry()
    show(first, second, third)


def test_other_customers_order(operator):
    ada, bob = operator.ada(), operator.ada()
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.fibre("1", 100)); operator.settle()
    second = after(bob, first, bob.add("1", "TV Basic"))
    operator.settle()
    show(first, second)


def test_first_draft_product(operator):
    """second behind a draft that changes the product; then the draft is deleted/cancelled"""
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    draft = ada.orders(ada.faster(p), state="pending")
    second = after(ada, draft, ada.change("1", "suspend", p))
    operator.settle()
    show(second)
    r = operator.staff.post(f"{OWN}/productOrder/{draft.id}/submit", {})
    print("SUBMIT", r.status_code, r.json.get("fault"))
    operator.settle(); operator.hurry(); operator.hurry()
    show(draft, second)


def test_second_draft(operator):
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(p)); operator.settle()
    second = after(ada, first, ada.change("1", "suspend", p), state="pending")
    third = after(ada, second, ada.change("1", "resume", p))
    operator.settle()
    r = operator.staff.post(f"{OWN}/productOrder/{second.id}/submit", {})
    print("SUBMIT2", r.status_code, r.json.get("fault"))
    operator.settle()
    show(first, second, third)
    retry(operator, first); operator.hurry()
    show(first, second, third)


def test_future_first(operator):
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    first = ada.orders(ada.faster(p), requestedStartDate="2040-01-01T00:00:00Z"); operator.settle()
    second = after(ada, first, ada.change("1", "suspend", p)); operator.settle()
    show(first, second)
    third = after(ada, second, ada.change("1", "delete", p), requestedStartDate="2039-01-01T00:00:00Z"); operator.settle()
    show(first, second, third)
    r = first.cancel(); print(r["state"]); operator.hurry(); operator.hurry()
    show(first, second, third)


def test_first_fails(operator):
    """first ends failed/partial"""
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(p), ada.add("2", "TV Basic")); operator.settle()
    second = after(ada, first, ada.change("1", "suspend", p)); operator.settle()
    show(first, second)
    # revise the first: take the change of speed away
    items = [ada.add("2", "TV Basic")]
    r = operator.staff.post(f"{OWN}/productOrder/{first.id}/revision", {"productOrderItem": items, "reason": "x"})
    print("REVISE", r.status_code, str(r.json)[:300])
    operator.settle(); operator.hurry(); operator.hurry(); operator.hurry()
    show(first, second)
    print(operator.read(PRODUCT, p)["status"])


def test_second_changes_item(operator):
    """second waits; patch its items to something else while it waits, cancel second, delete first's product"""
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(p)); operator.settle()
    second = after(ada, first, ada.change("1", "suspend", p)); operator.settle()
    # first ends product by revising? second cancel
    print(second.cancel()["state"])
    show(first, second)
    third = after(ada, second, ada.change("1", "delete", p)) if False else None
    r = operator.staff.post(ORDER, ada.body(ada.change("1", "delete", p), orderRelationship=[{"id": second.id, "relationshipType": "startsAfter"}]))
    print("BEHIND CANCELLED", r.status_code, r.json.get("fault"))
    r = operator.staff.post(ORDER, ada.body(ada.change("1", "delete", p), orderRelationship=[{"id": "no-such", "relationshipType": "startsAfter"}]))
    print("NO SUCH", r.status_code, r.json.get("fault"))
    retry(operator, first)
    show(first)
