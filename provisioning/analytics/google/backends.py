"""The register of dialects: how each is opened, and where each one's terms stand."""

from urllib.parse import quote

from django.conf import settings

from provisioning.analytics.dialects import Dialect
from provisioning.analytics.google.backend import DialectApi, OpenDialect
from provisioning.analytics.google.catalogue import Catalogue, OpenCatalogue
from provisioning.analytics.google.ga4 import Ga4
from provisioning.analytics.google.ga4_catalogue import Ga4Catalogue
from provisioning.analytics.google.v3 import V3
from provisioning.analytics.google.v3_catalogue import V3Catalogue
from tokens.exchanges.recording import Subject
from tokens.google.errors import ErrorKind, GoogleError, Trouble

DIALECTS: dict[Dialect, OpenDialect] = {Dialect.GA4: Ga4, Dialect.V3: V3}
CATALOGUES: dict[Dialect, OpenCatalogue] = {
    Dialect.GA4: Ga4Catalogue,
    Dialect.V3: V3Catalogue,
}


def open_dialect(name: str, token: str, subject: Subject) -> DialectApi:
    """The dialect `name`, ready to be used with `token`.

    Raises:
        GoogleError: the portal does not offer this dialect (any more).
    """
    return DIALECTS[_served(name)](token, subject)


def open_catalogue(name: str, token: str, subject: Subject) -> Catalogue:
    """What exists already in the dialect `name`, ready to be read with `token`.

    Raises:
        GoogleError: the portal does not offer this dialect (any more).
    """
    return CATALOGUES[_served(name)](token, subject)


def _served(name: str) -> Dialect:
    if name not in offered():
        message = "GOOGLE_PROVISIONING_V3 is off in the portal's settings"
        raise GoogleError(Trouble(ErrorKind.API_GONE, message=message))
    return Dialect(name)


def offered() -> list[Dialect]:
    """The dialects that people may choose here."""
    return [Dialect.GA4, Dialect.V3] if settings.GOOGLE_PROVISIONING_V3 else [Dialect.GA4]


def terms_url(dialect: str, ticket_id: str) -> str:
    """Where the terms of a ticket are accepted. The ticket stands in the fragment (§4.2)."""
    url = settings.GOOGLE_TOS_V3_URL if dialect == Dialect.V3 else settings.GOOGLE_TOS_URL
    return str(url).replace("{ticket}", quote(ticket_id, safe=""))
