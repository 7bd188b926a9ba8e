"""The wish: an Analytics account for a website."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts.tenancy import TenantManager, TenantModel
from provisioning.states import FACES, NEEDS_A_PERSON, Face, FailureReason, Status

if TYPE_CHECKING:
    from provisioning.models.account import ProvisionedAccount
    from provisioning.models.attempt import AccountTicket


class Dialect(models.TextChoices):
    """Which of Google's APIs a request is made through."""

    GA4 = "ga4", "Google Analytics 4 (Admin API)"


class RequestQuerySet(models.QuerySet["ProvisioningRequest"]):
    """Reads of requests."""

    def for_lists(self) -> "RequestQuerySet":
        """With all that a row of a list shows, newest change first."""
        return self.select_related("connection", "account").order_by("-updated_at")

    def needing_a_person(self) -> "RequestQuerySet":
        """Requests that wait for somebody to do something."""
        return self.filter(status__in=NEEDS_A_PERSON)


RequestManager = TenantManager.from_queryset(RequestQuerySet)


class ProvisioningRequest(TenantModel):
    """One account wished for, and where the wish stands.

    `status` is written by `provisioning.services.moves` only. `due_at` says when
    a worker has something to do; who claims it raises `fence` and may write only
    while the fence is still the one it raised.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # What the form carried, so that a double click or a reload makes one request.
    submission = models.UUIDField(default=uuid.uuid4, editable=False)
    dialect = models.CharField(max_length=4, choices=Dialect, default=Dialect.GA4)
    connection = models.ForeignKey(
        "tokens.GoogleConnection", null=True, on_delete=models.PROTECT, related_name="requests"
    )
    authorization = models.ForeignKey(
        "tokens.Authorization", null=True, on_delete=models.SET_NULL, related_name="requests"
    )

    account_name = models.CharField(max_length=100)
    property_name = models.CharField(max_length=100)
    stream_name = models.CharField(max_length=255)
    website_url = models.CharField("website", max_length=500)
    time_zone = models.CharField(max_length=64)
    region_code = models.CharField("region", max_length=2)

    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    failure = models.CharField(max_length=20, choices=FailureReason, blank=True)
    problem = models.CharField(
        max_length=300, blank=True, help_text="The last thing that went wrong, as a sentence."
    )
    due_at = models.DateTimeField(null=True, db_index=True)
    fence = models.PositiveBigIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(
        default=0, help_text="Tries of the current step; a move to another step starts anew."
    )

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RequestManager()

    account: "ProvisionedAccount"

    class Meta:
        verbose_name = "provisioning request"
        ordering = ("-updated_at",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("tenant", "status"), name="requests_by_status"),
            models.Index(fields=("tenant", "-updated_at"), name="requests_by_change"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("tenant", "submission"), name="one_request_per_form"),
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="known_request_status"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=("draft", "authorizing", "cancelled"))
                | models.Q(connection__isnull=False),
                name="worked_request_has_connection",
            ),
        ]

    def __str__(self) -> str:
        return self.account_name

    def get_absolute_url(self) -> str:
        """The request's page, inside its tenant."""
        return reverse("request", args=[self.tenant.slug, self.pk])

    @property
    def face(self) -> Face:
        """How this request's state is shown."""
        return FACES[Status(self.status)]

    @property
    def host(self) -> str:
        """The website without its scheme, as people say it."""
        return self.website_url.partition("://")[2].rstrip("/") or self.website_url

    @property
    def provisioned(self) -> "ProvisionedAccount | None":
        """The verified result, once there is one."""
        return getattr(self, "account", None)

    def current_ticket(self) -> "AccountTicket | None":
        """The newest ticket, whatever became of it."""
        return self.tickets.order_by("-created_at").first()
