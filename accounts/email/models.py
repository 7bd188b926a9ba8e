"""The queue of e-mails: written down with what they tell of, and sent by a worker."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import TenantManager
from accounts.users.models import User


class QueuedEmail(models.Model):
    """One e-mail to one recipient, which waits, went out, or was needed no more.

    Written in the transaction of what it tells of, so neither exists without the
    other. `kind` names a class of `accounts.email.services.kinds`, which knows what it says and
    until when. It tells of the row `target_id`, whose table the kind knows. `occasion`
    tells one time from the next, so that of each is told once. Holds no secret: links
    are made when it is sent.
    """

    # For how long who has leased it may take.
    LEASE: ClassVar[timedelta] = timedelta(seconds=settings.EMAIL_TIMEOUT * 3)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    target_id = models.CharField("what it tells of", max_length=40, blank=True)
    occasion = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True, db_index=True)
    fencing_token = models.PositiveBigIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)
    dropped_because = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[TenantManager["QueuedEmail"]] = TenantManager()

    class Meta:
        verbose_name = "e-mail"
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("target_id", "kind", "occasion", "recipient"),
                condition=~models.Q(occasion=""),
                name="one_email_for_each_occasion",
            ),
            models.UniqueConstraint(
                fields=("target_id", "kind"),
                condition=models.Q(tenant=None, occasion="", due_at__isnull=False),
                name="told_once_while_it_waits",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("target_id", "kind"), name="emails_about_target"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}" if self.recipient else self.kind

    @classmethod
    def of_portal(cls) -> models.QuerySet["QueuedEmail"]:
        """Those that belong to no tenant: to staff, and to owners of organisations that are gone.

        Whatever scope is open.
        """
        return cls._base_manager.filter(tenant=None)

    @property
    def whose(self) -> Tenant:
        """The tenant that it belongs to.

        Raises:
            ValueError: it belongs to none.
        """
        if self.tenant is None:
            raise ValueError(f"{self} belongs to no tenant.")
        return self.tenant

    @property
    def person(self) -> User:
        """Whom it is to.

        Raises:
            ValueError: it is to an address, or to staff.
        """
        if self.recipient is None:
            raise ValueError(f"{self} is to no person.")
        return self.recipient

    @property
    def is_unsent(self) -> bool:
        """Whether a mail server has refused it so far."""
        return self.sent_at is None and bool(self.problem)
