"""Links with which the owner of a Google account reconnects it without being a member."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.tenancy.scope import TenantManager, TenantModel
from tokens.connections.states import ConnectionStatus

LIFETIME = timedelta(days=7)


class ReconnectLink(TenantModel):
    """One link for one connection: seven days, one successful use.

    Only a hash of its token is kept. Whoever holds the link can do nothing but
    sign in at Google as the very account that the connection belongs to.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(
        "tokens.GoogleConnection", on_delete=models.CASCADE, related_name="links"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects: ClassVar[TenantManager["ReconnectLink"]] = TenantManager()

    class Meta:
        verbose_name = "reconnect link"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"link for {self.connection}"

    @property
    def is_open(self) -> bool:
        """Whether it can still be used. One whose account was disconnected repairs nothing."""
        ended = self.connection.status == ConnectionStatus.DISCONNECTED
        return self.used_at is None and self.expires_at > timezone.now() and not ended
