from __future__ import annotations
import json, time, traceback
from typing import Any
import pytest
from tests.web.test_typed_values import *  # noqa
from tests.web.test_typed_values import shop, offering  # noqa
from tests.web.browser import source_of, words_of

XSS = '"><script>alert(1)</script>\'`{{7*7}}'

def go(name, fn):
    try:
        print("##", name, "->", fn(), flush=True)
    except BaseException as e:
        print("##", name, "-> EXC", type(e).__name__, str(e)[:600], flush=True)

def test_capture_junk(shop, admin, offering):
    fields, html = step(admin, opened(admin, customer=shop.customer), f"add:{offering}")
    base = dict(fields)
    def post(more, st=""):
        t = time.perf_counter()
        a = admin.post(f"{PAGE}/form", base | more | {"step": st}, **PART)
        el = time.perf_counter() - t
        s = source_of(a)
        bad = "<script>alert" in s
        return a.status_code, f"{el:.2f}s", len(s), "XSS!" if bad else "", words_of(a.text)[:150] if a.status_code != 200 else ""
    m = lambda *p: "m:" + json.dumps(list(p))
    cases = {
        "xss object": {m("1","equipment",0,"model"): XSS, m("1","owner",0,"mail"): XSS, m("1","ship.to",0,"city"): XSS, m("1","plan",0,"url"): "javascript:alert(1)", m("1","plan",0,"content"): XSS, "c:1:days": XSS, "c:1:term": XSS, "c:1:contact": XSS, "c:1:on": XSS},
        "xss place": {m("1","equipment",0,XSS): "x", m("1",XSS,0,"a"): XSS, m(XSS,"equipment",0,"model"): "x"},
        "rest xss": {m("1","equipment",0,""): json.dumps({XSS: XSS}), m("1","equipment",0,"model"): "x"},
        "rest deep": {m("1","equipment",0,""): '{"a":' * 5000 + "1" + "}" * 5000, m("1","equipment",0,"model"): "x"},
        "rest list": {m("1","equipment",0,""): "[1]", m("1","equipment",0,"model"): "x"},
        "rest nested field": {m("1","equipment",0,"","x"): "y", m("1","equipment",0,"model"): "x"},
        "negative": {m("1","equipment",-5,"model"): "x"},
        "huge idx": {m("1","equipment",10**30,"model"): "x"},
        "float idx": {'m:["1","equipment",1.5,"model"]': "x"},
        "bool idx": {'m:["1","equipment",true,"model"]': "x"},
        "null": {'m:["1","equipment",null,"model"]': "x"},
        "mixed": {m("1","equipment",0,0,"model"): "x", m("1","equipment",0,"model"): "y"},
        "member as object": {m("1","equipment",0,"size","a","b"): "x"},
        "scalar as object": {m("1","count",0,"a"): "x"},
        "scalar array as object": {m("1","days",0,"a"): "x"},
        "object as scalar": {"c:1:owner": "hello"},
        "object as json list": {"c:1:owner": "[1,2]"},
        "object bad json": {"c:1:owner": '{"a'},
        "object null members": {"c:1:owner": '{"mail":null,"desk":null}'},
        "object list member": {"c:1:owner": '{"mail":["a","b"],"desk":[1]}'},
        "equip wrong inner": {"c:1:equipment": '{"model":{"x":1},"ports":"abc","size":[[1]],"since":{"a":1},"spare":"maybe"}'},
        "equip ports obj": {"c:1:equipment": '{"ports":{"a":1}}'},
        "number huge": {m("1","equipment",0,"size"): "9"*5000},
        "number exp": {m("1","equipment",0,"size"): "1e999999999"},
        "nan": {m("1","equipment",0,"size"): "NaN", "c:1:ratio": "Infinity", "c:1:levels": ["NaN"]},
        "nul": {m("1","equipment",0,"model"): "a\0b"},
        "surrogate": {m("1","equipment",0,"model"): "\\ud800"},
        "100 values": {"c:1:words": [f"w{i}" for i in range(100)]},
        "300 objects": {m("1","equipment",i,"model"): f"w{i}" for i in range(300)},
        "1000 values": {"c:1:words": [f"w{i}" for i in range(1000)]},
        "fixed member": {m("1","equipment",0,"make"): "Theirs", m("1","equipment",0,"model"): "x", m("1","equipment",0,"size"): "2"},
        "unknown member": {m("1","equipment",0,"evil"): "Theirs", m("1","equipment",0,"model"): "x", m("1","equipment",0,"size"): "2"},
        "label": {"c:1:notice": "changed"},
        "address id": {m("1","ship.to",0,"id"): XSS},
        "deep place": {"m:" + json.dumps(["1","owner",0]+["a"]*17): "x"},
        "too deep place": {"m:" + json.dumps(["1","owner",0]+["a"]*30): "x"},
        "m junk": {"m:": "x", "m:{": "x", "m:[]": "x", "m:[1]": "x", "m:[[],{},0]": "x", 'm:["1","owner",0,["a"]]': "x"},
        "day far": {"c:1:on": "99999-01-01", "c:1:starts": ["9999-12-31T23:59", "0001-01-01T00:00"], m("1","equipment",0,"since"): "0000-00-00"},
        "begin due": {"begin:1": "9999-12-31", "due:1": XSS},
    }
    for name, more in cases.items():
        go(name, lambda: post(more))
    for st in ['clear:', 'clear:[]', 'clear:["1","days",99]', 'clear:["1","days",-1]', 'clear:["1","equipment",0,"model"]', 'clear:["9","x",0]', 'clear:["1","owner",0,"desk"]', 'more:c:1:days', 'more:', 'clear:["1","owner",0,"desk","floor","x"]']:
        go("step " + st, lambda: post({m("1","owner",0,"desk","floor"): "3", m("1","equipment",0,"model"): "x"}, st))
    # json typed without members: multi line
    for name, more in {"fixed": cases["fixed member"], "unknown": cases["unknown member"]}.items():
        f = {k: v for k, v in (base | more | {"step": "submit"}).items()}
        a = admin.post(PAGE, f)
        loc = a.headers.get("location", "")
        go("submit " + name, lambda: (a.status_code, loc, values_of(shop, loc.split("/")[-1].partition("?")[0]) if loc else words_of(a.text)[-1500:]))

def test_simulate_junk(shop, admin, offering):
    pane = f"/catalog/productOffering/{offering}/pane/simulate"
    fields = filled_form(admin.get(pane, **PART))
    def post(more):
        a = admin.post(f"{pane}/form", fields | more | {"asked": "1"}, **PART)
        s = source_of(a)
        return a.status_code, "XSS!" if "<script>alert" in s else "", words_of(a.text)[-120:]
    for name, more in {
        "date far": {"date": "9999-12-31"}, "date past": {"date": "0001-01-01"}, "date junk": {"date": XSS},
        "date 3000": {"date": "3000-01-01"},
        "q": {"quantity": "٣"}, "q2": {"quantity": "²"}, "q huge": {"quantity": "9" * 5000}, "q neg": {"quantity": "-1"},
        "customer junk": {"customer.text": XSS, "customer": XSS, "customer.shown": ""},
        "customer id junk": {"customer.text": "a", "customer.shown": "a", "customer": "not-a-uuid"},
        "site junk": {"site": XSS, "customer": shop.customer, "customer.text": "a", "customer.shown": "a"},
        "xss": {'m:["1","equipment",0,"model"]': XSS, "c:1:on": XSS},
        "line inj": {"line": ["1", "2", "3"], "product:1": shop.customer, "do:1": "end"},
        "quote": {"quote": "new", "order": "ORD000001"},
    }.items():
        go(name, lambda: post(more))
    go("get params", lambda: admin.get(pane + "?asked=1&date=9999-12-31", **PART).status_code)
    n = shop.site.rows("select count(*) from event")
    post({"customer.text": "a", "customer.shown": "a", "customer": shop.customer, "date": "2027-01-10"})
    print("events", n, shop.site.rows("select count(*) from event"))
    print(shop.site.rows("select max(at) from personal_read") if False else "")
