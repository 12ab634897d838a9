"""Registers of campaigns: their types and states, and why somebody is left out."""

from __future__ import annotations

from trunkline.campaign.marketing_campaign import MarketingCampaign
from trunkline.governance.bindings import bind
from trunkline.governance.shipped import ShippedRegister, ShippedValue, ship


def _value(code: str, name: str, german: str, arabic: str, color: str = "") -> ShippedValue:
    return ShippedValue(code, name, {"de": german, "ar": arabic}, color)


ship(
    ShippedRegister(
        "campaignType", "Type of campaigns", {"de": "Art von Kampagnen", "ar": "نوع الحملات"},
        (
            _value("acquisition", "Acquisition", "Neukundengewinnung", "اكتساب عملاء"),
            _value("upSell", "Up-sell", "Upselling", "بيع إضافي"),
            _value("crossSell", "Cross-sell", "Cross-Selling", "بيع متقاطع"),
            _value("retention", "Retention", "Kundenbindung", "الاحتفاظ بالعملاء"),
            _value("migration", "Migration", "Umstellung", "انتقال"),
            _value("winBack", "Win-back", "Rückgewinnung", "استعادة العملاء"),
        ),
        "What a campaign is for.",
    ),
    ShippedRegister(
        "campaignStatus", "Status of campaigns",
        {"de": "Status von Kampagnen", "ar": "حالة الحملات"},
        (
            _value("planned", "Planned", "Geplant", "مخططة", "grey"),
            _value("running", "Running", "Läuft", "جارية", "green"),
            _value("paused", "Paused", "Angehalten", "متوقفة مؤقتا", "amber"),
            _value("finished", "Finished", "Beendet", "منتهية", "blue"),
            _value("cancelled", "Cancelled", "Abgebrochen", "ملغاة", "red"),
        ),
        "How far a campaign is.",
    ),
)  # fmt: skip
bind(MarketingCampaign, "campaignType", "campaignType")
bind(MarketingCampaign, "status", "campaignStatus")
