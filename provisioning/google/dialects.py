"""The register of dialects."""

from provisioning.google.dialect import DialectApi, OpenDialect
from provisioning.google.ga4 import Ga4
from provisioning.models.request import Dialect
from tokens.google.journal import Subject

DIALECTS: dict[Dialect, OpenDialect] = {Dialect.GA4: Ga4}


def open_dialect(name: str, token: str, subject: Subject) -> DialectApi:
    """The dialect `name`, ready to be used with `token`."""
    return DIALECTS[Dialect(name)](token, subject)
