"""The filters of the audit log. They stand in the URL, so a view can be passed on."""

from datetime import date, datetime, time
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.users.models import User
from accounts.values.text import search_key
from accounts.web.filters import WordsFilter
from portal.audit_log.words import ACTIONS, ACTORS

MAIN = ("person", "action", "since", "until")
_DAY = forms.DateInput({"type": "date"}, "%Y-%m-%d")


class AddressFilter(django_filters.Filter):  # type: ignore[misc]  # untyped library
    """An IP address, or an error."""

    field_class = forms.GenericIPAddressField


class AuditFilter(django_filters.FilterSet):  # type: ignore[misc]  # untyped library
    """Find what was done by who did it, what it was, to what, when and from where."""

    person = WordsFilter(method="by_person", label="Person")
    action = django_filters.ChoiceFilter(
        field_name="tag", choices=ACTIONS, label="Action", empty_label="All actions"
    )
    since = django_filters.DateFilter(method="not_before", label="From", widget=_DAY)
    until = django_filters.DateFilter(method="not_after", label="To", widget=_DAY)
    actor = django_filters.ChoiceFilter(
        field_name="actor_kind",
        choices=list(ACTORS.items()),
        label="Done by",
        empty_label="Everybody",
    )
    object = WordsFilter(method="about", label="Object or its ID")
    ip = AddressFilter(field_name="ip", label="IP address")
    reference = WordsFilter(label="Reference")

    class Meta:
        model = AuditEvent
        fields: tuple[str, ...] = ()

    @property
    def found(self) -> QuerySet[AuditEvent]:
        """What matches; nothing while a filter cannot be understood, rather than everything."""
        rows: QuerySet[AuditEvent] = self.qs
        return rows if self.is_valid() else rows.none()

    def by_person(self, rows: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        """Done by somebody whose name or address contains the words, member or not any more."""
        people = User.objects.filter(search_text__contains=search_key(value))
        return rows.filter(actor__in=people)

    def about(self, rows: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        """Done to what is called so, or has this ID."""
        return rows.filter(Q(search_text__contains=search_key(value)) | Q(target_id=value))

    def not_before(
        self, rows: QuerySet[AuditEvent], name: str, value: date
    ) -> QuerySet[AuditEvent]:
        """Done on this day or later."""
        return rows.filter(created_at__gte=_moment(value, time.min))

    def not_after(self, rows: QuerySet[AuditEvent], name: str, value: date) -> QuerySet[AuditEvent]:
        """Done on this day or earlier."""
        return rows.filter(created_at__lte=_moment(value, time.max))


def _moment(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))


def narrowed(chosen: Any) -> bool:
    """Whether any filter of a URL is set."""
    return any(chosen.data.get(name) for name in chosen.filters)
