"""The base class of every background task that works for a tenant; what runs for people."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from accounts.claims import tenants_with_unlinked_acts
from accounts.models import Tenant
from accounts.services.audit_chain import link_new
from accounts.services.browsers import forget_expired
from accounts.services.error_reports import forget_errors
from accounts.services.leaving_mails import send_leaving_mail
from accounts.services.mail_retention import prune_mails
from accounts.services.member_mails import send_member_mail
from accounts.services.staff_mails import due_staff_mails, send_staff_mail
from accounts.tenancy import tenant_scope


class TenantTask(DjangoTask):  # type: ignore[type-arg]  # generic only in the stubs
    """A task whose first argument is a tenant's id and whose others are ids too.

    Loads the tenant and opens its scope before the task runs, so that
    background work is fenced like a page. A tenant that is gone ends the task.
    """

    abstract = True

    def __call__(self, tenant_id: str, *args: Any, **kwargs: Any) -> Any:
        """Run the task inside its tenant's scope."""
        tenant = Tenant.objects.filter(pk=tenant_id).first()
        if tenant is None:
            return None
        with tenant_scope(tenant), bound_contextvars(tenant=tenant.slug):
            return super().__call__(tenant_id, *args, **kwargs)


@shared_task(name="accounts.link_audit")
def link_audit() -> None:
    """Chain what was recorded lately. What is older, `manage.py verify_audit` chains."""
    since = timezone.now() - timedelta(days=1)
    for tenant in tenants_with_unlinked_acts(since):
        link_new(tenant, since)


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> None:
    """Throw away sessions whose time is over."""
    forget_expired()


@shared_task(name="accounts.forget_mails")
def forget_mails() -> None:
    """Forget which mails went to whom long ago."""
    prune_mails(timezone.now())


@shared_task(name="accounts.mail_staff")
def mail_staff() -> None:
    """Send the mails to staff that are due: in a quarantine too, which one of them is about."""
    for pk in due_staff_mails(timezone.now()):
        send_staff_mail(pk)


@shared_task(name="accounts.forget_errors")
def forget_old_errors() -> None:
    """Forget errors of the portal of long ago."""
    forget_errors(timezone.now())


@shared_task(base=TenantTask, name="accounts.mail")
def mail(tenant_id: str, mail_id: str) -> None:
    """Send one mail about a membership."""
    send_member_mail(UUID(mail_id))


@shared_task(base=TenantTask, name="accounts.leaving_mail")
def leaving_mail(tenant_id: str, mail_id: str) -> None:
    """Tell one owner that the organisation will be deleted, or stays."""
    send_leaving_mail(UUID(mail_id))
