"""Writes down every exchange with Google, redacted by allow-list.

What is not on a list is replaced by its length, so a field that Google adds
tomorrow is hidden until somebody has decided that it may be seen.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from accounts.audit import reference_id
from tokens.models import Exchange

_SHOWN = frozenset(
    {
        # OAuth (contract §1.2): what was asked and answered, never with what.
        "grant_type",
        "redirect_uri",
        "scope",
        "expires_in",
        "refresh_token_expires_in",
        "token_type",
        "error",
        "error_description",
        "error_subtype",
        "error_uri",
        # Admin API (contract §4) and Google's error bodies (contract §10).
        "account",
        "accounts",
        "accountSummaries",
        "propertySummaries",
        "displayName",
        "regionCode",
        "createTime",
        "updateTime",
        "deleted",
        "name",
        "parent",
        "property",
        "properties",
        "propertyType",
        "timeZone",
        "currencyCode",
        "industryCategory",
        "serviceLevel",
        "dataStreams",
        "type",
        "webStreamData",
        "defaultUri",
        "measurementId",
        "redirectUri",
        "canEdit",
        "code",
        "message",
        "status",
        "details",
        "reason",
        "domain",
        "metadata",
        "retryDelay",
        "@type",
        "service",
        "consumer",
        "fieldViolations",
        "description",
        "field",
        "errors",
    }
)
# `code` is Google's status number in error bodies, and a secret in OAuth forms.
_SECRET_IN_FORMS = frozenset({"code"})
_MAX_ITEMS = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """For whom an exchange is done: tenant, connection, and the request or trip served."""

    tenant_id: UUID
    connection_id: UUID | None = None
    subject_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange, before redaction."""

    method: str
    url: str
    request_body: Any
    status: int | None
    response_body: Any
    duration_ms: int
    error: str = ""


def write(subject: Subject, entry: Entry) -> Exchange:
    """Keep `entry`, redacted. The query of the URL is left out as a whole."""
    parts = urlsplit(entry.url)
    form = entry.request_body if isinstance(entry.request_body, dict) else {}
    return Exchange._base_manager.create(
        tenant_id=subject.tenant_id,
        connection_id=subject.connection_id,
        subject=subject.subject_id,
        reference=reference_id(),
        method=entry.method,
        url=urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))[:500],
        request_body=redacted({k: v for k, v in form.items() if k not in _SECRET_IN_FORMS}),
        status=entry.status,
        response_body=redacted(entry.response_body) if entry.response_body else {},
        duration_ms=entry.duration_ms,
        error=entry.error,
    )


def redacted(value: Any, name: str = "") -> Any:
    """`value` with every field that is not on the allow-list replaced by its length."""
    if isinstance(value, dict):
        return {key: redacted(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [redacted(inner, name) for inner in value[:_MAX_ITEMS]]
    if not name or name in _SHOWN:
        return value if isinstance(value, (int, float, bool, type(None))) else str(value)[:500]
    return f"[{len(str(value))} characters]"
