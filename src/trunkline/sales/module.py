"""The sales module: from a first interest to what is ordered, with every price said once."""

from __future__ import annotations

from trunkline.access.function import declare_verbs
from trunkline.governance.operating_models import works_in
from trunkline.kernel.module import Module
from trunkline.shared.operating_models import RETAIL

declare_verbs("sales", "approveQuote", "reopen", "selfCare")
works_in("sales", kinds=dict.fromkeys(("SelfCarePolicy", "TermsOfSale", "ShoppingCart"), (RETAIL,)))
MODULE = Module(
    name="sales",
    package="trunkline.sales",
    imports=(
        "trunkline.sales.agreed.from_quote",
        "trunkline.sales.agreed.own_cart",
        "trunkline.sales.agreed.price_authority",
        "trunkline.sales.cart.shopping_cart",
        "trunkline.sales.cart.told_prices",
        "trunkline.sales.cart.lasting",
        "trunkline.sales.giving_back",
        "trunkline.sales.qualified",
        "trunkline.sales.cart.screens",
        "trunkline.sales.lead.lead",
        "trunkline.sales.lead.rules",
        "trunkline.sales.lead.registers",
        "trunkline.sales.lead.scoring",
        "trunkline.sales.lead.touching",
        "trunkline.sales.lead.screens",
        "trunkline.sales.opportunity.cycle",
        "trunkline.sales.opportunity.opportunity",
        "trunkline.sales.opportunity.staging",
        "trunkline.sales.opportunity.valuing",
        "trunkline.sales.opportunity.registers",
        "trunkline.sales.opportunity.syncing",
        "trunkline.sales.opportunity.screens",
        "trunkline.sales.quote.quote",
        "trunkline.sales.outside_names",
        "trunkline.sales.quote.filling",
        "trunkline.sales.quote.overriding",
        "trunkline.sales.quote.rules",
        "trunkline.sales.quote.expiry",
        "trunkline.sales.quote.order_rules",
        "trunkline.sales.quote.screens",
        "trunkline.sales.quote_request.quote_request",
        "trunkline.sales.quote_request.screens",
        "trunkline.sales.contracting",
        "trunkline.sales.self_care.policy",
        "trunkline.sales.self_care.terms",
        "trunkline.sales.self_care.judging",
        "trunkline.sales.self_care.screens",
    ),
)
