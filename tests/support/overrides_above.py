"""More overrides: bodies of what stands above orders, and of what customers are told and billed."""

from __future__ import annotations

from typing import Any

from tests.support.overrides import (
    ACCOUNT,
    NUMBERS,
    active_customer,
    made,
    offering_on_sale,
    quote,
)
from tests.support.program import Client
from tests.support.samples import override

RULES = "/api/care/v1/retentionRule"
CAMPAIGNS = "/api/campaign/v1"


@override("Agreement")
def agreement(client: Client) -> dict[str, Any]:
    """An agreement is with a company, about something on sale, from some day to another."""
    party = made(client, "/tmf-api/party/v4/organization", {"tradingName": "Analytical Engines"})
    role = {"name": "Analytical Engines", "status": "active", "engagedParty": {"id": party}}
    customer = made(client, "/tmf-api/customerManagement/v4/customer", role)
    return {
        "name": "Example",
        "agreementType": "commercial",
        "engagedParty": [{"id": customer, "role": "customer", "@referredType": "Customer"}],
        "agreementPeriod": {
            "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2028-01-01T00:00:00Z",
        },
        "agreementItem": [{"productOffering": [{"id": offering_on_sale(client)}]}],
    }  # fmt: skip


@override("SelfCarePolicy")
def self_care_policy(_client: Client) -> dict[str, Any]:
    """A policy that is off, so that customers in other tests are not kept by it."""
    return {"name": "Changes by customers", "isActive": False}


@override("TermsOfSale")
def terms_of_sale(_client: Client) -> dict[str, Any]:
    """Terms that do not hold yet, so that other tests may order, and they may be removed."""
    later = {"startDateTime": "2099-01-01T00:00:00Z"}
    return {"name": "Example", "version": "1", "text": "Say so.", "validFor": later}


@override("SalesLead")
def sales_lead(client: Client) -> dict[str, Any]:
    """A lead of somebody with a name, who is a customer already."""
    customer = {"id": active_customer(client), "role": "customer", "@referredType": "Customer"}
    return {"name": "Example", "familyName": "Lovelace", "relatedParty": [customer]}


@override("SalesCycle")
def sales_cycle(_client: Client) -> dict[str, Any]:
    """A cycle with a code of its own, a beginning and both ends."""
    stages = [
        {"code": kind, "name": kind.title(), "kind": kind, "probability": 0}
        for kind in ("open", "won", "lost")
    ]
    return {"code": f"cycle{next(NUMBERS)}", "name": "Example", "stage": stages}


@override("QuoteRequest")
def quote_request(client: Client) -> dict[str, Any]:
    """One line that an active customer wants to have priced."""
    return quote(client)


@override("RetentionRun")
def retention_run(client: Client) -> dict[str, Any]:
    """A look at what a rule of fifty years would archive."""
    rule = {"name": "Fifty years", "days": 18_250, "isOn": False}
    return {"retentionRule": {"id": made(client, RULES, rule)}, "isPreview": True}


@override("MasterSystem")
def master_system(_client: Client) -> dict[str, Any]:
    """A system has a code of its own."""
    return {"code": f"system{next(NUMBERS)}", "heardWithinSeconds": 60}


@override("SalesOpportunity")
def sales_opportunity(client: Client) -> dict[str, Any]:
    """A sale to a customer."""
    customer = {"id": active_customer(client), "role": "customer", "@referredType": "Customer"}
    return {"name": "Example", "relatedParty": [customer]}


def billed_account(client: Client) -> str:
    """Return an active account of a customer of its own."""
    customer = {"id": active_customer(client), "role": "customer", "@referredType": "Customer"}
    body = {"name": "Ada's account", "state": "active", "relatedParty": [customer]}
    return made(client, ACCOUNT, body)


@override("CustomerBill")
def customer_bill(client: Client) -> dict[str, Any]:
    """A draft with a number of its own, for the account of a customer."""
    return {"billNo": f"INV{next(NUMBERS)}", "billingAccount": {"id": billed_account(client)}}


@override("AppliedCustomerBillingRate")
def applied_customer_billing_rate(client: Client) -> dict[str, Any]:
    """A line that is not billed yet."""
    return {"name": "Example", "billingAccount": {"id": billed_account(client)}}


@override("CustomerBillOnDemand")
def customer_bill_on_demand(client: Client) -> dict[str, Any]:
    """A bill that is wanted of a customer's account."""
    return {"name": "Example", "billingAccount": {"id": billed_account(client)}}


@override("Payment")
def payment(client: Client) -> dict[str, Any]:
    """A payment with a reference of its own."""
    return {
        "correlatorId": f"pay{next(NUMBERS)}",
        "account": {"id": billed_account(client)},
        "paymentMethod": {"name": "Bank transfer"},
        "totalAmount": {"unit": "EUR", "value": 49.90},
    }


@override("Refund")
def refund(client: Client) -> dict[str, Any]:
    """A refund of a payment that is large enough."""
    paid = payment(client)
    ident = made(client, "/tmf-api/payment/v4/payment", paid)
    return paid | {"payment": {"id": ident}, "correlatorId": f"refund{next(NUMBERS)}"}


@override("MarketingCampaign")
def marketing_campaign(_client: Client) -> dict[str, Any]:
    """A campaign with a code of its own."""
    return {"code": f"campaign{next(NUMBERS)}", "name": "Example", "campaignType": "upSell"}


@override("CampaignWave")
def campaign_wave(client: Client) -> dict[str, Any]:
    """A wave of a campaign in which people call."""
    campaign = made(client, f"{CAMPAIGNS}/marketingCampaign", marketing_campaign(client))
    return {"marketingCampaign": {"id": campaign}, "channel": "phone", "name": "Example"}


@override("CampaignWaveDefinition")
def campaign_wave_definition(client: Client) -> dict[str, Any]:
    """A definition of waves in which people call."""
    return campaign_wave(client)


@override("PartyCampaign")
def party_campaign(client: Client) -> dict[str, Any]:
    """A customer who has agreed to be called, in a wave."""
    customer = active_customer(client)
    medium = {"mediumType": "phone", "characteristic": {"phoneNumber": "+49 30 1234567"}}
    answer = client.patch(f"/tmf-api/customerManagement/v4/customer/{customer}", {
        "contactPreference": {"consent": [{"purpose": "marketing", "given": True}]},
        "contactMedium": [medium],
    })  # fmt: skip
    assert answer.status_code == 200, answer.json
    wave = made(client, f"{CAMPAIGNS}/campaignWave", campaign_wave(client))
    return {"campaignWave": {"id": wave}, "customer": {"id": customer}}


@override("EntitlementDefinition")
def entitlement_definition(_client: Client) -> dict[str, Any]:
    """A code of its own, and that nothing is counted."""
    return {"code": f"help{next(NUMBERS)}", "name": "Example", "coverageKind": "coverage"}


@override("Entitlement")
def entitlement(client: Client) -> dict[str, Any]:
    """A right of a customer from a day on."""
    customer = {"id": active_customer(client), "role": "customer", "@referredType": "Customer"}
    return {
        "name": "Example",
        "relatedParty": [customer],
        "validFor": {"startDateTime": "2026-01-01T00:00:00.000Z"},
    }


@override("ServiceContract")
def service_contract(client: Client) -> dict[str, Any]:
    """A contract that serves a customer."""
    customer = {"id": active_customer(client), "role": "customer", "@referredType": "Customer"}
    return {"name": "Example", "relatedParty": [customer]}


@override("Correction")
def correction(client: Client) -> dict[str, Any]:
    """A correction of a bill that is owed."""
    bill = customer_bill(client) | {
        "state": "sent", "taxIncludedAmount": {"unit": "EUR", "value": 49.90},
    }  # fmt: skip
    ident = made(client, "/tmf-api/customerBillManagement/v4/customerBill", bill)
    return {
        "kind": "adjustment",
        "reason": "goodwill",
        "amount": {"unit": "EUR", "value": 4.90},
        "billingAccount": bill["billingAccount"],
        "customerBill": {"id": ident},
    }


@override("PaymentPlan")
def payment_plan(client: Client) -> dict[str, Any]:
    """A plan over a bill of an account whose policy offers plans."""
    code = f"plans-{next(NUMBERS)}"
    step = {"daysOverdue": 3, "action": "callTask"}
    terms = {"currency": "EUR", "instalmentsMax": 12}
    policy = {"code": code, "name": code, "step": [step], "paymentPlan": [terms]}
    made(client, "/api/billing/v1/dunningPolicy", policy | {"isActive": True, "priority": -1})
    bill = customer_bill(client) | {
        "state": "sent", "taxIncludedAmount": {"unit": "EUR", "value": 49.90},
    }  # fmt: skip
    said = {"debtCollection": {"strategy": code}}
    path = f"{ACCOUNT}/{bill['billingAccount']['id']}"
    assert client.patch(path, said).status_code == 200
    ident = made(client, "/tmf-api/customerBillManagement/v4/customerBill", bill)
    return {
        "billingAccount": bill["billingAccount"],
        "customerBill": [{"id": ident}],
        "numberOfInstalments": 3,
    }


@override("ServiceCreditPolicy")
def service_credit_policy(_client: Client) -> dict[str, Any]:
    """A policy with a code of its own, for a level that nobody has."""
    return {"code": f"policy{next(NUMBERS)}", "name": "Example", "levelName": ["Nobody's"],
            "percentPerHour": 5, "percentMax": 50}  # fmt: skip


@override("AuthorityLimit")
def authority_limit(_client: Client) -> dict[str, Any]:
    """A limit in a currency of its own."""
    number = next(NUMBERS)
    unit = "".join(chr(65 + number // 26**place % 26) for place in range(3))
    return {"role": "administrator", "kind": "refund", "limit": {"unit": unit, "value": 50}}


@override("DunningPolicy")
def dunning_policy(_client: Client) -> dict[str, Any]:
    """A policy with a code of its own and one step."""
    step = {"daysOverdue": 5, "action": "callTask"}
    return {"code": f"policy{next(NUMBERS)}", "name": "Example", "step": [step]}


@override("DunningHold")
def dunning_hold(client: Client) -> dict[str, Any]:
    """A customer in need of protection."""
    return {"billingAccount": {"id": billed_account(client)}, "reason": "vulnerable"}


@override("NextAction")
def next_action(client: Client) -> dict[str, Any]:
    """A proposal of something that is on sale."""
    return {"name": "Example", "reason": "It is cheaper.",
            "productOffering": {"id": offering_on_sale(client)}}  # fmt: skip


@override("ActionAnswer")
def action_answer(client: Client) -> dict[str, Any]:
    """A customer's answer to a proposal."""
    action = made(client, f"{CAMPAIGNS}/nextAction", next_action(client))
    return {"customer": {"id": active_customer(client)}, "nextAction": {"id": action},
            "answer": "refused"}  # fmt: skip


@override("QueryProductRecommendation")
def query_product_recommendation(client: Client) -> dict[str, Any]:
    """A question about a customer."""
    customer = {"id": active_customer(client), "@referredType": "Customer", "role": "customer"}
    return {"relatedParty": customer}
