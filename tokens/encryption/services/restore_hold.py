"""Quarantine: begun after a restore, ended when every secret has been opened, or by staff."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.audit.recording import Actor, by_worker, record
from accounts.email.models import QueuedEmail
from accounts.email.services.kinds import email_kind
from accounts.email.services.queue import is_over
from accounts.staff.services.emails import StaffEmail, tell_staff
from tokens.encryption.availability import key_availability
from tokens.encryption.models.master_key import KeyReport
from tokens.encryption.models.restore_hold import RestoreHold
from tokens.encryption.services.decrypt_check import Inspection, inspect
from tokens.events import Event

# When something does not open, somebody has to look; the doctor looks again now and then.
_AGAIN = timedelta(minutes=10)
_REMIND = timedelta(hours=6)


@email_kind
class QuarantineStays(StaffEmail):
    """That a quarantine does not end by itself."""

    name, words = "quarantine_stays", "Stored secrets do not open"


@email_kind
class PortalIsSealed(StaffEmail):
    """That a key is missing without which nothing secret opens."""

    name, words = "portal_sealed", "A master key is missing"


@transaction.atomic
def begin_restore_hold(reason: str, actor: Actor) -> RestoreHold:
    """Let nothing be refreshed until the doctor has passed; joins one that has begun."""
    row, began = RestoreHold.objects.get_or_create(ended_at=None, defaults={"reason": reason[:200]})
    if began:
        record(Event.QUARANTINE_BEGAN, actor, target=row, reason=row.reason)
    return row


def quarantine_after_silence(now: datetime) -> None:
    """Begin one when no process has reported for long: so looks a restored backup."""
    last = KeyReport.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    silence = timedelta(minutes=settings.QUARANTINE_AFTER_MINUTES)
    if last is None or not silence or now - last < silence:
        return
    begin_restore_hold(
        f"No process had reported since {last:%Y-%m-%d %H:%M} UTC, as after a restore.",
        by_worker(),
    )


def leave_if_well() -> bool:
    """Let the doctor look, if a quarantine waits for it; returns whether it has ended."""
    now = timezone.now()
    row = RestoreHold.objects.filter(ended_at=None).first()
    if row is None or not key_availability().is_open:
        return False
    if row.inspected_at is not None and row.inspected_at > now - _AGAIN:
        return False
    found = Inspection()
    for found in inspect():  # noqa: B007  # the last one says it all
        pass
    return judge(row, found, by_worker())


@transaction.atomic
def judge(row: RestoreHold, found: Inspection, actor: Actor) -> bool:
    """Write what the doctor found, and end the quarantine when all is well."""
    is_news = row.inspected_at is None or row.failed != found.unopened
    row.inspected_at = timezone.now()
    row.opened, row.failed = found.opened.total(), found.unopened
    row.save(update_fields=["inspected_at", "opened", "failed"])
    if found.is_green:
        return end_restore_hold(row, actor)
    if is_news:
        said = {"failed": row.failed, "all": row.failed + row.opened}
        path = reverse("admin:tokens_restorehold_change", args=[row.pk])
        tell_staff(QuarantineStays, said, path, target_id=row.pk)
    return False


def tell_of_lock(now: datetime) -> None:
    """Tell staff that the portal is sealed, and again every few hours as long as it is.

    Processes may hold different keys and think differently: one mail serves them all.
    """
    why = key_availability().missing
    told = QueuedEmail.of_portal().filter(kind=PortalIsSealed.name, created_at__gt=now - _REMIND)
    if why and not told.exists():
        path = reverse("admin:tokens_masterkey_changelist")
        tell_staff(PortalIsSealed, {"why": " ".join(why)}, path)
    elif not why:
        is_over(PortalIsSealed)


@transaction.atomic
def end_restore_hold(row: RestoreHold, actor: Actor) -> bool:
    """Let work go on. Returns whether that is news."""
    ended = RestoreHold.objects.filter(pk=row.pk, ended_at=None).update(ended_at=timezone.now())
    if ended:
        record(Event.QUARANTINE_ENDED, actor, target=row, opened=row.opened, failed=row.failed)
        is_over(QuarantineStays, row.pk)
    return bool(ended)
