"""Why some texts of records hold no payload: what they are refused for, by code or by place."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "methodNotAllowed": "nobody writes such a record, the program does",
    "notWritable": "the program says it",
    "badValue": "it is of a pattern that holds no payload: a code, a language, a currency",
    "notInRegister": "it is a code of a register",
    "lifecycleStart": "it is a state",
    "badPhoneNumber": "it is a number",
    "badEmailAddress": "it is an address",
    "conditionInvalid": "it is a condition, which is read",
    "badRule": "it is a condition, which is read",
    "badFilter": "it is a query, which is read",
    "notFilterable": "it is a query, which is read",
    "roleUnknown": "it is the name of a role",
    "unknownRole": "it is the name of a role",
    "unknownCurrency": "it is a currency",
    "currencyMixed": "it is a currency",
    "currencyMismatch": "it is a currency",
    "cycleUnknown": "it is the code of a sales cycle",
    "stageUnknown": "it is the code of a stage",
    "badGeometry": "it is a geometry",
    "geometryMismatch": "it is a geometry",
}
"""Refusals of what a text is, by their codes."""

UNIT = "it is a currency, refused with its amount"
PERIOD = "it is a unit of time"
WITH_OTHERS = "it stands only beside what a sample record does not have"
PLACES: Mapping[str, str] = {
    "CustomerRequest.targetProcess": "the program says it",
    "ProductOffering.productOfferingTerm.terminationRule.amount.unit": UNIT,
    "ProductOffering.productOfferingTerm.duration.units": PERIOD,
    "Contract.terminationRule.amount.unit": UNIT,
    "OrderPolicy.phase.name": WITH_OTHERS,
    "OrderPolicy.phase.role": WITH_OTHERS,
    "OrderPolicy.deposit.unit": UNIT,
    "DecisionTable.testCase.given": "it is an object, a value by each input",
    "DeliveryPolicy.customerSegment": WITH_OTHERS,
    "OutsideSystem.maintenance.reason": WITH_OTHERS,
    "Quote.priceAdjustment.recurringChargePeriod": PERIOD,
    "Quote.priceAdjustment.reason": WITH_OTHERS,
    "Quote.priceAdjustment.note": WITH_OTHERS,
    "SalesCycle.stage.name": WITH_OTHERS,
    "CustomerBill.amountDue.unit": UNIT,
    "CustomerBill.taxExcludedAmount.unit": UNIT,
    "CustomerBill.taxIncludedAmount.unit": UNIT,
    "CustomerBill.roundingAmount.unit": UNIT,
    "CustomerBill.taxItem.taxAmount.unit": UNIT,
    "Payment.amount.unit": UNIT,
    "Payment.taxAmount.unit": UNIT,
    "Refund.amount.unit": UNIT,
    "Refund.taxAmount.unit": UNIT,
    "AppliedCustomerBillingRate.taxExcludedAmount.unit": UNIT,
    "AppliedCustomerBillingRate.taxIncludedAmount.unit": UNIT,
    "AppliedCustomerBillingRate.appliedTax.taxAmount.unit": UNIT,
    "BillRun.amountMin.unit": UNIT,
    "DunningPolicy.amountMin.unit": UNIT,
    "CampaignWaveDefinition.audienceFilter": REASONS["badFilter"],
    "CampaignWaveDefinition.exclusionFilter": REASONS["badFilter"],
    "CampaignWave.audienceFilter": REASONS["badFilter"],
    "CampaignWave.exclusionFilter": REASONS["badFilter"],
    "CoverageArea.postcodeTo": "it is not before the postcode from which the area goes on",
    "FieldTeam.window.endHour": "it is an hour",
    "ChangePolicy.fee.unit": UNIT,
    "OwnershipTransfer.deposit.amount.unit": UNIT,
    "OwnershipTransfer.deposit.note": WITH_OTHERS,
    "PartyMerge.partyChoice.path": "it is the path of an attribute",
}
"""Single texts, by their places."""
