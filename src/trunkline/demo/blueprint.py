"""The demonstration operator's catalog, as tables: what is sold and what realizes it.

A specification names what it is realized by with the tables' own names; `load` turns them into
references. The operator is made up.
"""

from __future__ import annotations

from typing import Any

Entry = dict[str, Any]


def choice(name: str, *values: Any, unit: str | None = None, default: Any = None) -> Entry:
    """Return a characteristic with a closed list of values; the first is the default."""
    kind = "string" if isinstance(values[0], str) else "integer"
    chosen = values[0] if default is None else default
    options: list[Entry] = []
    for order, value in enumerate(values):
        option: Entry = {"value": value, "isDefault": value == chosen, "order": order}
        if unit:
            option["unitOfMeasure"] = unit
        options.append(option)
    return {"name": name, "valueType": kind, "configurable": True, "minCardinality": 1,
            "maxCardinality": 1, "values": options}  # fmt: skip


def free(name: str, kind: str = "string", *, mandatory: bool = False) -> Entry:
    """Return a characteristic that takes any value of a kind."""
    return {"name": name, "valueType": kind, "configurable": True,
            "minCardinality": int(mandatory), "maxCardinality": 1, "values": []}  # fmt: skip


def link(name: str, *maps: str, kind: str, **more: Any) -> Entry:
    """Return a relation; each of `maps` is `target=source` or one name for both."""
    mapping = [
        {"target": one.partition("=")[0], "source": one.partition("=")[2] or one} for one in maps
    ]
    return {"to": name, "relationshipType": kind, "mapping": mapping, **more}


RESOURCES: dict[str, Entry] = {
    "Fibre Port": {"category": "Port", "characteristics": [free("ponPort")]},
    "Optical Terminal": {"category": "Equipment", "characteristics": [free("ontSerialNumber")]},
    "Wi-Fi Router": {"category": "Equipment", "characteristics": [free("model")]},
    "Set-top Box": {"category": "Equipment", "characteristics": [free("setTopBoxSerialNumber")]},
    "Phone Number": {"category": "Number", "characteristics": [free("voiceNumber")]},
    "SIM Card": {"category": "Equipment", "characteristics": [free("iccid")]},
    "Mobile Number": {"category": "Number", "characteristics": [free("msisdn")]},
    "SD-WAN Edge": {"category": "Equipment", "characteristics": [free("model")]},
}

SERVICES: dict[str, Entry] = {
    "Fibre Access": {
        "facing": "ResourceFacing",
        "fulfilment": {"kind": "callout", "title": "Light up the fibre line",
                       "durationMinutes": 30, "pointOfNoReturn": True},
        "characteristics": [free("downloadSpeed", "integer"), free("uploadSpeed", "integer")],
        "resources": [link("Fibre Port", kind="requires"),
                      link("Optical Terminal", kind="requires")],
    },
    "Voice Line": {
        "facing": "ResourceFacing",
        "fulfilment": {"kind": "callout", "title": "Register the voice line",
                       "durationMinutes": 10},
        "characteristics": [free("lines", "integer")],
        "resources": [link("Phone Number", kind="requires")],
    },
    "TV Stream": {
        "facing": "ResourceFacing",
        "fulfilment": {"kind": "callout", "title": "Entitle the TV stream", "durationMinutes": 5},
        "characteristics": [free("pack")],
    },
    "Mobile Subscription": {
        "facing": "ResourceFacing",
        "fulfilment": {"kind": "callout", "title": "Provision the mobile subscription",
                       "durationMinutes": 5, "pointOfNoReturn": True},
        "characteristics": [free("dataVolume", "integer"), free("roaming")],
        "resources": [link("SIM Card", kind="requires"), link("Mobile Number", kind="requires")],
    },
    "SD-WAN Overlay": {
        "facing": "ResourceFacing",
        "fulfilment": {"kind": "callout", "title": "Join the site to the overlay",
                       "durationMinutes": 20},
        "characteristics": [free("bandwidth", "integer"), free("optimization")],
        "resources": [link("SD-WAN Edge", kind="requires")],
    },
    "WAN Optimization": {
        "facing": "ResourceFacing",
        "fulfilment": {"kind": "callout", "title": "Switch on WAN optimization",
                       "durationMinutes": 10},
        "characteristics": [free("optimization")],
    },
    "Tenant Controller": {
        "facing": "ResourceFacing",
        "fulfilment": {"kind": "callout", "title": "Set up the tenant on the controller",
                       "durationMinutes": 15},
        "characteristics": [free("tenancy")],
    },
    "Wholesale Line": {
        "facing": "ResourceFacing",
        "fulfilment": {"kind": "callout", "title": "Hand the line over to the partner",
                       "durationMinutes": 30, "pointOfNoReturn": True},
        "characteristics": [free("downloadSpeed", "integer"), free("handover")],
        "resources": [link("Fibre Port", kind="requires")],
    },
    "On-site Installation": {
        "facing": "ResourceFacing",
        "fulfilment": {"kind": "manual", "title": "Install the equipment on site",
                       "role": "field", "durationMinutes": 120},
        "characteristics": [free("installation")],
    },
    "Internet Access": {
        "facing": "CustomerFacing",
        "characteristics": [free("downloadSpeed", "integer"), free("uploadSpeed", "integer"),
                            free("installation")],
        "services": [
            link("Fibre Access", "downloadSpeed", "uploadSpeed", kind="realisedAs",
                 shared=True, sharedBy=["place"]),
            link("On-site Installation", "installation", kind="realisedAs",
                 condition='source.installation == "technician"'),
        ],
    },
    "Telephony": {
        "facing": "CustomerFacing",
        "characteristics": [free("lines", "integer")],
        "services": [
            link("Fibre Access", kind="realisedAs", shared=True, sharedBy=["place"]),
            link("Voice Line", "lines", kind="realisedAs"),
        ],
    },
    "Television": {
        "facing": "CustomerFacing",
        "characteristics": [free("pack")],
        "services": [
            link("Fibre Access", kind="realisedAs", shared=True, sharedBy=["place"]),
            link("TV Stream", "pack", kind="realisedAs"),
        ],
    },
    "Mobile Service": {
        "facing": "CustomerFacing",
        "characteristics": [free("dataVolume", "integer"), free("roaming")],
        "services": [link("Mobile Subscription", "dataVolume", "roaming", kind="realisedAs")],
    },
    "SD-WAN Site": {
        "facing": "CustomerFacing",
        "characteristics": [free("bandwidth", "integer"), free("optimization")],
        "services": [
            link("SD-WAN Overlay", "bandwidth", "optimization", kind="realisedAs"),
            link("WAN Optimization", "optimization", kind="realisedAs",
                 condition='source.optimization == "on"'),
        ],
    },
    "SD-WAN Controller": {
        "facing": "CustomerFacing",
        "characteristics": [free("tenancy")],
        "services": [link("Tenant Controller", "tenancy", kind="realisedAs")],
    },
    "Wholesale Access": {
        "facing": "CustomerFacing",
        "characteristics": [free("downloadSpeed", "integer"), free("handover")],
        "services": [link("Wholesale Line", "downloadSpeed", "handover", kind="realisedAs")],
    },
}  # fmt: skip

PRODUCTS: dict[str, Entry] = {
    "Fibre Internet": {
        "brand": "Meridian",
        "characteristics": [
            choice("downloadSpeed", 100, 500, 1000, 10000, unit="Mbit/s"),
            choice("uploadSpeed", 50, 250, 500, 10000, unit="Mbit/s"),
            choice("installation", "self", "technician"),
        ],
        "services": [link("Internet Access", "downloadSpeed", "uploadSpeed", "installation",
                          kind="realisedAs")],
    },
    "Home Voice": {
        "brand": "Meridian",
        "characteristics": [choice("lines", 1, 2)],
        "services": [link("Telephony", "lines", kind="realisedAs")],
    },
    "TV Pack": {
        "brand": "Meridian",
        "characteristics": [choice("pack", "basic", "sports", "cinema")],
        "services": [link("Television", "pack", kind="realisedAs")],
        "resources": [link("Set-top Box", kind="requires")],
    },
    "Mobile Plan": {
        "brand": "Meridian Mobile",
        "characteristics": [
            choice("dataVolume", 5, 20, 100, unit="GB"),
            choice("roaming", "europe", "world", "none"),
        ],
        "services": [link("Mobile Service", "dataVolume", "roaming", kind="realisedAs")],
    },
    "Wi-Fi Equipment": {
        "brand": "Meridian",
        "characteristics": [choice("model", "Wave 6", "Wave 7")],
        "resources": [link("Wi-Fi Router", "model", kind="requires")],
    },
    "Managed Site": {
        "brand": "Meridian Business",
        "characteristics": [
            choice("bandwidth", 50, 100, 500, unit="Mbit/s"),
            choice("optimization", "off", "on"),
        ],
        "services": [link("SD-WAN Site", "bandwidth", "optimization", kind="realisedAs")],
    },
    "Managed Controller": {
        "brand": "Meridian Business",
        "characteristics": [choice("tenancy", "shared", "dedicated")],
        "services": [link("SD-WAN Controller", "tenancy", kind="realisedAs")],
    },
    "Wholesale Fibre": {
        "brand": "Meridian Wholesale",
        "characteristics": [
            choice("downloadSpeed", 100, 500, 1000, unit="Mbit/s"),
            choice("handover", "local", "regional"),
        ],
        "services": [link("Wholesale Access", "downloadSpeed", "handover", kind="realisedAs")],
    },
    "Bundle": {"brand": "Meridian", "characteristics": []},
}  # fmt: skip


def offer(
    specification: str, category: str, *, monthly: str, once: str = "0", **uses: list[Any]
) -> Entry:
    """Return a simple offering: its prices in EUR without tax, and the values that it admits."""
    return {"specification": specification, "category": category, "monthly": monthly,
            "once": once, "uses": uses}  # fmt: skip


OFFERINGS: dict[str, Entry] = {
    "Fibre 100M": offer("Fibre Internet", "Internet", monthly="29.90", once="49.00",
                        downloadSpeed=[100], uploadSpeed=[50]),
    "Fibre 500M": offer("Fibre Internet", "Internet", monthly="39.90", once="49.00",
                        downloadSpeed=[500], uploadSpeed=[250]),
    "Fibre 1G": offer("Fibre Internet", "Internet", monthly="49.90", once="49.00",
                      downloadSpeed=[1000], uploadSpeed=[500]),
    "Fibre 10G": offer("Fibre Internet", "Internet", monthly="89.90", once="149.00",
                       downloadSpeed=[10000], uploadSpeed=[10000]),
    "Voice Flat": offer("Home Voice", "Voice", monthly="9.90"),
    "TV Basic": offer("TV Pack", "Television", monthly="7.90", pack=["basic"]),
    "TV Sports": offer("TV Pack", "Television", monthly="14.90", pack=["sports"]),
    "TV Cinema": offer("TV Pack", "Television", monthly="12.90", pack=["cinema"]),
    "Mobile S": offer("Mobile Plan", "Mobile", monthly="9.90", once="9.90", dataVolume=[5]),
    "Mobile M": offer("Mobile Plan", "Mobile", monthly="19.90", once="9.90", dataVolume=[20]),
    "Mobile L": offer("Mobile Plan", "Mobile", monthly="34.90", dataVolume=[100]),
    "Wi-Fi Router Wave 6": offer("Wi-Fi Equipment", "Equipment", monthly="2.90", model=["Wave 6"]),
    "Wi-Fi Router Wave 7": offer("Wi-Fi Equipment", "Equipment", monthly="4.90", model=["Wave 7"]),
    "SD-WAN Site": offer("Managed Site", "Business", monthly="119.00", once="250.00"),
    "SD-WAN Controller": offer("Managed Controller", "Business", monthly="79.00"),
    "Wholesale Access": offer("Wholesale Fibre", "Wholesale", monthly="14.20", once="35.00"),
}  # fmt: skip

BUNDLES: dict[str, Entry] = {
    "Fibre Home": {
        "category": "Bundles",
        "monthly": "0",
        "parts": [("Fibre 1G", 1, 1), ("Voice Flat", 0, 1), ("TV Basic", 0, 1),
                  ("TV Sports", 0, 1), ("Wi-Fi Router Wave 6", 0, 1)],
    },
    "SD-WAN Network": {
        "category": "Business",
        "monthly": "0",
        "parts": [("SD-WAN Controller", 1, 1), ("SD-WAN Site", 1, 500)],
    },
}  # fmt: skip

CATEGORIES = ("Internet", "Voice", "Television", "Mobile", "Equipment", "Business", "Wholesale",
              "Bundles")  # fmt: skip

IN_OTHER_LANGUAGES: dict[str, dict[str, str]] = {
    "Voice": {"de": "Telefonie", "ar": "الهاتف"},
    "Television": {"de": "Fernsehen", "ar": "التلفزيون"},
    "Mobile": {"de": "Mobilfunk", "ar": "الجوال"},
    "Equipment": {"de": "Geräte", "ar": "الأجهزة"},
    "Business": {"de": "Geschäftskunden", "ar": "الأعمال"},
    "Bundles": {"de": "Pakete", "ar": "الباقات"},
    "Voice Flat": {"de": "Telefon-Flatrate", "ar": "مكالمات بلا حدود"},
    "TV Sports": {"de": "TV Sport", "ar": "تلفزيون الرياضة"},
    "TV Cinema": {"de": "TV Kino", "ar": "تلفزيون السينما"},
    "Fibre Home": {"de": "Glasfaser Zuhause", "ar": "ألياف المنزل"},
}
"""What categories and offerings are called in other languages."""
