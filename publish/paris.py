"""The clock by which people read a day and an hour; `plugins` has its own, since the gateway loads no plugin."""

from __future__ import annotations

from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
