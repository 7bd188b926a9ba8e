"""The audit record: append-only, who did what to which object, when and from where."""

import uuid
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models

from accounts.audit.events import ActorKind
from accounts.tenancy.scope import TenantManager
from accounts.values.model_fields import SearchTextField


class AuditEvent(models.Model):
    """One thing that was done. Written by `accounts.audit.recording.record()` only.

    `tenant` is empty for what concerns no tenant (signing up). Rows can be
    neither changed nor deleted through the model; triggers refuse it below. A chain of
    hashes lies over them (`AuditLink`). A deleted organisation takes its own along
    (`accounts.offboarding.services.erasure`), after its keys are destroyed and not before.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(
        "accounts.Tenant",
        null=True,
        on_delete=models.CASCADE,
        related_name="audit_events",
        db_index=False,
    )
    tag = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=10, choices=[(k.value, k.name) for k in ActorKind])
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=40, blank=True)
    target_label = models.CharField(max_length=200, blank=True)
    search_text = SearchTextField(sources=("target_label",))
    data = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)
    reference = models.CharField("reference id", max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[TenantManager["AuditEvent"]] = TenantManager()

    class Meta:
        ordering = ("-created_at",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("tenant", "-created_at"), name="audit_by_tenant"),
            models.Index(fields=("created_at",), name="audit_by_time"),
            models.Index(fields=("target_type", "target_id"), name="audit_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.tag} {self.target_label}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert. A second save raises, because a record that can be edited proves nothing."""
        if not self._state.adding:
            raise TypeError("An audit event cannot be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("An audit event cannot be deleted.")
