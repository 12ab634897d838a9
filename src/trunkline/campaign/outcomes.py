"""Outcomes: an accepted offer becomes a lead, and what is bought is counted, once.

A sale belongs to the latest campaign that addressed its customer with what was bought; who was held
back is counted alike, to compare with. The revenue is the contract's value of a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from trunkline.campaign.marketing_campaign import MarketingCampaign
from trunkline.campaign.party_campaign import OPEN, PartyCampaign
from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json
from trunkline.governance.register_rules import hold_name
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering.order_line import Line, copies, lines_of
from trunkline.ordering.price_effect import PriceKind, amounts_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.customer import Customer
from trunkline.rest.writing import change, create
from trunkline.sales.lead.lead import OPEN as OPEN_LEADS
from trunkline.sales.lead.lead import SalesLead
from trunkline.sales.opportunity.amounts import MONTHS, TERM, UnitPrice, line_worth, worth_of
from trunkline.sales.opportunity.opportunity import SalesOpportunity
from trunkline.sales.opportunity.valuing import customer_of
from trunkline.shared.money import Money
from trunkline.shared.reference import ProductOrderRef, SalesLeadRef

SOURCE = "campaign"
COUNTED = "campaign sale"
NAME_MAX = 200
MERGE = "application/merge-patch+json"
WHOSE = ("familyName", "givenName", "name", "companyName", "prospectContact", "contactPreference",
         "doNotCall", "doNotEmail", "doNotShare", "relatedParty", "type")  # fmt: skip


@on(event(PartyCampaign, "state_changed").to("accepted"))
def accepted_offer_becomes_a_lead(work: Work, target: PartyCampaign) -> None:
    """Make a lead of somebody who accepted an offer, for what the campaign promotes."""
    if target.state not in ("accepted", "converted") or target.resulting_lead is not None:
        return
    named = target.marketing_campaign
    campaign = work.get(MarketingCampaign, named.id) if named is not None else None
    if campaign is None:
        return
    about: dict[str, Json] = {"id": campaign.id, "name": campaign.name}
    lines = {"salesLeadItem": _lines(campaign)}
    lead = work.lock(SalesLead, target.sales_lead.id) if target.sales_lead is not None else None
    other = lead.marketing_campaign if lead is not None else None
    if lead is not None and lead.stage in OPEN_LEADS and other is None:
        change(work, lead, {"marketingCampaign": about,
                            **({} if lead.sales_lead_item else lines)}, MERGE)  # fmt: skip
        ident = lead.id
    elif lead is not None and other is not None and other.id == campaign.id:
        ident = lead.id
    else:
        whose = _as_lead(lead) if lead is not None else _as_customer(work, target)
        body = {**whose, **lines, "source": SOURCE, "marketingCampaign": about}
        if campaign.handled_by:
            body["handledBy"] = campaign.handled_by[0]
        if target.outcome_note:
            body["description"] = target.outcome_note
        ident = create(work, SalesLead.resource, body).id
    with work.edit(PartyCampaign, target.id) as held:
        held.resulting_lead = SalesLeadRef(id=ident)


def _lines(campaign: MarketingCampaign) -> Json:
    return [{"productOffering": dict(one.product_offering.raw)} for one in campaign.campaign_line]


def _as_lead(lead: SalesLead) -> dict[str, Json]:
    """Return who a lead is of, for one of its own that another campaign has won."""
    return {name: lead.raw[name] for name in WHOSE if name in lead.raw}


def _as_customer(work: Work, target: PartyCampaign) -> dict[str, Json]:
    customer = work.get(Customer, target.customer.id) if target.customer is not None else None
    if customer is None:
        raise Conflict("unknown", f"{target.key} is of no customer that there is")
    return {
        "name": name_of_lead(customer),
        "type": "existingBusiness",
        "relatedParty": [
            {"id": customer.id, "role": "customer", "@referredType": Customer.resource.name}
        ],
    }


def name_of_lead(customer: Customer) -> str:
    """Return what the lead of a customer is called, which may be shorter."""
    return ((customer.name or "").strip() or customer.key)[:NAME_MAX]


@on(event(SalesOpportunity, "state_changed").to("won"))
def won_sale_is_counted(work: Work, sale: SalesOpportunity) -> None:
    """Report what a sale has brought back to the campaign that its lead came from."""
    if sale.status != "won" or sale.sales_lead is None:
        return
    for target in work.find(PartyCampaign, {"resultingLead.id": sale.sales_lead.id}, limit=1):
        customer = target.customer.id if target.customer is not None else customer_of(sale)
        hold_name(work, COUNTED, customer or "")
        if target.customer is not None and _is_counted(work, target, target.customer.id):
            return
        with work.edit(PartyCampaign, target.id) as held:
            if held.state in OPEN:
                held.state = "converted"
                held.revenue = sale.acv if sale.sales_opportunity_item else sale.amount


@on(
    event(ProductOrder, "state_changed").to("completed"),
    named_by=(PartyCampaign,),
    by_way_of="relatedParty",
)
def bought_offering_is_counted(work: Work, order: ProductOrder) -> None:
    """Report what an order has brought back to the campaign that offered it last.

    What was counted when its sale was won is that sale, and is not counted again; nor is anything
    in a campaign that has won its customer already.
    """
    customer = next((one.id for one in order.related_party if one.role == "customer"), None)
    if order.internal_state != "completed" or customer is None:
        return
    hold_name(work, COUNTED, customer)
    lines = lines_of(order)
    bought = [(one, copies(one, lines)) for one in lines.values() if one.action == "add"]
    offered = [
        (target, wanted)
        for target in work.find(PartyCampaign, {"customer.id": customer})
        if target.state != "excluded" and (wanted := _promoted(work, target, bought))
    ]
    if any(one.product_order is not None and one.product_order.id == order.id
           for one, _ in offered):  # fmt: skip
        return
    for target, _ in offered:
        if target.state == "converted" and target.product_order is None:
            with work.edit(PartyCampaign, target.id) as held:
                held.product_order = ProductOrderRef(id=order.id)
            return
    for target, wanted in offered:
        if _was_there(target, order):
            if not _is_counted(work, target, customer):
                with work.edit(PartyCampaign, target.id) as held:
                    held.state = "converted"
                    held.product_order = ProductOrderRef(id=order.id)
                    held.revenue = revenue_of(
                        (kind, amount * count)
                        for line, count in wanted
                        for kind, amount in amounts_of(line.item.item_price)
                    )
            return


def _promoted(
    work: Work, target: PartyCampaign, bought: Sequence[tuple[Line, int]]
) -> list[tuple[Line, int]]:
    """Return the lines of an order, and how many each adds, that a target's campaign promotes."""
    named = target.marketing_campaign
    campaign = work.get(MarketingCampaign, named.id) if named is not None else None
    idents = {one.product_offering.id for one in campaign.campaign_line} if campaign else set()
    return [
        (line, count) for line, count in bought
        if line.item.product_offering is not None and line.item.product_offering.id in idents
    ]  # fmt: skip


def _is_counted(work: Work, target: PartyCampaign, customer: str) -> bool:
    """Return whether a campaign has won a customer already, in whichever wave."""
    named = target.marketing_campaign
    wanted: dict[str, Json] = {
        "customer.id": customer, "state": "converted",
        "marketingCampaign.id": named.id if named is not None else "",
    }  # fmt: skip
    return bool(work.find(PartyCampaign, wanted, limit=1))


def _was_there(target: PartyCampaign, order: ProductOrder) -> bool:
    """Return whether a target was addressed, or held back, before an order was placed."""
    at = target.contacted_date if target.target_group != "control" else target.creation_date
    return at is not None and (order.order_date is None or at <= order.order_date)


def revenue_of(amounts: Iterable[tuple[PriceKind, Decimal]]) -> Money | None:
    """Return what prices bring in the first year. Pure.

    Those of a period that nobody can count are left out, and of several currencies those that are
    not in the first one: a revenue is one amount.
    """
    listed = [one for one in amounts if one[0].period is None or one[0].period in MONTHS]
    if not listed:
        return None
    currency = listed[0][0].currency
    prices = [
        UnitPrice(amount, MONTHS.get(kind.period or "", 0))
        for kind, amount in listed
        if kind.currency == currency
    ]
    return Money.of(worth_of([line_worth(prices, quantity=1, term=TERM)], currency).acv, currency)
