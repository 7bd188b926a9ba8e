"""The verified result, and the steps that complete it."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.tenancy.scope import TenantFirstModel, TenantManager, TenantModel


class ProvisionedAccount(TenantFirstModel):
    """An Analytics account that Google's API confirmed for this request's connection."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.OneToOneField(
        "provisioning.ProvisioningRequest", on_delete=models.CASCADE, related_name="account"
    )
    existing = models.BooleanField(
        default=False, help_text="It existed before, and was picked instead of created."
    )
    account_id = models.CharField(max_length=20)
    account_name = models.CharField(max_length=200)
    property_id = models.CharField(max_length=20, blank=True)
    property_name = models.CharField(max_length=200, blank=True)
    stream_id = models.CharField(max_length=20, blank=True)
    measurement_id = models.CharField(max_length=20, blank=True)
    verified_at = models.DateTimeField(help_text="When Google's API confirmed the account.")

    objects: ClassVar[TenantManager["ProvisionedAccount"]] = TenantManager()

    class Meta:
        verbose_name = "provisioned account"
        ordering = ("-verified_at",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("tenant", "verified_at"), name="accounts_by_day"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # One acceptance makes one account, so one account answers one request,
            # in whatever tenant.
            models.UniqueConstraint(
                fields=("account_id",),
                condition=models.Q(existing=False),
                name="account_created_once",
            ),
            models.UniqueConstraint(
                fields=("tenant", "account_id", "property_id", "stream_id"),
                condition=models.Q(existing=True),
                name="existing_picked_once_a_tenant",
            ),
            models.CheckConstraint(
                condition=~models.Q(account_id=""), name="provisioned_has_account_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_name} ({self.account_id})"

    @property
    def web_url(self) -> str:
        """The account's page in Google Analytics; of v3 only the way in is known."""
        web = str(settings.GOOGLE_ANALYTICS_WEB_URL)
        if self.property_id.startswith("UA-"):
            return web
        place = f"a{self.account_id}p{self.property_id}/admin" if self.property_id else "provision"
        return f"{web}#/{place}"


class ExtraAccount(TenantModel):
    """An account that a ticket made besides the request's own, or after the request had ended.

    Google created it, so its person has to know of it: they delete it at Google, or use it
    for another request.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        "provisioning.ProvisioningRequest", on_delete=models.CASCADE, related_name="extras"
    )
    ticket = models.ForeignKey(
        "provisioning.AccountTicket", on_delete=models.CASCADE, related_name="+"
    )
    account_id = models.CharField(max_length=20, unique=True)
    account_name = models.CharField(max_length=200)
    made_at = models.DateTimeField(null=True, help_text="When it was made, as Google says.")
    certain = models.BooleanField(
        help_text="Whether nothing else can have made it, as far as the portal knows."
    )
    found_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[TenantManager["ExtraAccount"]] = TenantManager()

    class Meta:
        verbose_name = "account made besides"
        verbose_name_plural = "accounts made besides"
        ordering = ("found_at",)

    def __str__(self) -> str:
        return f"{self.account_name} ({self.account_id})"


class StepKind(models.TextChoices):
    """What is set up after the account exists, in this order."""

    PROPERTY = "property", "Property"
    WEB_STREAM = "web_stream", "Web stream"
    VIEW = "view", "View"
    RETENTION = "retention", "Data retention"
    ACCESS = "access", "Access for a colleague"


class StepStatus(models.TextChoices):
    """How far a step is."""

    WAITING = "waiting", "Not yet"
    DONE = "done", "Done"
    FAILING = "failing", "Failing"
    LEFT_OUT = "left_out", "Left out"


class SetupStep(TenantModel):
    """One thing to set up. Each run looks at Google before it creates anything."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        "provisioning.ProvisioningRequest",
        on_delete=models.CASCADE,
        related_name="steps",
        db_index=False,
    )
    kind = models.CharField(max_length=12, choices=StepKind)
    order = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=StepStatus, default=StepStatus.WAITING)
    google_name = models.CharField("Google's name", max_length=100, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[TenantManager["SetupStep"]] = TenantManager()

    class Meta:
        verbose_name = "set-up step"
        ordering = ("order",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("request", "kind"), name="each_step_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_status_display()}"
