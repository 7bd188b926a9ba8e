"""E-mails to the portal's staff: written with what they tell of, sent in a quarantine too."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts.audit.events import Event
from accounts.email.models import QueuedEmail
from accounts.email.services.kinds import Content, EmailKind, email_kind
from accounts.email.services.queue import queue
from accounts.email.types import Topic
from accounts.staff.services.error_groups import note_told, untold_errors


class StaffEmail(EmailKind[QueuedEmail]):
    """What everybody in `STAFF_EMAILS` is told. All that it says stands in the e-mail itself."""

    topic, event = Topic.STAFF, Event.STAFF_TOLD

    def targets(self, emails: Sequence[QueuedEmail]) -> dict[str, QueuedEmail]:
        return {email.target_id: email for email in emails}

    def needless(self, email: QueuedEmail, target: QueuedEmail) -> str:
        return "" if settings.ADMINS else "Nobody is in STAFF_EMAILS."

    def addresses(self, email: QueuedEmail, target: QueuedEmail) -> list[str]:
        return [address for _, address in settings.ADMINS]

    def content(self, email: QueuedEmail, targets: list[QueuedEmail]) -> Content:
        return Content(email.data["said"], email.data["path"])


@email_kind
class ServerErrors(StaffEmail):
    """Errors of the portal itself; which, is gathered when it is sent."""

    name, words = "server_errors", "Errors in the portal itself"

    def targets(self, emails: Sequence[QueuedEmail]) -> dict[str, QueuedEmail]:
        path = reverse("admin:accounts_errorreport_changelist")
        for email in emails:
            email.data = {"path": path, "said": untold_errors()}
        return super().targets(emails)

    def sent(self, email: QueuedEmail, target: QueuedEmail) -> None:
        super().sent(email, target)
        note_told(email.data["said"])


def tell_staff(
    kind: type[StaffEmail],
    said: Mapping[str, object] | None = None,
    path: str = "",
    *,
    target_id: object = "",
    due_at: datetime | None = None,
) -> None:
    """Have staff told, in the transaction of what it tells of, unless it waits to be told already.

    `path` leads to the page where they can do something. Sent soon, or not before `due_at`.
    """
    data = {"said": said, "path": path}
    queue([QueuedEmail(kind=kind.name, target_id=str(target_id), data=data)], due_at)
