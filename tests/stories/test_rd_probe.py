"""Scratch of RD."""
from __future__ import annotations
import json
import pytest
from tests.stories.test_services_ordered_alone import *  # noqa
from tests.stories.test_services_ordered_alone import line, body, placed, below, plan, own_service, at_home, free, firewall
from tests.stories.test_broken_down import LIVE
from tests.support.operator import *

for _n in list(globals()):
    if _n.startswith("test_"): del globals()[_n]

def show(operator, order):
    return {k: (v.get("action"), v["state"], v.get("reason"), v["name"]) for k, v in plan(operator, order).items()}

def lax(operator, ada, *items, **more):
    ans = operator.staff.post(SERVICE_ORDER, body(ada, *items, **more))
    if ans.status_code != 201:
        print("REFUSED", ans.status_code, ans.json); return None
    operator.settle()
    o = operator.read(SERVICE_ORDER, ans.json["id"])
    print("STATE", o["state"], o.get("errorMessage"), [(i["id"], i.get("state"), i["service"].get("id")) for i in o["serviceOrderItem"]])
    return o

@pytest.mark.parametrize("ident", ["end", "wait", "shared/x", "undo/1", "1/Filter", "canceled/x", "item/1", "a b"])
def test_ids(operator, firewall, ident):
    ada = operator.ada()
    o = lax(operator, ada, {**line(firewall, level="x"), "id": ident})
    if o: 
        try: print(show(operator, o))
        except Exception as e: print("PLAN", e)
        print([len(x) for x in below(operator, o)])

def test_collide(operator, firewall):
    ada = operator.ada()
    (b,) = operator.find(SERVICE_SPECIFICATION, name="Filter")
    o = lax(operator, ada, line(firewall, level="x"), {**line(b["id"], level="own"), "id": "1/Filter"})
    if o:
        print(show(operator, o)); print([len(x) for x in below(operator, o)])
        for i in o["serviceOrderItem"]:
            s = operator.read(SERVICE, i["service"]["id"]); print(s["name"], values(s), s.get("supportingService"))
    o = lax(operator, ada, {**line(firewall, level="x"), "quantity": 2}, {**line(b["id"], level="own"), "id": "1#2"})
    if o:
        print(sorted(show(operator, o)))

def test_foreign(operator, firewall):
    ada, bob = operator.ada(), operator.ada()
    mine = placed(operator, ada, line(firewall, level="adas"))
    svc = own_service(operator, mine)
    filt = [operator.read(SERVICE, x) for x in linked(svc, "supportingService")]
    f = next(x for x in filt if x["name"] == "Filter")
    l = line(firewall, level="bobs")
    l["service"]["supportingService"] = [{"id": f["id"]}]
    o = lax(operator, bob, l)
    if o: print(show(operator, o))
    print("ADAS FILTER", values(operator.read(SERVICE, f["id"])))
    # noChange whole of another customer
    (b,) = operator.find(SERVICE_SPECIFICATION, name="Filter")
    l = {"id": "1", "action": "noChange", "service": {"id": svc["id"]}, "serviceOrderItem": [{**line(b["id"], level="bobs"), "id": "2"}]}
    o = lax(operator, bob, l)
    if o: print(show(operator, o))
    print("ADAS", [operator.read(SERVICE, x)["relatedParty"][0]["id"] for x in linked(operator.read(SERVICE, svc["id"]), "supportingService")], ada.id, bob.id)

def test_foreign_mixed(operator, firewall):
    ada, bob = operator.ada(), operator.ada()
    mine = placed(operator, ada, line(firewall, level="adas"))
    svc = own_service(operator, mine)
    o = lax(operator, bob, {"id": "1", "action": "modify", "service": {"id": svc["id"], "serviceCharacteristic": [{"name": "level", "value": "q"}]}})
    o = lax(operator, bob, {"id": "1", "action": "noChange", "service": {"id": svc["id"]}})

def test_pause_and_modify(operator, firewall):
    ada = operator.ada()
    mine = placed(operator, ada, line(firewall, level="adas", reports="on"))
    svc = own_service(operator, mine)["id"]
    def states():
        s = operator.read(SERVICE, svc)
        return s["state"], values(s), [(operator.read(SERVICE, x)["name"], operator.read(SERVICE, x)["state"], values(operator.read(SERVICE, x))) for x in linked(s, "supportingService")]
    print(states())
    for action in ("suspend", "modify", "resume", "modify"):
        it = {"id": "1", "action": action, "service": {"id": svc}}
        if action == "modify": it["service"]["serviceCharacteristic"] = [{"name": "level", "value": "mod"}, {"name": "reports", "value": "off"}]
        o = lax(operator, ada, it)
        if o: print(action, show(operator, o))
        print(states())

def test_quantity_nested(operator, firewall):
    ada = operator.ada()
    (b,) = operator.find(SERVICE_SPECIFICATION, name="Filter")
    l = {**line(firewall, level="x"), "quantity": 2, "serviceOrderItem": [{**line(b["id"], level="own"), "id": "2", "quantity": 2}]}
    o = lax(operator, ada, l)
    if o:
        print(show(operator, o)); print([len(x) for x in below(operator, o)])
        for s in operator.find(SERVICE, relatedParty__id=ada.id):
            print(s["name"], s["state"], values(s), len(s.get("supportingService", [])), len(s.get("supportingResource", [])), s["serviceOrderItem"])

def test_two_at_once(operator, firewall):
    ada = operator.ada()
    mine = placed(operator, ada, line(firewall, level="adas"))
    svc = own_service(operator, mine)
    f = next(x for x in [operator.read(SERVICE, x) for x in linked(svc, "supportingService")] if x["name"] == "Filter")
    def mod(ident, lev): return {"id": "1", "action": "modify", "service": {"id": ident, "serviceCharacteristic": [{"name": "level", "value": lev}]}}
    operator.network.behave(mode="callback", delay_ms=600_000)
    one = lax(operator, ada, mod(svc["id"], "A"))
    two = lax(operator, ada, mod(f["id"], "B"))
    three = lax(operator, ada, {"id": "1", "action": "delete", "service": {"id": svc["id"]}})
    for o in (one, two):
        if o: print(show(operator, o))
    operator.network.behave(); operator.network.release("orders"); operator.hurry(); operator.hurry()
    for o in (one, two):
        if o: print(operator.read(SERVICE_ORDER, o["id"])["state"])
    print(values(operator.read(SERVICE, f["id"])))

def test_archived(operator):
    ada = operator.ada()
    made = operator.make(SERVICE_SPECIFICATION, {"name": "Old", **LIVE, "specCharacteristic": free("level")})
    top = operator.make(SERVICE_SPECIFICATION, {"name": "Top", **LIVE, "serviceSpecRelationship": [{"id": made["id"], "name": "Old", "relationshipType": "realisedAs"}]})
    have = placed(operator, ada, line(top["id"]))
    for st in ("Launched","Retired","Obsolete"):
        a = operator.staff.patch(f"{SERVICE_SPECIFICATION}/{made['id']}", {"lifecycleStatus": st}); print(a.status_code, a.json.get("lifecycleStatus") or a.json)
        o = lax(operator, ada, line(top["id"]))
        o = lax(operator, ada, line(made["id"]))
    s = own_service(operator, have)
    o = lax(operator, ada, {"id": "1", "action": "modify", "service": {"id": s["id"], "serviceCharacteristic": []}})
    if o: print(show(operator, o))
    o = lax(operator, ada, {"id": "1", "action": "delete", "service": {"id": s["id"]}})
    if o: print(show(operator, o))
    print("missing"); lax(operator, ada, line("00000000-0000-7000-8000-000000000000"))

def test_pnr(operator, firewall):
    ada = operator.ada()
    mine = placed(operator, ada, line(firewall, level="adas"))
    svc = own_service(operator, mine)
    operator.network.behave(mode="callback", delay_ms=600_000)
    o = lax(operator, ada, {"id": "1", "action": "delete", "service": {"id": svc["id"]}})
    print(show(operator, o))
    c = operator.make(CANCEL, {"serviceOrder": {"id": o["id"]}}); operator.settle(); print(operator.read(CANCEL, c["id"]))
    print(operator.read(SERVICE_ORDER, o["id"])["state"])
    operator.network.behave(); operator.network.release("orders"); operator.hurry()
    print(operator.read(SERVICE_ORDER, o["id"])["state"], operator.read(SERVICE, svc["id"])["state"])

CANCEL = "/tmf-api/serviceOrdering/v4/cancelServiceOrder"
