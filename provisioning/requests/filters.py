"""The filters of the list of requests. They stand in the URL, so a view can be passed on."""

from typing import Any

import django_filters
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.values.email_address import in_addresses
from accounts.values.ids import as_id
from accounts.values.text import search_key
from accounts.web.filters import WordsFilter
from provisioning.requests.models.request import ProvisioningRequest, RequestQuerySet
from provisioning.requests.states import Status, worked_on
from tokens.connections.models.connection import GoogleConnection

PERSON, WORKER = "person", "worker"
_STATES = [
    (PERSON, "All that need a person"),
    (WORKER, "All that run by themselves"),
    *Status.choices,
]
SIZES = (25, 50, 100)


class Sort(models.TextChoices):
    """In which order requests are listed."""

    CHANGED = "changed", "Newest change first"
    UNCHANGED = "-changed", "Oldest change first"
    NEWEST = "created", "Newest request first"
    OLDEST = "-created", "Oldest request first"
    NAME = "name", "Name"


# Each is served by an index of the table; the key is what makes the order total.
_ORDERS: dict[str, tuple[str, str]] = {
    Sort.CHANGED: ("-updated_at", "-pk"),
    Sort.UNCHANGED: ("updated_at", "pk"),
    Sort.NEWEST: ("-created_at", "-pk"),
    Sort.OLDEST: ("created_at", "pk"),
    Sort.NAME: ("account_name", "pk"),
}


def _connections(request: HttpRequest | None) -> QuerySet[GoogleConnection]:
    return GoogleConnection.objects.only("email")


class RequestFilter(django_filters.FilterSet):  # type: ignore[misc]  # untyped library
    """Search by what people remember of a request, narrow by state and account, sort."""

    q = WordsFilter(method="search", label="Search")
    status = django_filters.ChoiceFilter(
        choices=_STATES, method="in_state", label="State", empty_label="All states"
    )
    connection = django_filters.ModelChoiceFilter(
        queryset=_connections, label="Google account", empty_label="All accounts"
    )
    sort = django_filters.ChoiceFilter(
        choices=Sort.choices[1:],
        method="in_order",
        label="Order",
        empty_label=Sort.CHANGED.label,
    )
    size = django_filters.ChoiceFilter(
        choices=[(str(size), str(size)) for size in SIZES[1:]],
        method="as_it_is",
        label="Rows on a page",
        empty_label=str(SIZES[0]),
    )

    class Meta:
        model = ProvisioningRequest
        fields: tuple[str, ...] = ()

    @property
    def found(self) -> RequestQuerySet:
        """What matches; nothing while a filter cannot be understood, rather than everything."""
        rows: RequestQuerySet = self.qs
        return rows if self.is_valid() else rows.none()

    @property
    def rows_on_a_page(self) -> int:
        """The chosen size of a page."""
        chosen = self.form.cleaned_data.get("size") if self.is_valid() else None
        return int(chosen or SIZES[0])

    def search(self, rows: RequestQuerySet, name: str, value: Any) -> RequestQuerySet:
        """Names, website or Google account that contain the words; or an id that is them."""
        words, key = str(value), search_key(str(value))
        wanted = (
            Q(search_text__contains=key)
            | Q(connection__email__icontains=in_addresses(words))
            | Q(account__account_id=words)
            | Q(account__property_id=words)
            | Q(account__measurement_id__iexact=words)
        )
        return rows.filter(wanted | Q(pk=as_id(words)) if as_id(words) else wanted)

    def in_state(self, rows: RequestQuerySet, name: str, value: str) -> RequestQuerySet:
        """One state, or all states that somebody else has to leave."""
        if value == PERSON:
            return rows.needing_a_person()
        return rows.filter(status__in=worked_on()) if value == WORKER else rows.filter(status=value)

    def in_order(self, rows: RequestQuerySet, name: str, value: str) -> RequestQuerySet:
        return rows.order_by(*_ORDERS[value])

    def as_it_is(self, rows: RequestQuerySet, name: str, value: str) -> RequestQuerySet:
        """The size of a page narrows nothing."""
        return rows
