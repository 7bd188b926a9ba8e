"""Staff look at a tenant's pages as a viewer would, for a while, and it is recorded."""

import time

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from accounts.audit.events import Event
from accounts.audit.recording import Actor, record
from accounts.members.policies import SUPPORT_VIEW
from accounts.tenancy.models import Tenant

SUPPORT_MINUTES = 30


@transaction.atomic
def start_support(session: SessionBase, tenant: Tenant, actor: Actor) -> None:
    """Open `tenant`'s pages, read-only, to this session for half an hour.

    The record stands in the tenant's own audit log, with the reason: customers
    see who looked.
    """
    session[SUPPORT_VIEW] = {"slug": tenant.slug, "until": time.time() + SUPPORT_MINUTES * 60}
    record(Event.SUPPORT_STARTED, actor, target=tenant, tenant_id=tenant.pk)


@transaction.atomic
def end_support(session: SessionBase, actor: Actor) -> None:
    """Close the support view of this session, if there is one."""
    opened = session.pop(SUPPORT_VIEW, None)
    tenant = opened and Tenant.objects.filter(slug=opened["slug"]).first()
    if tenant:
        record(Event.SUPPORT_ENDED, actor, target=tenant, tenant_id=tenant.pk)
