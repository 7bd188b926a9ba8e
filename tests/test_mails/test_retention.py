"""Which mails went to whom is forgotten after a while, in every outbox; what waits is kept."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.email.models import OutboxMail
from accounts.email.services.retention import prune_mails
from accounts.members.models.mail import MemberMail, MemberNews
from accounts.members.roles import Role
from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast
from tests.outboxes import rows
from tests.rows import connection_row
from tokens.connections.models.mail import ReconnectMail

NOW = timezone.now()


def stored(mail: OutboxMail, *, days: int, waits: bool = False) -> OutboxMail:
    """A mail of so many days ago, settled unless it waits."""
    with tenant_scope(mail.tenant):
        mail.due_at = NOW if waits else None
        mail.save()
        made = NOW - timedelta(days=days)
        type(mail)._default_manager.filter(pk=mail.pk).update(created_at=made)
    return mail


def member_mail(cast: Cast) -> MemberMail:
    return MemberMail(
        tenant=cast.tenant,
        recipient=cast.teammate,
        news=MemberNews.ROLE_CHANGED,
        before=Role.ADMIN,
        after=Role.VIEWER,
    )


@pytest.mark.parametrize(("days", "kept"), [(90, 2), (7, 1), (0, 3)])
def test_what_is_older_than_the_setting_allows_is_forgotten(
    cast: Cast, settings: Settings, days: int, kept: int
) -> None:
    settings.MAIL_RETENTION_DAYS = days
    for age in (1, 30, 91):
        stored(member_mail(cast), days=age)
    prune_mails(NOW)
    assert len(rows(MemberMail)) == kept


def test_what_is_still_to_be_sent_stays_however_old_it_is(cast: Cast) -> None:
    waiting = stored(member_mail(cast), days=400, waits=True)
    assert prune_mails(NOW) == 0
    assert rows(MemberMail) == [waiting]


def test_every_outbox_of_every_organisation_is_looked_through(cast: Cast) -> None:
    connection = connection_row(cast.elsewhere)
    broken = ReconnectMail(
        tenant=cast.elsewhere, recipient=cast.outsider, connection=connection, broken_at_token=1
    )
    stored(broken, days=91)
    stored(member_mail(cast), days=91)
    assert prune_mails(NOW) == 2
    assert not rows(ReconnectMail)
    assert not rows(MemberMail)
