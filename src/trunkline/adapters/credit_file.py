"""Credit decisions in a file: CSV with a line of heads, read again when it has changed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from trunkline.adapters.kept_file import UNREADABLE, KeptFile
from trunkline.documents.errors import Unready
from trunkline.ordering.capture.credit_check import CreditAnswer, CreditQuestion
from trunkline.ordering.capture.header_task import TaskResult

NEEDED = ("customer", "result")
RESULTS: Mapping[str, TaskResult] = {"accept": "accept", "deposit": "deposit", "stop": "stop"}


class CreditFile:
    """What a house said of customers, by id, key or code, in a file that somebody else keeps.

    Heads: `customer`, `result` (accept, deposit, stop), `deposit`, `unit`, `reason`.
    """

    def __init__(self, path: Path) -> None:
        """Remember the file; it is read when it is first asked."""
        self._file = KeptFile(path, NEEDED, _entry)

    def ask(self, question: CreditQuestion) -> CreditAnswer | None:
        """Return what the file says of a customer. Raises Unready where it cannot be read."""
        try:
            answers = self._file.held()
            found = (answers.get(one.casefold()) for one in question.names)
            return next((one for one in found if one is not None), None)
        except UNREADABLE as error:
            raise Unready("creditAway", f"the credit file cannot be read: {error}") from error


def _entry(row: Mapping[str, str], line: int) -> tuple[str, CreditAnswer]:
    result = RESULTS.get(row["result"].casefold())
    if result is None:
        raise ValueError(f"line {line}: the result is accept, deposit or stop")
    try:
        deposit = Decimal(row["deposit"]) if row.get("deposit") else None
    except InvalidOperation as error:
        raise ValueError(f"line {line}: the deposit is no amount") from error
    answer = CreditAnswer(result, row.get("reason", ""), deposit, row.get("unit") or None)
    return row["customer"].casefold(), answer
