"""Invitations: how a person gets into a tenant."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.members.roles import Role
from accounts.tenancy.scope import TenantManager, TenantModel
from accounts.values.email_address import shown
from accounts.values.model_fields import AddressField

LIFETIME = timedelta(hours=72)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Reads of invitations."""

    def pending(self) -> "InvitationQuerySet":
        """Those that nobody has answered and nobody took back, whether or not they expired."""
        return self.filter(accepted_at=None, revoked_at=None)

    def usable(self) -> "InvitationQuerySet":
        """Those that let somebody in now.

        Columns of this table only: an update over a join reads the rows that it
        waited for as they were before, so that several people would win.
        """
        return self.pending().filter(expires_at__gt=timezone.now())


InvitationManager = TenantManager.from_queryset(InvitationQuerySet)


class Invitation(TenantModel):
    """That whoever owns this address may become a member, once, until it expires."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = AddressField("e-mail address")
    role = models.CharField(max_length=10, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InvitationManager()

    class Meta:
        ordering = ("email",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("tenant", "email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_pending_invitation_each",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="known_role_of_invitation"
            ),
        ]

    def __str__(self) -> str:
        return shown(self.email)

    @property
    def is_usable(self) -> bool:
        """Whether it lets somebody in now."""
        over = self.accepted_at or self.revoked_at or self.tenant.deleted_at
        return not over and self.expires_at > timezone.now()
