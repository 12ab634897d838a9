"""Scratch of RD."""
from __future__ import annotations
import time
import pytest
from tests.stories.test_rd_probe import *
from tests.stories.test_rd_probe import lax, show
from tests.support.program import *
for _n in list(globals()):
    if _n.startswith("test_"): del globals()[_n]

def limited(operator, cust, name):
    site = operator.site
    from tests.support import program
    site.role("own", {"*:*": program.Grant("own", program.EVERY_CLASS)})
    return site.user(name, roles=["own"], party=cust.party)

def test_scope(operator, firewall):
    ada, bob = operator.ada(), operator.ada()
    mine = placed(operator, ada, line(firewall, level="adas"))
    svc = own_service(operator, mine)
    f = next(x for x in [operator.read(SERVICE, x) for x in linked(svc, "supportingService")] if x["name"] == "Filter")
    c = limited(operator, bob, "bobby")
    l = line(firewall, level="bobs"); l["service"]["supportingService"] = [{"id": f["id"]}]
    a = c.post(SERVICE_ORDER, body(bob, l)); print(a.status_code, a.json)
    operator.settle()
    print("ADAS FILTER", values(operator.read(SERVICE, f["id"])))
    (b,) = operator.find(SERVICE_SPECIFICATION, name="Filter")
    l = {"id": "1", "action": "noChange", "service": {"id": svc["id"]}, "serviceOrderItem": [{**line(b["id"], level="bobs"), "id": "2"}]}
    a = c.post(SERVICE_ORDER, body(bob, l)); print(a.status_code, a.json)
    operator.settle()
    print(operator.read(SERVICE, svc["id"])["supportingService"])
    a = c.post(SERVICE_ORDER, body(bob, line(firewall, level="bobs"))); print(a.status_code); operator.settle()
    oid = a.json["id"]
    print("child", c.get(SERVICE_ORDER, query_string=f"serviceOrder.id={oid}").json.__len__(), c.get(RESOURCE_ORDER, query_string=f"serviceOrder.id={oid}").json.__len__())
    print("plan", c.get(f"{OWN}/serviceOrder/{oid}/plan").status_code, c.get(f"{OWN}/serviceOrder/{oid}/explanation").status_code)
    print("foreign", c.get(f"{OWN}/serviceOrder/{mine['id']}/plan").status_code, c.get(f"{OWN}/serviceOrder/{mine['id']}/explanation").status_code, c.post(f"{OWN}/serviceOrder/{mine['id']}/simulate").status_code)
    ch = operator.find(SERVICE_ORDER, serviceOrder__id=mine["id"])[0]["id"]
    print("foreign child", c.get(f"{SERVICE_ORDER}/{ch}").status_code, c.get(f"{OWN}/serviceOrder/{ch}/plan").status_code, c.get(f"{OWN}/serviceOrder/{ch}/explanation").status_code)
    print("child staff", operator.staff.get(f"{OWN}/serviceOrder/{ch}/plan").status_code, operator.staff.get(f"{OWN}/serviceOrder/{ch}/explanation").status_code,  operator.staff.post(f"{OWN}/serviceOrder/{ch}/simulate").json)
    a = c.post(f"{OWN}/simulate", body(ada, line(firewall, level="x"))); print("sim for ada", a.status_code, a.json if a.status_code>300 else a.json.get("fault"))
    a = c.post(SERVICE_ORDER, body(ada, line(firewall, level="x"))); print("order for ada", a.status_code, a.json if a.status_code>300 else "")
    # client says serviceOrder itself
    a = c.post(SERVICE_ORDER, {**body(bob, line(firewall, level="x")), "serviceOrder": {"id": mine["id"]}, "serviceOrderItemId": "1"}); print("own serviceOrder", a.status_code, a.json.get("serviceOrder"))
    a = operator.staff.post(RESOURCE_ORDER, {**body(bob), "resourceOrder": {"id": mine["id"]}, "orderItem": []}); print("resource", a.status_code, a.json)

def test_product_realizing(operator, firewall):
    ada, bob = operator.ada(), operator.ada()
    order = ada.has(ada.fibre())
    s = order.services; print({k: v["id"] for k, v in s.items()})
    it = bob.fibre(speed=500)
    it["product"]["realizingService"] = [{"id": s["Internet Access"]["id"]}] 
    a = operator.staff.post(ORDER, bob.body(it)); print(a.status_code, a.json if a.status_code > 300 else "")
    operator.settle()
    if a.status_code < 300:
        o = Order(operator, a.json["id"]); print(o.state, o.steps)
    print({k: (values(operator.read(SERVICE, v["id"])), v["relatedParty"][0]["id"]==ada.id) for k, v in s.items()})

@pytest.mark.parametrize("n", [50, 500])
def test_many(operator, firewall, n):
    ada = operator.ada()
    import psycopg
    count = [0]
    orig = psycopg.Connection.execute
    origc = psycopg.Cursor.execute; origm = psycopg.Cursor.executemany
    def ex(self, *a, **k):
        count[0] += 1; return origc(self, *a, **k)
    def exm(self, *a, **k):
        count[0] += 1; return origm(self, *a, **k)
    psycopg.Cursor.execute = ex; psycopg.Cursor.executemany = exm
    try:
        b = body(ada, *[{**line(firewall, level="x"), "id": str(i)} for i in range(n)])
        t = time.time(); a = operator.staff.post(f"{OWN}/simulate", b); print("N", n, "simulate", a.status_code, count[0], time.time() - t)
        count[0] = 0
        t = time.time(); o = operator.make(SERVICE_ORDER, b); print("post", count[0], time.time() - t)
        count[0] = 0; t = time.time(); operator.settle(); print("settle", count[0], time.time() - t, len(operator.commands()))
        print(operator.read(SERVICE_ORDER, o["id"])["state"])
        count[0] = 0; t = time.time(); operator.staff.get(f"{OWN}/serviceOrder/{o['id']}/plan"); print("plan", count[0], time.time() - t)
        count[0] = 0; t = time.time(); operator.staff.get(f"{OWN}/serviceOrder/{o['id']}/explanation"); print("expl", count[0], time.time() - t)
    finally:
        psycopg.Cursor.execute = origc; psycopg.Cursor.executemany = origm
