"""Many addresses: the rows of a file, each checked by itself in the background.

Each row becomes a qualification of its own; the job's file is the sender's with the answers
beside each row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.errors import Fault, Invalid, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system, transaction
from trunkline.party.customer import Customer
from trunkline.qualification.api import BULK
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.qualification.parts import WAITING
from trunkline.rest.writing import create
from trunkline.workspace.import_file import read_file
from trunkline.workspace.job import Line, lines_of
from trunkline.workspace.jobs import At, NotYet, job_kind, set_parts, start
from trunkline.workspace.many import Outcome, work_off
from trunkline.workspace.tables import PIECES, file_name

KIND, TITLE = "qualification", "Check of addresses"
CHECK = ProductOfferingQualification.resource
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "streetName": ("streetname", "street", "straße", "strasse"),
    "streetNr": ("streetnr", "number", "nr", "no", "hausnummer"),
    "postcode": ("postcode", "zip", "postalcode", "plz"),
    "city": ("city", "town", "ort", "stadt"),
    "country": ("country", "land"),
}
SITE = ("site", "place", "placeid")
HEADS = ("Qualification", "Offering", "Result", "Reason", "Alternative", "Available from",
         "Valid until")  # fmt: skip
OFFERINGS_MAX = 20
WRITTEN_AT_ONCE = 1000
PAUSE_S = 5.0
"""How long a job waits before it looks again whether an outside system has answered."""
AWAITED = """
select exists (
  select 1 from job_line l
  join product_offering_qualification q on q.id = l.record
  where l.job = %s and q.p_state = any(%s)
)
"""


def begin_many(
    services: Services, actor: Actor, *, name: str, content: bytes, offerings: Sequence[str],
    customer: str = "",
) -> str:  # fmt: skip
    """Begin to check the addresses of a file; return the id of the job.

    Refuses a file without addresses, and offerings (by id, key or name) or customers that nobody
    knows.
    """
    actor.must_have(BULK)
    actor.must(CHECK, "create")
    sheet = read_file(name, content)
    heads = _columns(sheet.heads)
    if not heads:
        message = "the first line names no column of an address: site, or street, postcode, city"
        raise Invalid.of([Fault("content", "placeMissing", message)])
    with transaction(services, actor) as work:
        sold = [_offering(work, one, place) for place, one in enumerate(offerings)]
        who = work.get(Customer, customer) if customer else None
    if len(sold) > OFFERINGS_MAX:
        raise Invalid("tooMany", f"ask about {OFFERINGS_MAX} offerings at a time")
    if customer and who is None:
        message = f"there is no customer {customer}"
        raise Invalid.of([Fault("customer", "danglingReference", message)])
    asked: dict[str, Json] = {
        "heads": list(sheet.heads), "columns": heads, "offerings": sold,
        "customer": who.id if who is not None else None,
    }  # fmt: skip
    lines = [(None, None, {"row": dict(one)}) for one in sheet.rows]
    return start(
        services, actor, kind=KIND, resource=CHECK.name, title=TITLE, asked=asked, lines=lines
    )


def _offering(work: Work, named: str, place: int) -> dict[str, Json]:
    found = work.get(ProductOffering, named)
    if found is None:
        found = next(iter(work.find(ProductOffering, {"name": named}, limit=1)), None)
    if found is None:
        message = f"there is no offering {named}"
        refuse([Fault(f"productOffering[{place}]", "danglingReference", message)])
        raise AssertionError("refused above")
    return {"id": found.id, "name": found.name}


def _columns(heads: Sequence[str]) -> dict[str, str]:
    """Return which column of a file is what of an address, by the names that people use."""
    plain = {"".join(filter(str.isalnum, one.casefold())): one for one in heads}
    found = {
        path: next(plain[one] for one in names if one in plain)
        for path, names in COLUMNS.items()
        if any(one in plain for one in names)
    }
    site = next((plain[one] for one in SITE if one in plain), None)
    if site is not None:
        return found | {"site": site}
    return found if "city" in found or "postcode" in found else {}


@job_kind(KIND)
def check_piece(at: At) -> bool:
    """Check the next addresses; when all are, write the next part of the file of answers."""
    at.actor.must_have(BULK)
    asked = at.job.asked

    def act(work: Work, line: Line) -> Outcome:
        made = create(work, CHECK, _body(line.detail["row"], asked, at.job.title))
        is_open = getattr(made, "state", None) in WAITING
        told = {**line.detail, "answers": None if is_open else list(_answers(made))}
        return "created", made.id, made.key, made.meta.version, told

    if not work_off(at, act):
        return False
    if at.job.reached is None and _is_awaited(at):
        raise NotYet(PAUSE_S)
    return _write_next(at)


def _is_awaited(at: At) -> bool:
    """Tell whether an outside system has not said yet what can be had at some address."""
    with as_system(at.services, KIND) as work:
        row = work.connection.execute(AWAITED, [at.job.id, list(WAITING)]).fetchone()
        return bool(row and row[0])


def _body(row: Mapping[str, Json], asked: Mapping[str, Json], title: str) -> dict[str, Json]:
    columns: Mapping[str, str] = asked["columns"]
    said = {path: row.get(head) for path, head in columns.items()}
    place: dict[str, Json] = {
        path: str(value) for path, value in said.items() if value is not None and path != "site"
    }
    if said.get("site") is not None:
        place = {"id": str(said["site"]), "@referredType": "GeographicSite"}
    body: dict[str, Json] = {"description": title, "place": [place | {"role": "installation"}]}
    body["productOfferingQualificationItem"] = [
        {"id": str(number), "action": "add", "productOffering": {"id": one["id"]}}
        for number, one in enumerate(asked["offerings"], 1)
    ]
    if not asked["offerings"]:
        del body["productOfferingQualificationItem"]
        body["provideOnlyAvailable"] = True
    if asked["customer"]:
        body["relatedParty"] = [{"id": asked["customer"], "role": "customer"}]
    return body


def _answers(made: object) -> Iterator[list[Json]]:
    """Yield a row of the file for each offering that was asked about."""
    assert isinstance(made, ProductOfferingQualification)
    until = made.raw.get("expirationDate")
    for item in made.product_offering_qualification_item:
        others = item.alternate_product_offering_proposal
        names = [one.alternate_product_offering for one in others]
        dates = [one.raw.get("alternateActivationDate") for one in others]
        reasons = [*(one.label for one in item.eligibility_unavailability_reason),
                   *(one.value for one in item.termination_error)]  # fmt: skip
        yield [
            made.key, item.product_offering.name if item.product_offering else None,
            item.qualification_item_result or "pending",
            "; ".join(one for one in reasons if one) or None,
            next((one.name for one in names if one is not None), None),
            next((one for one in dates if one), None) or item.raw.get("expectedActivationDate"),
            until,
        ]  # fmt: skip


def _write_next(at: At) -> bool:
    """Write the answers of the next lines to the file; return whether those were the last."""
    heads = [*at.job.asked["heads"], *HEADS]
    writer, now = PIECES["csv"], at.services.now()
    after = int(at.job.reached or 0)
    lines = lines_of(at.services, at.job, after=after, limit=WRITTEN_AT_ONCE)
    is_last = len(lines) < WRITTEN_AT_ONCE
    rows = list(_rows(at, lines))
    parts = [writer.first(heads, at.job.title)] if after == 0 else []
    parts += [writer.rows(heads, rows, is_first=after == 0)] if rows else []
    parts += [writer.last([], now)] if is_last else []
    with at.services.database.app.connection() as connection, connection.transaction():
        # Numbered by the line before: what is written twice takes its own place again.
        set_parts(at, connection, after + 1 if after else 0, parts)
        connection.execute(
            "update job set reached = %s, file_name = %s where id = %s",
            [
                str(lines[-1].number if lines else after),
                file_name(at.job.title, "csv", now) if is_last else None,
                at.job.id,
            ],
        )
    return is_last


def _rows(at: At, lines: Sequence[Line]) -> Iterator[list[Json]]:
    """Yield the rows of the file for some lines, with what an outside system has said since."""
    heads: Sequence[str] = at.job.asked["heads"]
    open_ = [one.record for one in lines if one.record and not one.detail.get("answers")]
    with as_system(at.services, KIND) as work:
        later = work.many(ProductOfferingQualification, open_)
    for line in lines:
        row = line.detail.get("row") or {}
        own = [row.get(head) for head in heads]
        made = later.get(line.record or "")
        said = line.detail.get("answers") or (list(_answers(made)) if made is not None else [])
        if said:
            yield from ([*own, *one] for one in said)
            continue
        faults = line.detail.get("faults") or ()
        why = "; ".join(str(one.get("message")) for one in faults) or None
        yield [*own, None, None, line.state, why, None, None, None]
