"""Time zones and regions: one rule for their names, and words by which people find theirs.

Time zones have several names: a browser in India may say `Asia/Calcutta` for what others call
`Asia/Kolkata`. One of them is offered and stored; the others are understood wherever one comes in.
Which one, and the country of each zone, is said by the IANA database (`zone.tab`); which name
stands for which is said by CLDR, which keeps countries apart, and then by the IANA database.
"""

from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global

UTC_ZONE = "Etc/UTC"
# Its old name, which systems without a place still say.
_GMT = "Etc/GMT"
_ENGLISH = Locale("en")
# In use as a country, and in Google's lists, while ISO 3166 has no code of its own for it.
_KOSOVO = "XK"


def canonical_zone(name: str) -> str:
    """The name under which a time zone is offered; empty for what is no place's time zone."""
    name = _folded().get(name.strip().lower(), "")
    return name if name in _countries() else _aliases().get(name, "")


def region_of_zone(name: str) -> str:
    """The ISO 3166 code of the country of a time zone; empty where it is no country's."""
    return _countries().get(canonical_zone(name), "")


def time_zones() -> list[tuple[str, str]]:
    """(IANA name, "Country, City (UTC+01:00)") of every zone, by country and city; UTC first."""
    return _time_zones_on(datetime.now(UTC).date())


@cache
def other_names_of_zones() -> dict[str, str]:
    """The other names of each zone that is offered, with blanks between them."""
    others: dict[str, list[str]] = {name: [] for name in _countries()}
    for alias, name in _aliases().items():
        others[name].append(alias)
    return {name: " ".join(sorted(aliases)) for name, aliases in others.items()}


@cache
def regions() -> list[tuple[str, str]]:
    """(ISO 3166 code, English name) of every country and territory, by name."""
    codes = [*_rows("iso3166.tab"), [_KOSOVO, ""]]
    named = [(code, _ENGLISH.territories.get(code, name)) for code, name in codes]
    return sorted(named, key=lambda pair: pair[1])


def region_name(code: str) -> str:
    """The English name of a region; the code where there is none."""
    return str(_ENGLISH.territories.get(code, code))


@lru_cache(maxsize=1)
def _time_zones_on(_: date) -> list[tuple[str, str]]:
    # Clocks are put forward and back while a process lives, so each day asks anew.
    named = [(name, _zone_label(name)) for name in _countries() if name != UTC_ZONE]
    return [(UTC_ZONE, _zone_label(UTC_ZONE)), *sorted(named, key=lambda pair: pair[1])]


def _zone_label(name: str) -> str:
    offset = datetime.now(UTC).astimezone(ZoneInfo(name)).strftime("%z")
    if name == UTC_ZONE:
        return "UTC, Coordinated Universal Time (UTC+00:00)"
    city = name.rpartition("/")[2].replace("_", " ")
    return f"{region_name(_countries()[name])}, {city} (UTC{offset[:3]}:{offset[3:5]})"


@cache
def _countries() -> dict[str, str]:
    """The code of its country by the name of each zone that is offered."""
    return {UTC_ZONE: "", **{name: code for code, _, name, *_ in _rows("zone.tab")}}


@cache
def _aliases() -> dict[str, str]:
    """The offered name by every other name of a zone."""
    links = {link: target for _, target, link in _links()}
    cldr: dict[str, str] = dict(get_global("zone_aliases"))
    found = {}
    for name in {*links, *cldr} - set(_countries()):
        target = cldr.get(name) or links[name]
        while target not in _countries() and target in links:
            target = links[target]
        target = UTC_ZONE if target == _GMT else target
        if target in _countries():
            found[name] = target
    return {**found, _GMT: UTC_ZONE}


@cache
def _folded() -> dict[str, str]:
    return {name.lower(): name for name in (*_countries(), *_aliases())}


def _links() -> list[list[str]]:
    lines = _text("tzdata.zi").splitlines()
    return [line.split() for line in lines if line.startswith("L ")]


def _rows(file: str) -> list[list[str]]:
    lines = _text(file).splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def _text(file: str) -> str:
    return (files("tzdata.zoneinfo") / file).read_text("utf-8")
