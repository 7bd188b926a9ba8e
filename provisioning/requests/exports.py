"""Requests as a CSV file."""

from collections.abc import Iterable, Iterator

from accounts.values.spreadsheet import csv_pieces
from provisioning.requests.models.request import ProvisioningRequest

HEADINGS = (
    "Request ID",
    "State",
    "Account name",
    "Property name",
    "Website",
    "Time zone",
    "Region",
    "Google account",
    "Account ID",
    "Property ID",
    "Stream ID",
    "Measurement ID",
    "Requested at",
    "Changed at",
    "Problem",
)


def as_csv(chunks: Iterable[list[ProvisioningRequest]]) -> Iterator[str]:
    """The file in pieces: its headings, then each chunk of requests."""
    return csv_pieces(HEADINGS, (map(_cells, chunk) for chunk in chunks))


def _cells(row: ProvisioningRequest) -> list[str]:
    account = row.provisioned
    return [
        str(row.pk),
        row.get_status_display(),
        row.account_name,
        row.property_name,
        row.website_url,
        row.time_zone,
        row.region_code,
        row.connection.email if row.connection else row.read_through,
        account.account_id if account else "",
        account.property_id if account else "",
        account.stream_id if account else "",
        account.measurement_id if account else "",
        row.created_at.isoformat(timespec="seconds"),
        row.updated_at.isoformat(timespec="seconds"),
        row.problem,
    ]
