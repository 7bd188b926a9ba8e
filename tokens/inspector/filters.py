"""The filters of the list of exchanges. They stand in the URL, so a view can be passed on."""

from datetime import date, datetime, time
from typing import Any

import django_filters
from django import forms
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from accounts.web.filters import WordsFilter
from tokens.connections.models.connection import GoogleConnection
from tokens.exchanges.models import EXPECTED, Exchange, ExchangeQuerySet
from tokens.google.errors import SENTENCES


class Result(models.TextChoices):
    """How an exchange ended."""

    OK = "ok", "Answered as wished"
    ERROR = "error", "Answered with an error"
    SILENCE = "none", "No answer"


_OF_RESULT: dict[str, models.Q] = {
    Result.OK: models.Q(status__lt=400, error="") | models.Q(error__in=EXPECTED),
    Result.ERROR: models.Q(status__isnull=False)
    & (models.Q(status__gte=400) | ~models.Q(error=""))
    & ~models.Q(error__in=EXPECTED),
    Result.SILENCE: models.Q(status=None),
}
_ERRORS = [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in SENTENCES]


def _connections(request: HttpRequest | None) -> models.QuerySet[GoogleConnection]:
    return GoogleConnection.objects.only("email")


class ExchangeFilter(django_filters.FilterSet):  # type: ignore[misc]  # untyped library
    """Find an exchange by what was called, for what, how it ended, and when."""

    q = WordsFilter(field_name="url", lookup_expr="icontains", label="Address")
    result = django_filters.ChoiceFilter(
        choices=Result, method="ended", label="Result", empty_label="All results"
    )
    connection = django_filters.ModelChoiceFilter(
        queryset=_connections, label="Google account", empty_label="All accounts"
    )
    error = django_filters.ChoiceFilter(choices=_ERRORS, label="Error", empty_label="All errors")
    since = django_filters.DateFilter(
        method="not_before", label="From", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    until = django_filters.DateFilter(
        method="not_after", label="To", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    # To the second, for links from elsewhere; people choose days.
    after = django_filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="gte", widget=forms.HiddenInput
    )
    before = django_filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="lt", widget=forms.HiddenInput
    )
    reference = WordsFilter(label="Reference")
    subject = django_filters.UUIDFilter(
        label="Request or trip ID",
        error_messages={"invalid": "This is no ID of a request or trip."},
    )

    class Meta:
        model = Exchange
        fields: tuple[str, ...] = ()

    @property
    def found(self) -> ExchangeQuerySet:
        """What matches; nothing while a filter cannot be understood, rather than everything."""
        rows: ExchangeQuerySet = self.qs
        return rows if self.is_valid() else rows.none()

    def ended(self, rows: ExchangeQuerySet, name: str, value: Any) -> ExchangeQuerySet:
        """Exchanges that ended in this way."""
        return rows.filter(_OF_RESULT[value])

    def not_before(self, rows: ExchangeQuerySet, name: str, value: date) -> ExchangeQuerySet:
        """Exchanges of this day and later."""
        return rows.filter(created_at__gte=_moment(value, time.min))

    def not_after(self, rows: ExchangeQuerySet, name: str, value: date) -> ExchangeQuerySet:
        """Exchanges of this day and earlier."""
        return rows.filter(created_at__lte=_moment(value, time.max))


def _moment(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))
