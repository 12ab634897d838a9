"""Registers of campaigns: their types and states, and why somebody is left out."""

from __future__ import annotations

from trunkline.campaign.marketing_campaign import MarketingCampaign
from trunkline.governance.bindings import bind
from trunkline.governance.shipped import ShippedRegister, ship, worded

ship(
    ShippedRegister(
        "campaignType", "Type of campaigns", {"de": "Art von Kampagnen", "ar": "نوع الحملات"},
        (
            worded("acquisition", "Acquisition", "Neukundengewinnung", "اكتساب عملاء"),
            worded("upSell", "Up-sell", "Upselling", "بيع إضافي"),
            worded("crossSell", "Cross-sell", "Cross-Selling", "بيع متقاطع"),
            worded("retention", "Retention", "Kundenbindung", "الاحتفاظ بالعملاء"),
            worded("migration", "Migration", "Umstellung", "انتقال"),
            worded("winBack", "Win-back", "Rückgewinnung", "استعادة العملاء"),
        ),
        "What a campaign is for.",
    ),
    ShippedRegister(
        "campaignStatus", "Status of campaigns",
        {"de": "Status von Kampagnen", "ar": "حالة الحملات"},
        (
            worded("planned", "Planned", "Geplant", "مخططة", "grey"),
            worded("running", "Running", "Läuft", "جارية", "green"),
            worded("paused", "Paused", "Angehalten", "متوقفة مؤقتا", "amber"),
            worded("finished", "Finished", "Beendet", "منتهية", "blue"),
            worded("cancelled", "Cancelled", "Abgebrochen", "ملغاة", "red"),
        ),
        "How far a campaign is.",
    ),
)  # fmt: skip
bind(MarketingCampaign, "campaignType", "campaignType")
bind(MarketingCampaign, "status", "campaignStatus")
