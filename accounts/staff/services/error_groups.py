"""Errors that staff have not been told of, grouped for one mail."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Max, Min
from django.utils import timezone

from accounts.staff.models import ErrorReport

# Kinds that a mail names one by one.
_NAMED = 10


def untold_errors() -> dict[str, Any]:
    """What a mail says: `total`, `until` (the newest row in it), and a line for each kind."""
    untold = ErrorReport.objects.filter(told_at=None)
    until = untold.aggregate(newest=Max("pk"))["newest"] or 0
    alike = (
        untold.filter(pk__lte=until)
        .values("kind", "place", "page")
        .annotate(times=Count("pk"), first=Min("created_at"), newest=Max("pk"))
        .order_by("-times", "kind", "place", "page")
    )
    groups = list(alike)
    shown = groups[:_NAMED]
    references = dict(
        ErrorReport.objects.filter(pk__in=[group["newest"] for group in shown]).values_list(
            "pk", "reference"
        )
    )
    return {
        "total": sum(group["times"] for group in groups),
        "until": until,
        "kinds": [
            f"{group['times']} times {group['kind']} at {group['place']} ({group['page']}), since "
            f"{group['first']:%Y-%m-%d %H:%M} UTC, last reference {references[group['newest']]}"
            for group in shown
        ],
        "more": len(groups) - len(shown),
    }


def note_told(said: Mapping[str, Any]) -> None:
    """Staff have read of these, in the transaction that notes that the mail went out."""
    ErrorReport.objects.filter(told_at=None, pk__lte=said["until"]).update(told_at=timezone.now())
