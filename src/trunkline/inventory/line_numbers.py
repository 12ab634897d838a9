"""Characteristics by which a line is known: to who looks for it, and to who is called from it."""

from __future__ import annotations

LINES = ("msisdn", "lineId", "iccid", "imsi", "voiceNumber", "sipUser", "ontSerialNumber",
         "setTopBoxSerialNumber", "networkReference", "MSISDN", "phoneNumber", "telephoneNumber",
         "directoryNumber", "lineNumber", "circuitId", "accessId", "ICCID", "IMSI", "imei",
         "IMEI")  # fmt: skip
"""Characteristics that are numbers of a line or of a device on it, as catalogs call them."""
DIALED = ("msisdn", "voiceNumber", "sipUser", "MSISDN", "phoneNumber", "telephoneNumber",
          "directoryNumber")  # fmt: skip
"""Those of them that somebody dials, and that are shown to who is called."""
