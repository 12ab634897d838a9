"""Forms: what a browser posted, and the proof that it comes from a page of ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import falcon

from trunkline.documents.errors import Forbidden, Invalid, Refusal, TooLarge, Unsupported
from trunkline.identity.sessions import csrf_matches

FORM_TYPE = "application/x-www-form-urlencoded"
FORM_BYTES_MAX = 1024 * 1024
FIELDS_MAX = 20_000
DIGITS_MAX = 18
CSRF_FIELD = "csrf"


@dataclass(frozen=True)
class Form:
    """The fields of a posted form, each with all its values."""

    fields: dict[str, list[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the value of a field, empty where it is not there."""
        return self.fields.get(name, [""])[0].strip()

    def whole(self, name: str) -> int | str:
        """Return the whole number of a field, or its text where it is none to reckon with."""
        text = self.text(name)
        is_number = text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX
        return int(text) if is_number else text

    def secret(self, name: str) -> str:
        """Return the value of a field as it was typed, blanks included."""
        return self.fields.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        """Return every value of a field that occurs several times."""
        return self.fields.get(name, [])

    def pairs(self, name: str, value: str) -> dict[str, str]:
        """Return two fields that stand side by side in rows as names and values."""
        rows = zip(self.all(name), self.all(value), strict=False)
        return {one.strip(): other.strip() for one, other in rows if one.strip()}


def read_form(req: falcon.Request) -> Form:
    """Return the fields of a posted form; refuses another content type, and too much of it."""
    kind = (req.content_type or "").partition(";")[0].strip().lower()
    if kind != FORM_TYPE:
        raise Unsupported("badContentType", f"a form is sent as {FORM_TYPE}")
    body: bytes = req.bounded_stream.read(FORM_BYTES_MAX + 1)
    if len(body) > FORM_BYTES_MAX:
        raise TooLarge("bodyTooLarge", f"a form may have {FORM_BYTES_MAX} bytes")
    try:
        fields = parse_qs(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS_MAX
        )
    except ValueError as error:
        raise TooLarge("formTooLarge", f"a form may have {FIELDS_MAX} fields") from error
    if any("\x00" in one for values in fields.values() for one in values):
        raise Invalid("badText", "a form holds no NUL; type the text again")
    return Form(fields)


def query_form(req: falcon.Request) -> Form:
    """Return what an address says behind its question mark, as a form."""
    fields = parse_qs(req.query_string.replace("%00", ""), keep_blank_values=True)
    return Form(fields)


def must_be_ours(req: falcon.Request, public_host: str) -> None:
    """Refuse (403) a form that a page of another site sends."""
    origin = req.get_header("Origin")
    is_foreign = req.get_header("Sec-Fetch-Site") in {"cross-site", "same-site"}
    if origin is not None and urlsplit(origin).netloc not in {req.netloc, public_host}:
        is_foreign = True
    if is_foreign:
        raise Forbidden("foreignForm", "this form was not sent from a page of this site")


def must_have_token(form: Form, expected: str | None) -> None:
    """Refuse (403) a form without the token of the session that it was made for."""
    if not csrf_matches(expected, form.text(CSRF_FIELD)):
        raise Forbidden("formOutdated", "this form is out of date; open the page again and resend")


def problems_of(refusal: Refusal | None) -> list[str]:
    """Return what a refusal says to who filled in a form: each fault, or the one message."""
    if refusal is None:
        return []
    return [one.message for one in refusal.faults] or [refusal.message]
