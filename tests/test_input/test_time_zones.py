"""Time zones under all of their names, with their countries; regions that are countries."""

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from accounts.values.locales import (
    canonical_zone,
    other_names_of_zones,
    region_of_zone,
    regions,
    time_zones,
)

NOW = datetime(2026, 7, 1)  # noqa: DTZ001  # the same clock on every wall
# What Chromium says where others say the name behind it: its names are older.
OF_CHROMIUM = {
    "Asia/Calcutta": ("Asia/Kolkata", "IN"),
    "Asia/Katmandu": ("Asia/Kathmandu", "NP"),
    "Asia/Rangoon": ("Asia/Yangon", "MM"),
    "Asia/Saigon": ("Asia/Ho_Chi_Minh", "VN"),
    "Africa/Asmera": ("Africa/Asmara", "ER"),
    "America/Buenos_Aires": ("America/Argentina/Buenos_Aires", "AR"),
    "America/Catamarca": ("America/Argentina/Catamarca", "AR"),
    "America/Cordoba": ("America/Argentina/Cordoba", "AR"),
    "America/Jujuy": ("America/Argentina/Jujuy", "AR"),
    "America/Mendoza": ("America/Argentina/Mendoza", "AR"),
    "America/Coral_Harbour": ("America/Atikokan", "CA"),
    "America/Godthab": ("America/Nuuk", "GL"),
    "America/Indianapolis": ("America/Indiana/Indianapolis", "US"),
    "America/Louisville": ("America/Kentucky/Louisville", "US"),
    "Atlantic/Faeroe": ("Atlantic/Faroe", "FO"),
    "Europe/Kiev": ("Europe/Kyiv", "UA"),
    "Pacific/Enderbury": ("Pacific/Kanton", "KI"),
    "Pacific/Ponape": ("Pacific/Pohnpei", "FM"),
    "Pacific/Truk": ("Pacific/Chuuk", "FM"),
    "UTC": ("Etc/UTC", ""),
}
OTHERS = {
    "Europe/Amsterdam": ("Europe/Amsterdam", "NL"),
    "Atlantic/Reykjavik": ("Atlantic/Reykjavik", "IS"),
    "Iceland": ("Atlantic/Reykjavik", "IS"),
    "US/Pacific": ("America/Los_Angeles", "US"),
    "asia/tokyo": ("Asia/Tokyo", "JP"),
    " Asia/Tokyo ": ("Asia/Tokyo", "JP"),
    "GMT": ("Etc/UTC", ""),
    "Zulu": ("Etc/UTC", ""),
    "Mars/Olympus": ("", ""),
    "": ("", ""),
}


@pytest.mark.parametrize(("name", "meant"), (OF_CHROMIUM | OTHERS).items())
def test_every_name_is_understood(name: str, meant: tuple[str, str]) -> None:
    assert (canonical_zone(name), region_of_zone(name)) == meant


def test_only_zones_of_no_place_are_not_understood() -> None:
    unknown = {name for name in available_timezones() if not canonical_zone(name)}
    assert {name for name in unknown if not name.startswith("Etc/GMT")} <= {"Factory", "localtime"}


def test_another_name_shows_the_same_time() -> None:
    for name, others in other_names_of_zones().items():
        for other in others.split():
            if other in available_timezones() and "/" in other:
                assert ZoneInfo(other).utcoffset(NOW) == ZoneInfo(name).utcoffset(NOW), other


def test_offered_are_places_and_utc_and_each_is_of_a_region_that_is_offered() -> None:
    names = [name for name, _ in time_zones()]
    assert len(names) == len(set(names)) > 400
    assert names[0] == "Etc/UTC"
    codes = dict(regions())
    assert {name for name in names if region_of_zone(name) not in codes} == {"Etc/UTC"}


def test_regions_are_countries_and_territories_and_no_groupings() -> None:
    codes = dict(regions())
    assert {"DE", "US", "XK", "TW", "PR", "GB"} <= codes.keys()
    assert not {"QO", "EU", "EZ", "UN", "XA", "XB", "ZZ"} & codes.keys()
