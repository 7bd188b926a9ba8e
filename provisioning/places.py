"""Time zones and regions, named so that people find theirs. A pure table."""

from datetime import UTC, date, datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global

_ENGLISH = Locale("en")
# Zones without an area are aliases kept for old systems.
_NOT_AREAS = ("Etc/", "SystemV/", "US/", "posix/", "right/")


def time_zones() -> list[tuple[str, str]]:
    """(IANA name, "Country, City (UTC+01:00)") of every zone, by country and city."""
    return _time_zones_on(datetime.now(UTC).date())


@lru_cache(maxsize=1)
def _time_zones_on(_: date) -> list[tuple[str, str]]:
    # Clocks are put forward and back while a process lives, so each day asks anew.
    named = [(name, _zone_words(name)) for name in sorted(_zone_names())]
    return sorted(named, key=lambda pair: pair[1])


@cache
def regions() -> list[tuple[str, str]]:
    """(ISO 3166 code, English name) of every region, by name."""
    territories = [
        (code, name)
        for code, name in _ENGLISH.territories.items()
        if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "XA", "XB", "ZZ"}
    ]
    return sorted(territories, key=lambda pair: pair[1])


def _zone_names() -> set[str]:
    return {
        name
        for name in available_timezones()
        if "/" in name and not name.startswith(_NOT_AREAS) and name in _territories()
    }


def _territories() -> dict[str, str]:
    return dict(get_global("zone_territories"))


def _zone_words(name: str) -> str:
    city = name.rpartition("/")[2].replace("_", " ")
    country = _ENGLISH.territories.get(_territories()[name], "")
    return f"{country}, {city} ({_offset(name)})"


def _offset(name: str) -> str:
    text = datetime.now(UTC).astimezone(ZoneInfo(name)).strftime("%z")
    return f"UTC{text[:3]}:{text[3:5]}"
