from tests.stories.test_one_after_the_other import *  # noqa
from tests.stories.test_one_after_the_other import after, NO_PORT
for _n in [n for n in list(globals()) if n.startswith("test_")]:
    del globals()[_n]
from tests.stories.test_rb_chain import show, retry
for _n in [n for n in list(globals()) if n.startswith("test_")]:
    del globals()[_n]


def link(i, **m):
    return {"orderRelationship": [{"id": i, "relationshipType": "startsAfter", **m}]}


def test_ids(operator):
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    zero = "00000000-0000-0000-0000-000000000000"
    for i in ("no-such", zero):
        r = operator.staff.post(ORDER, ada.body(ada.add("1", "TV Basic"), **link(i)))
        print("ADD", i, r.status_code, r.json.get("fault") or r.json.get("message"))
        r = operator.staff.post(ORDER, ada.body(ada.change("1", "suspend", p), **link(i), state="pending"))
        print("FREE draft", i, r.status_code, r.json.get("fault") or r.json.get("message"))
    operator.settle()
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(p)); operator.settle()
    for i in (zero, "no-such"):
        try:
            r = operator.staff.post(ORDER, ada.body(ada.change("1", "suspend", p), **link(i)))
            print("BUSY", i, r.status_code, r.json.get("fault") or r.json.get("message"))
        except Exception:
            import traceback; traceback.print_exc()


def test_circles(operator):
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(p)); operator.settle()
    second = after(ada, first, ada.change("1", "suspend", p))
    third = after(ada, second, ada.change("1", "resume", p)); operator.settle()
    for one, to in ((first, third), (first, first), (second, third), (second, second)):
        r = operator.staff.patch(f"{ORDER}/{one.id}", link(to.id))
        print("CIRCLE", r.status_code, r.json.get("fault"))
    # re-patch third onto first: then second and third both behind first, not in line
    r = operator.staff.patch(f"{ORDER}/{third.id}", link(first.id))
    print("SIDE", r.status_code, r.json.get("fault"))
    r = operator.staff.patch(f"{ORDER}/{third.id}", link(second.id, relationshipType="related"))
    print("WORD", r.status_code, r.json.get("fault"))
    # both links replaced
    r = operator.staff.patch(f"{ORDER}/{second.id}", {"orderRelationship": None})
    print("NULL", r.status_code, r.json.get("fault"))
    # json patch
    show(first, second, third)


def test_middle_cut_out(operator):
    """third behind second behind first; second is completed?? second link replaced by a bogus one"""
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    done = ada.has(ada.add("1", "TV Basic"))
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.change("1", "suspend", p)); operator.settle(); show(first)
    first2 = ada.orders(ada.faster(p)) if first.state == "completed" else first
    # a done order patched to start after the open one
    r = operator.staff.patch(f"{ORDER}/{done.id}", link(first2.id))
    print("DONE PATCH", r.status_code, r.json.get("fault"))
    r = operator.staff.post(ORDER, ada.body(ada.change("1", "resume", p), **link(done.id)))
    print("VIA DONE", r.status_code, r.json.get("fault"))


def test_first_revised_so_that_it_ends(operator):
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(p)); operator.settle()
    second = after(ada, first, ada.faster(p, 1000)); operator.settle()
    r = operator.staff.post(f"{OWN}/productOrder/{first.id}/revision", {"productOrderItem": [ada.change("1", "delete", p)], "reason": "x"})
    print("REVISE", r.status_code, str(r.json)[:300])
    if r.status_code == 201:
        c = operator.staff.post(f"{OWN}/orderRevision/{r.json['id']}/confirm", {})
        print(c.status_code, str(c.json)[:300])
    operator.settle(); operator.hurry(); operator.hurry()
    show(first, second)


def test_second_moved_items_while_waiting(operator):
    """a waiting order patched to items of another product which is itself busy"""
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    q = ada.has(ada.add("1", "TV Basic")).product("1")["id"]
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(p)); operator.settle()
    second = after(ada, first, ada.change("1", "delete", q)); operator.settle()
    r = operator.staff.post(ORDER, ada.body(ada.change("1", "suspend", q)))
    print("Q busy", r.status_code, r.json.get("fault"))
    r = operator.staff.patch(f"{ORDER}/{second.id}", {"productOrderItem": [ada.change("1", "suspend", p)]})
    print("PATCH ITEMS", r.status_code, r.json.get("fault"))
    r = operator.staff.patch(f"{ORDER}/{second.id}", {"productOrderItem": [ada.change("1", "suspend", p)], "orderRelationship": []})
    print("PATCH ITEMS+LINK", r.status_code, r.json.get("fault"))
    show(second)
    retry(operator, first); operator.hurry()
    show(first, second)


def test_link_added_later(operator):
    """link to begun order added; link retarget to a cancelled one"""
    ada = operator.ada()
    p = ada.has(ada.fibre("1", 100)).product("1")["id"]
    operator.network.behave(fail=[NO_PORT])
    first = ada.orders(ada.faster(p)); operator.settle()
    second = ada.orders(ada.change("1", "suspend", p), state="pending") if False else None
    r = operator.staff.post(ORDER, ada.body(ada.change("1", "suspend", p), state="pending"))
    print("DRAFT busy", r.status_code, r.json.get("fault"))
    if r.status_code == 201:
        d = r.json["id"]
        s = operator.staff.post(f"{OWN}/productOrder/{d}/submit", {})
        print("SUBMIT busy", s.status_code, s.json.get("fault"))
        s = operator.staff.patch(f"{ORDER}/{d}", link(first.id))
        s = operator.staff.post(f"{OWN}/productOrder/{d}/submit", {})
        print("SUBMIT linked", s.status_code, s.json.get("fault"))
        operator.settle()
        r = operator.staff.patch(f"{ORDER}/{d}", {"state": "pending"})
        print(operator.read(ORDER, d)["state"])
    # simulate
    r = operator.staff.post(f"{OWN}/simulate", ada.body(ada.change("1", "resume", p), **link(d)))
    print("SIM", r.status_code, str(r.json)[:500])
