"""The filters of the list of requests. They stand in the URL."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from provisioning.models import ProvisioningRequest
from provisioning.states import Status


class RequestFilter(django_filters.FilterSet):  # type: ignore[misc]  # untyped library
    """Search by what people remember of a request, and by its state."""

    q = django_filters.CharFilter(method="search", label="Search")
    status = django_filters.ChoiceFilter(choices=Status, label="State", empty_label="All states")

    class Meta:
        model = ProvisioningRequest
        fields: tuple[str, ...] = ()

    def search(
        self, rows: QuerySet[ProvisioningRequest], name: str, value: Any
    ) -> QuerySet[ProvisioningRequest]:
        """Names, website, Google account, account id or measurement id that contain the words."""
        words = str(value).strip()
        return rows.filter(
            Q(account_name__icontains=words)
            | Q(property_name__icontains=words)
            | Q(website_url__icontains=words)
            | Q(connection__email__icontains=words)
            | Q(account__account_id=words)
            | Q(account__measurement_id__iexact=words)
        )
