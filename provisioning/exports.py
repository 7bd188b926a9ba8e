"""Requests as a CSV file that spreadsheets can open without running anything in it."""

import csv
from collections.abc import Iterable, Iterator

from provisioning.models import ProvisioningRequest

# What makes a spreadsheet take a cell for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
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


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def as_csv(rows: Iterable[ProvisioningRequest]) -> Iterator[str]:
    """The lines of the file, one for each of `rows`."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(HEADINGS)
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in _cells(row)])


def harmless(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would calculate."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


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
        row.connection.email if row.connection else "",
        account.account_id if account else "",
        account.property_id if account else "",
        account.stream_id if account else "",
        account.measurement_id if account else "",
        row.created_at.isoformat(timespec="seconds"),
        row.updated_at.isoformat(timespec="seconds"),
        row.problem,
    ]
