"""How a specification is carried out, said in its form: unfinished in a draft, right when live."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from tests.support.program import Site
from tests.web.browser import Browser, words_of
from tests.web.test_forms import fields_of

KINDS = {
    "productSpecification": "/tmf-api/productCatalogManagement/v4/productSpecification",
    "serviceSpecification": "/tmf-api/serviceCatalogManagement/v4/serviceSpecification",
    "resourceSpecification": "/tmf-api/resourceCatalog/v4/resourceSpecification",
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def key_of(answer: Any) -> str:
    assert answer.status_code == 303, words_of(answer.text)[:900]
    return str(answer.headers["location"].partition("?")[0].rpartition("/")[2])


@each_kind
def test_it_is_said_in_the_form_and_looked_at_when_it_goes_live(
    kind: str, admin: Browser, site: Site
) -> None:
    """What is wrong stands at its field and nothing typed is lost; a draft keeps it; what is
    right goes live as it was typed, and is not changed in silence from then on."""
    page = f"/r/{kind}/new"
    fields = fields_of(admin.get(page))
    wrong = {"f:name": ["Trench"], "f:fulfilment.kind": ["callout"],
             "f:fulfilment.title": ["Dig"], "f:fulfilment.system": ["digger"],
             "f:fulfilment.durationMinutes": ["a while"],
             "f:fulfilment.pointOfNoReturn": ["soft"]}  # fmt: skip
    fields |= wrong | {"f:lifecycleStatus": ["Active"]}
    refused = admin.post(page, fields)
    assert refused.status_code == 400
    source, again = unescape(refused.text), fields_of(refused)
    for name in ("system", "durationMinutes"):
        assert f'href="#at-fulfilment-{name}"' in source
        assert f'id="at-fulfilment-{name}-wrong"' in source
    assert {name: again[name] for name in wrong} == wrong
    drafted = admin.post(page, again | {"f:lifecycleStatus": ["In design"]})
    address = f"{KINDS[kind]}/{key_of(drafted)}"
    said = {"kind": "callout", "title": "Dig", "system": "digger",
            "durationMinutes": "a while", "pointOfNoReturn": "soft"}  # fmt: skip
    assert site.admin.get(address).json["fulfilment"] == said
    again |= {"f:fulfilment.system": [""], "f:fulfilment.durationMinutes": ["30"]}
    live = admin.post(page, again)
    address = f"{KINDS[kind]}/{key_of(live)}"
    del said["system"]
    assert site.admin.get(address).json["fulfilment"] == said | {"durationMinutes": 30}
    edit = f"/r/{kind}/{key_of(live)}/edit"
    fields = fields_of(admin.get(edit)) | {"f:fulfilment.kind": ["manual"]}
    frozen = admin.post(edit, fields)
    assert (frozen.status_code, 'id="problems"' in frozen.text) == (409, True)
    assert 'href="#at-fulfilment' in unescape(frozen.text)


@pytest.mark.parametrize(
    "said",
    ["soon", 7, [{"kind": "manual"}], {}, {"sla": 5, "compensation": ["redo"], "kind": None},
     {"kind": ["manual"], "title": {"a": 1}, "durationMinutes": "1.5", "sla": {"minutes": "x"},
      "compensation": {"insignificant": "colour"}, "pointOfNoReturn": True}],
    ids=str,
)  # fmt: skip
def test_a_draft_may_say_anything_and_is_shown_with_it(
    said: Any, admin: Browser, site: Site
) -> None:
    """It is kept, listed, found, changed and saved untouched, and refused when it goes live."""
    kind = "serviceSpecification"
    body = {"name": "Trench", "lifecycleStatus": "In design", "fulfilment": said}
    made = site.admin.post(KINDS[kind], body)
    assert made.status_code == 201, made.json
    address = f"{KINDS[kind]}/{made.json['id']}"
    shown = site.admin.get(address).json
    assert shown == made.json
    for query in ("fulfilment.kind=manual", "fulfilment.durationMinutes.gt=1", "fields=fulfilment",
                  "fulfilment.sla.minutes=5"):  # fmt: skip
        assert site.admin.get(f"{KINDS[kind]}?{query}").status_code == 200, query
    page = f"/r/{kind}/{shown['key']}"
    assert admin.get(page).status_code == 200
    form = admin.get(f"{page}/edit")
    assert form.status_code == 200
    saved = admin.post(f"{page}/edit", fields_of(form))
    assert (saved.status_code, saved.headers["location"].endswith("done=same")) == (303, True)
    named = site.admin.patch(address, {"description": "a ditch"})
    assert (named.status_code, named.json.get("fulfilment")) == (200, shown.get("fulfilment"))
    assert admin.get(page).status_code == 200
    live = site.admin.patch(address, {"lifecycleStatus": "Active"})
    if said == {}:
        assert live.status_code == 200, live.json
    else:
        paths = [one["path"] for one in live.json["fault"]]
        assert (live.status_code, [one for one in paths if "fulfilment" not in one]) == (400, [])


def test_which_way_a_service_faces_is_said_in_the_form(admin: Browser, site: Site) -> None:
    """It is chosen; words of other systems stay as they came."""
    page = "/r/serviceSpecification/new"
    fields = fields_of(admin.get(page)) | {"f:name": ["Trench"]}
    made = admin.post(page, fields | {"f:serviceType": ["ResourceFacingService"]})
    address = f"{KINDS['serviceSpecification']}/{key_of(made)}"
    assert site.admin.get(address).json["serviceType"] == "ResourceFacingService"
    taken = site.admin.patch(address, {"serviceType": "RFS"})
    assert (taken.status_code, taken.json["serviceType"]) == (200, "RFS")
    edit = f"/r/serviceSpecification/{key_of(made)}/edit"
    saved = admin.post(edit, fields_of(admin.get(edit)) | {"f:description": ["a ditch"]})
    assert saved.status_code == 303
    assert site.admin.get(address).json["serviceType"] == "RFS"
