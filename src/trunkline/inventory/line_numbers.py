"""Characteristics by which a line is known: to who looks for it, and to who is called from it."""

from __future__ import annotations

LINES = ("msisdn", "lineId", "iccid", "imsi", "voiceNumber", "sipUser", "ontSerialNumber",
         "setTopBoxSerialNumber", "networkReference")  # fmt: skip
"""Characteristics that are numbers of a line or of a device on it."""
DIALED = ("msisdn", "voiceNumber", "sipUser")
"""Those of them that somebody dials, and that are shown to who is called."""
