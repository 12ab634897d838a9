"""What holds for the conditions and expressions in the catalog: they can be carried out."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.catalog.entry import Specification
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.relation import relations
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.condition import RuleInvalid, compile_rule
from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule


@rule(ProductSpecification, ServiceSpecification, ResourceSpecification)
def conditions_can_be_carried_out(
    _work: object, _old: Specification | None, new: Specification
) -> Iterator[Fault]:
    """Refuse a condition or an expression of a relation that is not sound CEL."""
    for relation in relations(new):
        link, path = relation.link, relation.path
        yield from _faults(link.condition, f"{path}.condition", condition=True)
        for index, one in enumerate(link.mapping):
            spot = f"{path}.mapping[{index}]"
            yield from _faults(one.condition, f"{spot}.condition", condition=True)
            yield from _faults(one.expression, f"{spot}.expression", condition=False)


def _faults(text: str | None, path: str, *, condition: bool) -> Iterator[Fault]:
    if text is None:
        return
    try:
        compile_rule(text, condition=condition)
    except RuleInvalid as error:
        yield Fault(path, "conditionInvalid", str(error))
