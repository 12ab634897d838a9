"""The profile: who a customer is, how the customer is reached, and what that is permitted for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import falcon

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import NotFound, Refusal
from trunkline.documents.shape import Json, format_instant
from trunkline.geography.site import GeographicSite
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.preference import MARKETING
from trunkline.rest.writing import change
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.portal.own import own_accounts, own_customers, own_sites, read_own
from trunkline.web.portal.own_values import values_told

MERGE = "application/merge-patch+json"
MEDIA = {"email": ("email", "emailAddress"), "phone": ("phone", "phoneNumber")}
WAYS = {"email": "E-mail", "sms": "Text message", "phone": "Phone", "letter": "Letter",
        "app": "App"}  # fmt: skip


class PortalProfile:
    """`/my/profile`."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show it."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Write down what was changed."""
        self._desk.act(req, resp, self._save)

    def _view(
        self, visit: Visit, form: Form | None = None, refusal: Refusal | None = None
    ) -> Answer:
        with self._desk.work(visit) as work:
            read_own(work, GeographicSite, BillingAccount, Customer)
            party = own_party(work)
            raw = party.raw
            wishes = raw.get("contactPreference") or {}
            ways, offers = shown_wishes(wishes)
            values: dict[str, Any] = {
                "name": f"{raw.get('givenName') or ''} {raw.get('familyName') or ''}".strip()
                or str(raw.get("tradingName") or raw.get("name") or party.key),
                "key": party.key,
                "media": {
                    name: form.text(name) if form is not None else medium(raw, kind, at)
                    for name, (kind, at) in MEDIA.items()
                },
                "ways": [
                    {"code": code, "title": title, "chosen": code in ways}
                    for code, title in WAYS.items()
                ],
                "offers": offers,
                "seen": " ".join([*sorted(ways), *(["offers"] if offers else [])]),
                "sites": [one.name or one.key for one in own_sites(work)],
                "more": [
                    told
                    for one in (party, *own_customers(work))
                    for told in values_told(work, one, self._desk.zone)
                ],
                "accounts": [
                    {"key": one.key, "name": one.name or one.key} for one in own_accounts(work)
                ],
                "may": work.actor.grant(party.resource, "update") is not None,
            }
        values["problems"] = problems_of(refusal)
        values["done"] = visit.req.get_param("done") or ""
        return Shown("portal_profile.html", values, refusal.status if refusal else 200)

    def _save(self, visit: Visit, form: Form) -> Answer:
        try:
            with self._desk.work(visit) as work:
                party = own_party(work)
                held = work.lock(type(party), party.id)
                change(work, held, patch_of(held.raw, form, format_instant(work.now)), MERGE)
        except NotFound:
            raise
        except Refusal as refusal:
            return self._view(visit, form, refusal)
        return Moved("/my/profile?done=saved")


def own_party(work: Work) -> Individual | Organization:
    """Return the person or organization that the visitor is, or refuse (404)."""
    for kind in (Individual, Organization):
        if work.actor.party is not None and work.actor.grant(kind.resource, "read") is not None:
            found = work.get(kind, work.actor.party)
            if found is not None:
                assert isinstance(found, Individual | Organization)
                return found
    raise NotFound("notFound", "you have no profile here")


def medium(raw: Mapping[str, Any], kind: str, at: str) -> str:
    """Return the first address or number of a kind; pure."""
    for one in raw.get("contactMedium") or ():
        if str(one.get("mediumType") or "").lower() == kind:
            return str((one.get("characteristic") or {}).get(at) or "")
    return ""


def agreed(wishes: Mapping[str, Any]) -> bool | None:
    """Return the last word about offers for all ways, None where nothing was said; pure."""
    said = [one for one in wishes.get("consent") or () if one.get("purpose") == MARKETING]
    return bool(said[-1].get("given")) if said else None


def patch_of(raw: Mapping[str, Any], form: Form, now: str) -> dict[str, Json]:
    """Return what a form changes about a party; what it does not ask for stays; pure."""
    media: list[dict[str, Any]] = load(encode(list(raw.get("contactMedium") or ())))
    for name, (kind, at) in MEDIA.items():
        text = form.text(name)
        own = [one for one in media if str(one.get("mediumType") or "").lower() == kind]
        if own and text:
            own[0].setdefault("characteristic", {})[at] = text
        elif own:
            media.remove(own[0])
        elif text:
            media.append({"mediumType": kind, "characteristic": {at: text}})
    wishes: dict[str, Any] = load(encode(dict(raw.get("contactPreference") or {})))
    seen_ways, seen_offers = shown_wishes(wishes)
    if "seen" in form.fields:
        words = set(form.text("seen").split())
        seen_ways, seen_offers = words & WAYS.keys(), "offers" in words
    changes: dict[str, Json] = {}
    ways = [one for one in form.all("way") if one in WAYS]
    if set(ways) != seen_ways:
        changes["permittedChannel"] = [] if len(ways) == len(WAYS) else ways
        changes["doNotContact"] = not ways
    wants = bool(form.text("offers"))
    if wants is not seen_offers:
        word = {"purpose": MARKETING, "given": wants, "at": now, "proof": "portal"}
        changes["consent"] = [*(wishes.get("consent") or ()), word]
        changes["doNotSolicit"] = not wants
    told: dict[str, Json] = {"contactMedium": media}
    return told | ({"contactPreference": changes} if changes else {})


def shown_wishes(wishes: Mapping[str, Any]) -> tuple[set[str], bool]:
    """Return by which ways a party may be reached, and whether offers are welcome; pure."""
    said = () if wishes.get("doNotContact") else wishes.get("permittedChannel") or WAYS
    return set(said) & WAYS.keys(), agreed(wishes) is True and not wishes.get("doNotSolicit")
