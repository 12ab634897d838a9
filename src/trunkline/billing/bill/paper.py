"""Paper: an issued bill as a PDF, made from what the bill says, the same each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from babel.numbers import get_currency_precision
from fpdf.enums import Align, XPos, YPos

from trunkline.billing.bill.customer_bill import CREDIT_NOTE, CustomerBill
from trunkline.billing.bill.rate import AppliedCustomerBillingRate
from trunkline.billing.bill.rules import LINES_MAX
from trunkline.documents.errors import Conflict, Forbidden, NotFound
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.receiving import KINDS
from trunkline.shared.money import Money
from trunkline.shared.period import TimePeriod
from trunkline.workspace.printing import FAMILY, INK, LINE_MM, QUIET, RULE, Paper

TITLE_PT, TEXT_PT = 18, 9
WIDTHS = (86, 40, 28, 28)
TITLES: Mapping[str, str] = {CREDIT_NOTE: "Credit note", "duplicate": "Copy of bill",
                             "last": "Final bill"}  # fmt: skip


def bill_on_paper(work: Work, ident: str) -> tuple[str, bytes]:
    """Return the name and the PDF of an issued bill.

    Refuses (403) who may not see what is personal, and (409) a draft, which nobody owes.
    """
    grant = work.actor.must(CustomerBill.resource, "read")
    if "personal" not in grant.sees:
        raise Forbidden("notAllowed", "a bill on paper names its customer; you may not see that")
    bill = work.get(CustomerBill, ident)
    if bill is None:
        raise NotFound("notFound", f"there is no customer bill {ident}")
    if bill.is_draft:
        raise Conflict("conflictDraft", f"{bill.key} is {bill.state}; issue it first")
    lines = work.find(AppliedCustomerBillingRate, {"bill.id": bill.id}, limit=LINES_MAX)
    sheet = _Sheet(bill, _named(work, bill))
    return f"{bill.bill_no}.pdf", sheet.drawn(sorted(lines, key=lambda one: one.id))


def _named(work: Work, bill: CustomerBill) -> tuple[str, str]:
    """Return what the customer and the account of a bill are called now."""
    account = work.get(BillingAccount, bill.account)
    ident = bill.issued_to.id if bill.issued_to is not None else ""
    found = (work.get(kind, ident) for kind in KINDS if ident)
    whose = next((one for one in found if one is not None), None)
    name = label_of(whose.resource, whose.raw) if whose is not None else None
    return name or "", account.name if account is not None else ""


class _Sheet(Paper):
    """The pages of one bill."""

    foot_pt = 8

    def __init__(self, bill: CustomerBill, names: tuple[str, str]) -> None:
        self._names = names
        self._bill = bill
        self._title = f"{TITLES.get(bill.category or '', 'Bill')} {bill.bill_no}"
        super().__init__(self._title, self._title, bill.issued_at)

    def drawn(self, lines: Sequence[AppliedCustomerBillingRate]) -> bytes:
        """Return the whole as a PDF."""
        self.set_text_shaping(True)
        self.add_page()
        self._head()
        if lines:
            self._row(("Description", "Period", "Net", "Total"), bold=True)
            for one in lines:
                said = one.name or one.description or one.type or one.key
                self._row((said, _span(one.period_coverage), _said(one.tax_excluded_amount),
                           _said(one.tax_included_amount)))  # fmt: skip
            self.ln(LINE_MM)
        self._totals()
        return bytes(self.output())

    def _head(self) -> None:
        bill = self._bill
        self.set_text_color(*INK)
        self.set_font(FAMILY, style="B", size=TITLE_PT)
        self.cell(0, TITLE_PT * 0.6, self._title, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(LINE_MM)
        to, account = self._names
        for name, value in (
            ("To", to), ("Account", account),
            ("Date", _day(bill.bill_date)),
            ("Period", _span(bill.billing_period)), ("Due", _day(bill.payment_due_date)),
            ("Reason", bill.correction_reason),
        ):  # fmt: skip
            if value:
                self._pair(name, value, width=30)
        self.ln(LINE_MM)

    def _totals(self) -> None:
        bill = self._bill
        pairs = [("Net", bill.tax_excluded_amount)]
        pairs += [
            (f"Tax {one.tax_category or ''} {_rate(one.tax_rate)}".strip(), one.tax_amount)
            for one in bill.tax_item
        ]
        pairs += [("Total", bill.tax_included_amount), ("Rounding", bill.rounding_amount)]
        for name, amount in pairs:
            if amount is not None:
                self._row(("", name, "", _said(amount)))
        label = "To your credit" if bill.category == CREDIT_NOTE else "Amount due"
        self._row(("", label, "", _said(bill.amount_due)), bold=True)

    def _pair(self, name: str, value: str, *, width: int) -> None:
        self.set_font(FAMILY, size=TEXT_PT)
        self.set_text_color(*QUIET)
        self.cell(width, LINE_MM, name)
        self.set_text_color(*INK)
        self.cell(0, LINE_MM, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _row(self, cells: Sequence[str], *, bold: bool = False) -> None:
        """Write one line of cells; a long description takes several lines."""
        self.set_font(FAMILY, style="B" if bold else "", size=TEXT_PT)
        self.set_text_color(*INK)
        self.set_draw_color(*RULE)
        height = self.multi_cell(WIDTHS[0], LINE_MM, cells[0], dry_run=True, output="HEIGHT")
        assert isinstance(height, float)
        height = max(LINE_MM, height)
        if self.get_y() + height > self.page_break_trigger:
            self.add_page()
        top = self.get_y()
        self.multi_cell(
            WIDTHS[0], LINE_MM, cells[0], align=Align.L, new_x=XPos.RIGHT, new_y=YPos.TOP
        )
        self.cell(WIDTHS[1], LINE_MM, cells[1])
        for width, text in zip(WIDTHS[2:], cells[2:], strict=True):
            self.cell(width, LINE_MM, text, align=Align.R)
        bottom = top + height + 1
        self.line(self.l_margin, bottom, self.l_margin + sum(WIDTHS), bottom)
        self.set_xy(self.l_margin, bottom + 1)


def _said(amount: Money | None) -> str:
    """Return an amount with all its digits, and no fewer than its currency has."""
    if amount is None:
        return ""
    least = get_currency_precision(amount.unit) if amount.unit else 2
    digits = max(least, -int(amount.amount.as_tuple().exponent))
    return f"{amount.amount:.{digits}f} {amount.unit or ''}".strip()


def _rate(rate: object) -> str:
    return f"{rate} %" if rate is not None else ""


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at is not None else ""


def _span(period: TimePeriod | None) -> str:
    if period is None:
        return ""
    found = f"{_day(period.start_date_time)} – {_day(period.end_date_time)}"
    return found.strip(" –")
