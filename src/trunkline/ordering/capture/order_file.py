"""Order files: lines of a table gathered into orders, each a line of a job with its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.value_type import value_type
from trunkline.documents.errors import Fault, Invalid, Refusal, refuse
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.product import Product
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.customer import Customer
from trunkline.rest.writing import create
from trunkline.workspace.business_zone import business_zone
from trunkline.workspace.import_file import Sheet, read_file
from trunkline.workspace.job import Line
from trunkline.workspace.jobs import At, job_kind, start
from trunkline.workspace.many import Outcome, work_off

KIND = "orderFile"
TITLE = "Orders from a file"
LINES_MAX = 5_000
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "order": ("order", "orderid", "externalid"),
    "customer": ("customer", "customerid"),
    "account": ("account", "billingaccount"),
    "channel": ("channel",),
    "start": ("start", "requestedstartdate"),
    "due": ("due", "requestedcompletiondate"),
    "line": ("line", "item", "position"),
    "inside": ("inside", "partof", "parent"),
    "action": ("action",),
    "offering": ("offering", "productoffering"),
    "product": ("product", "productid"),
    "quantity": ("quantity", "count"),
    "site": ("site", "place"),
    "line_start": ("linestart", "itemstart"),
    "line_due": ("linedue", "itemdue"),
}
NEEDED = ("order", "customer")
ONE_FOR_ALL = ("customer", "channel", "start", "due")
"""What all lines of an order say alike; each may be billed to an account of its own."""
OF_HEADER = (*ONE_FOR_ALL, "account")
ITEMS = "productOrderItem"
Said: TypeAlias = Callable[[Mapping[str, Json], str], str]
NUMBERS = ("integer", "number", "decimal", "float")
BOOLEAN = ("boolean",)
TRUTHS: Mapping[str, bool] = {"true": True, "yes": True, "false": False, "no": False}
FIRST_ROW = 2
"""The row of a table that its first line is in, below the heads."""


@dataclass(frozen=True)
class Gathered:
    """An order of a file: its external id, its rows in the file, and their cells by column."""

    external_id: str
    rows: tuple[int, ...]
    cells: tuple[Mapping[str, Json], ...]


def begin_orders(services: Services, actor: Actor, *, name: str, content: bytes) -> str:
    """Begin to order what a CSV, XLSX or JSON file holds; return the id of the job.

    Refuses (400) a file without the columns that are needed, or with too many lines.
    """
    actor.must(ProductOrder.resource, "create")
    sheet = read_file(name, content)
    columns = columns_of(sheet.heads)
    missing = [one for one in NEEDED if one not in columns]
    if missing:
        message = f"the first line lacks the columns {', '.join(missing)}"
        raise Invalid.of([Fault("content", "columnMissing", message)])
    if len(sheet.rows) > LINES_MAX:
        message = f"may have {LINES_MAX} lines; split it"
        raise Invalid.of([Fault("content", "tooManyRows", message)])
    lines = [
        (None, one.external_id or None,
         {"rows": list(one.rows), "cells": [dict(each) for each in one.cells]})
        for one in gathered(sheet, columns)
    ]  # fmt: skip
    asked: dict[str, Json] = {"columns": dict(columns), "heads": list(sheet.heads)}
    return start(
        services, actor, kind=KIND, resource=ProductOrder.resource.name, title=TITLE,
        asked=asked, lines=lines,
    )  # fmt: skip


def columns_of(heads: Sequence[str]) -> dict[str, str]:
    """Return which column of a file is what, by the names that people use."""
    plain = {"".join(filter(str.isalnum, one.casefold())): one for one in heads}
    return {
        path: next(plain[one] for one in names if one in plain)
        for path, names in COLUMNS.items()
        if any(one in plain for one in names)
    }


def gathered(sheet: Sheet, columns: Mapping[str, str]) -> list[Gathered]:
    """Return the orders of a table, in the sequence of their first lines.

    A line without an order goes on with the one above it.
    """
    found: dict[str, list[tuple[int, Mapping[str, Json]]]] = {}
    current = ""
    numbers = sheet.numbers or range(FIRST_ROW, FIRST_ROW + len(sheet.rows))
    for number, row in zip(numbers, sheet.rows, strict=True):
        current = _text(row.get(columns["order"])) or current
        found.setdefault(current, []).append((number, row))
    return [
        Gathered(ident, tuple(number for number, _ in rows), tuple(row for _, row in rows))
        for ident, rows in found.items()
    ]


@job_kind(KIND)
def order_piece(at: At) -> bool:
    """Order what the next lines hold; what is wrong with one is told by its rows and columns."""
    columns: Mapping[str, str] = at.job.asked["columns"]

    def take(work: Work, line: Line) -> Outcome:
        work.actor.must(ProductOrder.resource, "create")
        rows: Sequence[int] = line.detail["rows"]
        try:
            body = order_of(work, line.key or "", line.detail["cells"], columns)
            made = create(work, ProductOrder.resource, body)
        except Refusal as refusal:
            raise _in_rows(refusal, rows) from refusal
        return "created", made.id, made.key, made.meta.version, {"rows": list(rows)}

    return work_off(at, take)


def order_of(
    work: Work, external_id: str, cells: Sequence[Mapping[str, Json]], columns: Mapping[str, str]
) -> dict[str, Json]:
    """Return the order that lines of a file say; offerings are named by id, key or name."""

    def said(row: Mapping[str, Json], name: str) -> str:
        return _text(row.get(columns.get(name, "")))

    header = {
        name: next((text for row in cells if (text := said(row, name))), "") for name in OF_HEADER
    }
    refuse(list(_header_faults(work, header, cells, said)))
    buyer = [{"id": header["customer"], "role": "customer"}]
    order: dict[str, Json] = {
        "externalId": external_id or None,
        "relatedParty": buyer if header["customer"] else None,
        "billingAccount": {"id": header["account"]} if header["account"] else None,
        "channel": [{"id": header["channel"]}] if header["channel"] else None,
        "requestedStartDate": _moment(work, header["start"]),
        "requestedCompletionDate": _moment(work, header["due"]),
    }
    known = set(columns.values())
    items = [
        _item(work, row, said, number, [one for one in row if one not in known])
        for number, row in enumerate(cells, 1)
    ]
    for row, item in zip(cells, items, strict=True):
        if said(row, "account") not in ("", header["account"]):
            item["billingAccount"] = {"id": said(row, "account")}
    return {k: v for k, v in order.items() if v is not None} | {ITEMS: items}


def _header_faults(
    work: Work, header: Mapping[str, str], cells: Sequence[Mapping[str, Json]], said: Said
) -> Iterator[Fault]:
    """Yield where a line says of the whole order something else than a line above it."""
    for index, row in enumerate(cells):
        for name in ONE_FOR_ALL:
            text, first = said(row, name), header[name]
            if text and text != first and not _is_same(work, name, text, first):
                message = (
                    f"is {text}, but a line above says {first} for this order; "
                    "say it once, or give this line an order of its own"
                )
                yield Fault(f"{ITEMS}[{index}].{name}", "headerDiffers", message)


def _is_same(work: Work, name: str, text: str, other: str) -> bool:
    """Tell whether two texts name the same customer, one by its key and one by its id."""
    if name != "customer":
        return False
    one, two = (work.get(Customer, each) for each in (text, other))
    return one is not None and two is not None and one.id == two.id


def _item(
    work: Work, row: Mapping[str, Json], said: Said, number: int, others: Sequence[str]
) -> dict[str, Json]:
    """Return the item of a line; columns that mean nothing else are characteristics."""
    named = said(row, "offering")
    offering = _offering(work, named) if named else None
    kinds = _kinds(work, offering, said(row, "product")) if others else {}
    values: list[Json] = [
        {"name": one, "value": typed(row[one], kinds.get(one, ""))} for one in others
    ]
    product: dict[str, Json] = {}
    if values:
        product["productCharacteristic"] = values
    if said(row, "product"):
        product["id"] = said(row, "product")
    if said(row, "site"):
        place = {"id": said(row, "site"), "@referredType": "GeographicSite"}
        product["place"] = [place | {"role": "installation"}]
    item: dict[str, Json] = {
        "id": said(row, "line") or str(number),
        "action": said(row, "action") or "add",
    }
    if said(row, "quantity"):
        text = said(row, "quantity")
        item["quantity"] = int(text) if text.isdecimal() else text
    if named:
        item["productOffering"] = {"id": offering.id if offering is not None else named}
    if said(row, "inside"):
        whole = {"id": said(row, "inside"), "relationshipType": "isPartOf"}
        item["productOrderItemRelationship"] = [whole]
    dates = {"requestedStartDate": "line_start", "requestedCompletionDate": "line_due"}
    item |= {name: _moment(work, said(row, one)) for name, one in dates.items() if said(row, one)}
    return item | ({"product": product} if product else {})


def _offering(work: Work, named: str) -> ProductOffering | None:
    """Return an offering that is called so; what nobody knows is refused by the rules."""
    found = work.get(ProductOffering, named)
    return found or next(iter(work.find(ProductOffering, {"name": named}, limit=1)), None)


def _kinds(work: Work, offering: ProductOffering | None, product: str) -> dict[str, str]:
    """Return of which type the characteristics of an offering are, or of a product, by name."""
    made_by = offering.product_specification if offering is not None else None
    if offering is None and product:
        held = work.get(Product, product)
        made_by = held.product_specification if held is not None else None
    found = work.get(ProductSpecification, made_by.id) if made_by is not None else None
    own = found.characteristics if found is not None else ()
    return {one.name or "": value_type(one.value_type).kind for one in own}


def typed(value: Json, kind: str) -> Json:
    """Return a cell as its type says it; what does not fit stays, and is refused by the rules."""
    if not isinstance(value, str):
        return value
    if kind in BOOLEAN and value.casefold() in TRUTHS:
        return TRUTHS[value.casefold()]
    try:
        number = Decimal(value) if kind in NUMBERS else None
    except InvalidOperation:
        return value
    if number is None or not number.is_finite():
        return value
    return int(number) if number == number.to_integral_value() else number


def _in_rows(refusal: Refusal, rows: Sequence[int]) -> Refusal:
    """Return a refusal whose faults name the rows of the file that their items came from."""
    faults = refusal.faults or [Fault("", refusal.code, refusal.message)]
    return Invalid.of([replace(one, path=_row_path(one.path, rows)) for one in faults])


def _row_path(path: str, rows: Sequence[int]) -> str:
    head, _, rest = path.partition(".")
    number = head.removeprefix(f"{ITEMS}[").removesuffix("]")
    if head.startswith(f"{ITEMS}[") and number.isdecimal() and int(number) < len(rows):
        return f"row {rows[int(number)]}" + (f": {rest}" if rest else "")
    return f"row {rows[0]}" + (f": {path}" if path else "")


def _text(value: Json) -> str:
    return "" if value is None else str(value).strip()


def _moment(work: Work, text: str) -> str | None:
    """Return a day as its beginning where the operator is; what is a moment already stays.

    A day that begins before the first moment there is stays as one here, and is refused by the
    rules.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text or None
    zone = business_zone(work.services)
    begins = datetime(day.year, day.month, day.day, tzinfo=zone)
    try:
        return format_instant(begins)
    except OverflowError:
        return begins.isoformat()
