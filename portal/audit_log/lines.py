"""One record of the audit log, told in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import reverse

from accounts.audit.events import ActorKind
from accounts.audit.models.event import AuditEvent
from accounts.tenancy.models import Tenant
from portal.audit_log.words import ACTORS, words_for
from provisioning.requests.states import Status

# What has a page of its own that every member may open, and what stands on a list.
_OWN_PAGE = frozenset(
    {
        "provisioning.provisioningrequest",
        "tokens.apikey",
        "tokens.googleconnection",
        "tokens.serviceaccount",
    }
)
_LISTED = {
    "accounts.invitation": "members",
    "accounts.membership": "members",
    "tokens.oauthclient": "credentials",
}
_PAIRS = (("before", "after"), ("old", "new"))
_REASON = "staff_reason"
_STATES = dict(Status.choices)


@dataclass(frozen=True, slots=True)
class Change:
    """What something was before, and what it is since."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.name}: {self.before} → {self.after}" if self.name else self.pair

    @property
    def pair(self) -> str:
        """Both sides, without the name."""
        return f"{self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class Line:
    """A record and what is read of it."""

    event: AuditEvent
    url: str = ""

    @property
    def what(self) -> str:
        return words_for(self.event.tag)

    @property
    def by_staff(self) -> bool:
        """Whether somebody from outside the organisation did it."""
        return self.event.actor_kind == ActorKind.STAFF

    @property
    def who(self) -> str:
        """The person's address; without a person, which part of the portal it was."""
        actor = self.event.actor
        return str(actor) if actor else self.kind

    @property
    def kind(self) -> str:
        """What kind of actor it was."""
        return ACTORS.get(self.event.actor_kind, self.event.actor_kind)

    @property
    def why(self) -> str:
        """The reason that staff gave."""
        return str(self.event.data.get(_REASON, ""))

    @property
    def through(self) -> str:
        """Through what it was done, as far as the record tells."""
        kind = self.event.actor_kind
        if kind == ActorKind.GOOGLE:
            return "An answer of Google"
        if kind == ActorKind.WORKER:
            return "Background work" if self.event.reference else "A command"
        if not self.event.ip:
            return "A command"
        return "Staff pages" if kind == ActorKind.STAFF else "A page of the portal"

    @property
    def changes(self) -> list[Change]:
        data = self.event.data
        named = [("", data), *((_words(name), one) for name, one in data.items())]
        return [
            Change(name, shown(one.get(before)), shown(one.get(after)))
            for name, one in named
            if isinstance(one, dict)
            for before, after in _PAIRS
            if before in one and after in one
        ]

    @property
    def details(self) -> list[tuple[str, str]]:
        """What else was written down."""
        told = {_REASON} | {side for pair in _PAIRS for side in pair}
        return [
            (_words(name), shown(value))
            for name, value in self.event.data.items()
            if name not in told and not isinstance(value, dict) and value not in ("", None)
        ]


def lines(events: Iterable[AuditEvent], tenant: Tenant) -> list[Line]:
    """The records with links to what is still there: one query for each kind of object."""
    events = list(events)
    urls = _urls(events, tenant)
    return [Line(event, urls.get((event.target_type, event.target_id), "")) for event in events]


def _urls(events: list[AuditEvent], tenant: Tenant) -> dict[tuple[str, str], str]:
    wanted: dict[str, set[str]] = {}
    for event in events:
        if event.target_type in _OWN_PAGE or event.target_type in _LISTED:
            wanted.setdefault(event.target_type, set()).add(event.target_id)
    urls = {}
    for kind, ids in wanted.items():
        model = apps.get_model(kind)
        for row in model._default_manager.filter(tenant=tenant, pk__in=ids):
            row.tenant = tenant
            urls[kind, str(row.pk)] = _url(kind, row, tenant)
    return urls


def _url(kind: str, row: Any, tenant: Tenant) -> str:
    if kind in _LISTED:
        return reverse(_LISTED[kind], args=[tenant.slug])
    return str(row.get_absolute_url())


def shown(value: object) -> str:
    """A value of a record as people read it."""
    if value in ("", None):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(_STATES.get(str(value), value))


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
