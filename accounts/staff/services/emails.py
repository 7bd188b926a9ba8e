"""Mails to the portal's staff: written with what they tell of, sent by a worker, kept trying."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts.audit.events import Event
from accounts.audit.recording import by_worker, record
from accounts.email.models import StaffMail
from accounts.email.services.queue import drop, leased, message_id, send
from accounts.email.services.rendering import Extras, to_staff
from accounts.staff.services.error_groups import ERRORS, note_told, untold_errors


def tell_staff(mail: StaffMail, due_at: datetime | None = None) -> None:
    """Note `mail`, in the transaction of what it tells of, unless one like it waits already.

    It is sent soon, or not before `due_at`.
    """
    mail.due_at = due_at or timezone.now()
    # Of two that tell of it at once, the constraint lets one through.
    StaffMail.objects.bulk_create([mail], ignore_conflicts=True)


def is_over(about: str) -> None:
    """Tell nobody any more, in the transaction in which what was to be told ends."""
    waiting = StaffMail.objects.filter(due_at__isnull=False, about=about)
    waiting.update(due_at=None, dropped_because="It is over.")


def due_staff_mails(now: datetime) -> list[UUID]:
    """Those to be sent, longest waiting first. They belong to no tenant."""
    due = StaffMail.objects.filter(due_at__lte=now).order_by("due_at")
    return list(due.values_list("pk", flat=True))


def send_staff_mail(pk: UUID) -> None:
    """Send one mail that is due to everybody in `STAFF_EMAILS`."""
    for mail in leased(StaffMail.objects.filter(pk=pk)):
        if not settings.ADMINS:
            drop(mail, "Nobody is in STAFF_EMAILS.")
            continue
        if mail.about == ERRORS:
            mail.said = untold_errors()
            StaffMail.objects.filter(pk=mail.pk, fencing_token=mail.fencing_token).update(
                said=mail.said
            )
        send([mail], partial(staff_email, mail), _sent)


def _sent(mail: StaffMail) -> None:
    record(Event.STAFF_TOLD, by_worker(), target=mail)
    if mail.about == ERRORS:
        note_told(mail.said)


def staff_email(mail: StaffMail) -> EmailMultiAlternatives:
    """What staff read."""
    extras = Extras(headers=message_id("staff", [mail]))
    return to_staff(mail.template, link=mail.link, extras=extras, **mail.said)
