"""The audit log as a CSV file."""

import json
from collections.abc import Iterable, Iterator

from accounts.audit.models.event import AuditEvent
from accounts.values.spreadsheet import csv_pieces
from portal.audit_log.lines import Line

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


def as_csv(chunks: Iterable[list[AuditEvent]]) -> Iterator[str]:
    """The file in pieces: its headings, then each chunk of records."""
    return csv_pieces(HEADINGS, ((_cells(Line(event)) for event in chunk) for chunk in chunks))


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
