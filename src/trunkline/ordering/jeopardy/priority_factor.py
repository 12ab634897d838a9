"""Priority factors: how urgent an order is, by a formula that the operator keeps as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from trunkline.documents.condition import Rule, rule_faults, rule_of
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json, Limits, Shape, many
from trunkline.governance.configured import all_of, configured, configures
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.design.line_facts import line_facts
from trunkline.ordering.design.tables import Tables, read_tables
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.product_order import ProductOrder, must_be_right
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items

VARIABLES = ("order", "line", "customer")
RANK_MAX = 100
# TMF622 counts from 0, the highest: critical, high, medium, low.
FROM_SCORE = ((80, "0"), (60, "1"), (40, "2"), (0, "3"))
HIGHEST = "0"
SCORES = {"critical": 90, "high": 70, "medium": 50, "low": 20}
"""What a line scores of which a decision table says the priority."""


class PriorityRank(Shape):
    """The rank (0 to 100) of the lines for which a condition holds; without one, of all."""

    condition: Annotated[str | None, Limits(length_max=2048)] = None
    rank: Annotated[int, Limits(minimum=0)]


@configures
@resource(
    api=ORDERING,
    path="priorityFactor",
    prefix="PRF",
    promote=(Promoted("name"),),
    columns=("key", "name", "weight"),
    live_name=True,
)
class PriorityFactor(Document):
    """One factor of the priority of order lines: a weight, and the rank that a line has by it.

    Where a decision table says the priority of a line, that counts; else the formula.
    The priority is the sum of rank times weight, divided by the sum of weights: from 80 on
    critical (TMF622 calls that 0), from 60 high (1), from 40 medium (2), below low (3). The order
    takes the highest of its lines. Conditions are CEL over `order`, `line` and `customer`; the
    first that holds gives the rank, and a factor for which none holds does not count.
    """

    name: Annotated[str, Limits(length_max=120)]
    weight: Annotated[int, Limits(minimum=1)]
    rank: list[PriorityRank] = many()


@rule(PriorityFactor)
def factor_is_sound(
    _work: Work, _old: PriorityFactor | None, new: PriorityFactor
) -> Iterator[Fault]:
    """Refuse a factor without ranks, with ranks above 100, or with conditions that are no CEL."""
    if not new.rank:
        yield Fault("rank", "required", "say at least one rank")
    for index, one in enumerate(new.rank):
        if one.rank > RANK_MAX:
            yield Fault(f"rank[{index}].rank", "badValue", "is from 0 to 100")
    texts = [(f"rank[{index}].condition", one.condition) for index, one in enumerate(new.rank)]
    yield from rule_faults(texts, VARIABLES, "conditionInvalid")


@dataclass(frozen=True)
class Factor:
    """A factor, its conditions compiled; `version` counts how often it was written."""

    name: str
    version: int
    weight: int
    ranks: tuple[tuple[Rule | None, int], ...]

    def rank(self, context: dict[str, Json]) -> int | None:
        """Return the rank of a line, None where no condition holds."""
        met = (
            rank for rule, rank in self.ranks
            if rule is None or rule.is_met(context, if_unclear=False)
        )  # fmt: skip
        return next(met, None)


@dataclass(frozen=True)
class Formula:
    """All factors, and whether any of them asks who the customer is."""

    factors: tuple[Factor, ...] = ()
    asks_customer: bool = False
    tables: Tables = field(default_factory=Tables)

    def ranks(self, context: dict[str, Json]) -> list[tuple[Factor, int]]:
        """Return the factors that count for a line, each with the rank that it gives."""
        found = ((one, one.rank(context)) for one in self.factors)
        return [(one, rank) for one, rank in found if rank is not None]


@dataclass(frozen=True)
class Scored:
    """The score of a line (0 to 100), and the row of a table or the factors that it comes from."""

    score: int
    row: str | None = None
    row_version: str | None = None
    ranks: tuple[tuple[Factor, int], ...] = ()


def weighted(ranks: list[tuple[int, int]]) -> int | None:
    """Return the sum of weight times rank over the sum of weights, rounded; None for no ranks."""
    if not ranks:
        return None
    total = Decimal(sum(weight * rank for weight, rank in ranks))
    whole = (total / sum(weight for weight, _ in ranks)).quantize(Decimal(1), ROUND_HALF_UP)
    return int(whole)


def priority_of(score: int) -> str:
    """Return TMF622's word for a score."""
    return next(word for limit, word in FROM_SCORE if score >= limit)


def scored_lines(work: Work, order: ProductOrder) -> dict[str, Scored]:
    """Return what the lines of an order score, by id; none where there is no formula."""
    formula = configured(work, Formula, _read)
    if not formula.factors and not formula.tables.of("priority"):
        return {}
    buyer = buyer_of(work, order) if formula.asks_customer else None
    customer = buyer.raw if buyer is not None else {}
    found: dict[str, Scored] = {}
    for item in _items(order):
        said = formula.tables.decide("priority", line_facts(order, item, customer))
        if said and said.result in SCORES:
            found[item.id] = Scored(SCORES[said.result], said.reason, str(said.version))
            continue
        ranks = formula.ranks({"order": order.raw, "line": item.raw, "customer": customer})
        score = weighted([(one.weight, rank) for one, rank in ranks])
        if score is not None:
            found[item.id] = Scored(score, ranks=tuple(ranks))
    return found


@enrich(ProductOrder)
def give_priority(work: Work, new: ProductOrder) -> None:
    """Give an order and its lines their priority by the formula, where they bring none."""
    scores = {ident: one.score for ident, one in scored_lines(work, new).items()}
    if not scores:
        return
    for item in _items(new):
        if item.id in scores and item.priority is None:
            item.priority = priority_of(scores[item.id])
    new.priority_score = max(scores.values())
    if new.priority is None:
        new.priority = priority_of(new.priority_score)


@rule(ProductOrder)
def a_changed_priority_says_why(
    _work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse to set a priority that the formula gave by hand without a new note that says why."""
    if old is None or old.priority_score is None or not must_be_right(new):
        return
    known = [one.raw for one in old.note]
    if any(one.text and one.raw not in known for one in new.note):
        return
    before = {item.id: item.priority for item in _items(old)}
    message = "was given by the formula; say why it changes in a new note"
    if old.priority != new.priority:
        yield Fault("priority", "reasonMissing", message)
    for path, item in placed_product_items(new.product_order_item):
        if item.id in before and before[item.id] != item.priority:
            yield Fault(f"{path}.priority", "reasonMissing", message)


def _items(order: ProductOrder) -> list[ProductOrderItem]:
    return [item for _, item in placed_product_items(order.product_order_item)]


def _read(connection: Any) -> Formula:
    documents = all_of(connection, PriorityFactor)
    texts = [rank.condition or "" for one in documents for rank in one.rank]
    factors = tuple(
        Factor(
            one.name,
            one.meta.version,
            one.weight,
            tuple((rule_of(rank.condition, VARIABLES), rank.rank) for rank in one.rank),
        )
        for one in documents
    )
    tables = read_tables(connection)
    asks = tables.asks("priority", ("customerSegment", "customerType"))
    return Formula(factors, asks or any("customer" in text for text in texts), tables)
