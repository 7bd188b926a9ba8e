"""The register of backends: how each is opened, and where each one's terms stand."""

from urllib.parse import quote

from django.conf import settings

from provisioning.analytics.backends import Backend
from provisioning.analytics.google.backend import AnalyticsBackend, OpenBackend
from provisioning.analytics.google.catalogue import Catalogue, OpenCatalogue
from provisioning.analytics.google.ga4 import Ga4
from provisioning.analytics.google.ga4_catalogue import Ga4Catalogue
from provisioning.analytics.google.v3 import V3
from provisioning.analytics.google.v3_catalogue import V3Catalogue
from tokens.exchanges.recording import Subject
from tokens.google.errors import ErrorKind, GoogleError, Trouble

BACKENDS: dict[Backend, OpenBackend] = {Backend.GA4: Ga4, Backend.V3: V3}
CATALOGUES: dict[Backend, OpenCatalogue] = {
    Backend.GA4: Ga4Catalogue,
    Backend.V3: V3Catalogue,
}


def open_backend(name: str, token: str, subject: Subject) -> AnalyticsBackend:
    """The backend `name`, ready to be used with `token`.

    Raises:
        GoogleError: the portal does not offer this backend (any more).
    """
    return BACKENDS[_served(name)](token, subject)


def open_catalogue(name: str, token: str, subject: Subject) -> Catalogue:
    """What exists already in the backend `name`, ready to be read with `token`.

    Raises:
        GoogleError: the portal does not offer this backend (any more).
    """
    return CATALOGUES[_served(name)](token, subject)


def _served(name: str) -> Backend:
    if name not in offered():
        message = "GOOGLE_PROVISIONING_V3 is off in the portal's settings"
        raise GoogleError(Trouble(ErrorKind.API_GONE, message=message))
    return Backend(name)


def offered() -> list[Backend]:
    """The backends that people may choose here."""
    return [Backend.GA4, Backend.V3] if settings.GOOGLE_PROVISIONING_V3 else [Backend.GA4]


def terms_url(backend: str, ticket_id: str) -> str:
    """Where the terms of a ticket are accepted. The ticket stands in the fragment (§4.2)."""
    url = settings.GOOGLE_TOS_V3_URL if backend == Backend.V3 else settings.GOOGLE_TOS_URL
    return str(url).replace("{ticket}", quote(ticket_id, safe=""))
