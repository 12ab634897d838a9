"""The beacon's page: its address, for the web edge to find."""

PAGE = "/beacons"
