"""The audit log as a CSV file that spreadsheets can open without running anything in it."""

import csv
import json
from collections.abc import Iterable, Iterator

from accounts.models import AuditEvent
from portal.archive import plain_cell
from portal.trail.lines import Line

HEADINGS = (
    "When",
    "Who",
    "Done by",
    "Reason of staff",
    "Action",
    "Tag",
    "Object",
    "Kind of object",
    "Object ID",
    "Change",
    "Data",
    "Through",
    "IP address",
    "Browser",
    "Reference",
    "Record ID",
)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def as_csv(chunks: Iterable[list[AuditEvent]]) -> Iterator[str]:
    """The file in pieces: its headings, then each chunk of records."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(HEADINGS)
    for chunk in chunks:
        rows = ([plain_cell(cell) for cell in _cells(Line(event))] for event in chunk)
        yield "".join(writer.writerow(row) for row in rows)


def _cells(line: Line) -> list[str]:
    event = line.event
    return [
        event.created_at.isoformat(timespec="seconds"),
        line.who,
        line.kind,
        line.why,
        line.what,
        event.tag,
        event.target_label,
        event.target_type,
        event.target_id,
        "; ".join(map(str, line.changes)),
        json.dumps(event.data, ensure_ascii=False),
        line.through,
        event.ip or "",
        event.user_agent,
        event.reference,
        str(event.pk),
    ]
