"""The seam between the job and the API that does it.

A backend knows how a ticket is asked for, where its terms stand, how an
acceptance is confirmed, and what is set up afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from provisioning.analytics.objects import SeenAccount
from tokens.exchanges.recording import Subject


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """What is wanted, in nobody's backend."""

    account_name: str
    property_name: str
    stream_name: str
    website_url: str
    time_zone: str
    region_code: str
    event_retention: str = ""
    access_email: str = ""
    access_role: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """Something that exists at Google after a set-up step: id, and tag id where it has one."""

    google_id: str
    measurement_id: str = ""


class AnalyticsBackend(Protocol):
    """One backend, ready to be used with one access token. All methods raise GoogleError."""

    def create_ticket(self, spec: AccountSpec, redirect_uri: str) -> str:
        """Ask for a ticket; returns Google's id of it."""
        ...

    def accounts(self) -> list[SeenAccount]:
        """Every account that the connection can see."""
        ...

    def ensure_property(self, account_id: str, spec: AccountSpec) -> Made:
        """Find the property, or create it."""
        ...

    def ensure_stream(self, account_id: str, property_id: str, spec: AccountSpec) -> Made:
        """Find the web stream or view, or create it."""
        ...


OpenBackend = Callable[[str, Subject], AnalyticsBackend]
