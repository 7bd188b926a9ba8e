"""Which e-mails went to whom is forgotten after a while; what waits is kept."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.email.models import QueuedEmail
from accounts.email.services.retention import prune_emails
from accounts.members.services.emails import RoleChanged
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants
from accounts.users.models import User
from tests.cast import Cast
from tests.queued_emails import rows
from tokens.encryption.services.restore_hold import PortalIsSealed

NOW = timezone.now()


def stored(
    tenant: Tenant | None, to: User | None, *, days: int, due_at: datetime | None = None
) -> QueuedEmail:
    """An e-mail of so many days ago, settled unless it is due."""
    kind = RoleChanged if tenant else PortalIsSealed
    with across_tenants():
        row = QueuedEmail(tenant=tenant, recipient=to, kind=kind.name, due_at=due_at)
        row.save()
        made = NOW - timedelta(days=days)
        QueuedEmail.objects.filter(pk=row.pk).update(created_at=made)
    return row


@pytest.mark.parametrize(("days", "kept"), [(90, 2), (7, 1), (0, 3)])
def test_what_is_older_than_the_setting_allows_is_forgotten(
    cast: Cast, settings: Settings, days: int, kept: int
) -> None:
    settings.MAIL_RETENTION_DAYS = days
    for age in (1, 30, 91):
        stored(cast.tenant, cast.teammate, days=age)
    prune_emails(NOW)
    assert len(rows()) == kept


def test_what_is_still_to_be_sent_stays_however_old_it_is(cast: Cast) -> None:
    waiting = stored(cast.tenant, cast.teammate, days=400, due_at=NOW)
    assert prune_emails(NOW) == 0
    assert rows() == [waiting]


def test_those_of_every_organisation_and_of_none_are_looked_through(cast: Cast) -> None:
    stored(cast.elsewhere, cast.outsider, days=91)
    stored(cast.tenant, cast.teammate, days=91)
    stored(None, None, days=91)
    assert prune_emails(NOW) == 3
    assert not rows()
