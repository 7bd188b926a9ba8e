"""The wish: an Analytics account for a website."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts.tenancy.scope import TenantFirstModel, TenantManager
from accounts.values.model_fields import AddressField, SearchableModel, SearchTextField
from accounts.values.website_url import host_shown
from provisioning.analytics.backends import Backend
from provisioning.requests.display import display_of, display_with_account
from provisioning.requests.same_website import spellings
from provisioning.requests.states import NEEDS_A_PERSON, FailureReason, Status, StatusDisplay

if TYPE_CHECKING:
    from provisioning.requests.models.account import ProvisionedAccount
    from provisioning.requests.models.attempt import AccountTicket


class Retention(models.TextChoices):
    """For how long Google keeps events; longer needs the paid edition."""

    TWO_MONTHS = "TWO_MONTHS", "2 months"
    FOURTEEN_MONTHS = "FOURTEEN_MONTHS", "14 months"


class AccessRole(models.TextChoices):
    """What somebody who is given access may do, by Google's names."""

    VIEWER = "viewer", "Viewer"
    ANALYST = "analyst", "Analyst"
    EDITOR = "editor", "Editor"
    ADMIN = "admin", "Administrator"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account of which a person has to say whether it is the one."""

    account_id: str
    name: str
    created_at: datetime | None


class RequestQuerySet(models.QuerySet["ProvisioningRequest"]):
    """Reads of requests."""

    def update(self, **written: Any) -> int:
        """As Django's; names and website are written together, with what they are found by.

        Raises:
            KeyError: only some of them are written.
        """
        field = self.model._meta.get_field("search_text")
        if not written.keys().isdisjoint(field.sources):
            written["search_text"] = field.of(written)
        return super().update(**written)

    def for_lists(self) -> "RequestQuerySet":
        """With all that a row of a list shows, newest change first."""
        return self.select_related("connection", "account").order_by("-updated_at", "-pk")

    def after(self, row: "ProvisioningRequest") -> "RequestQuerySet":
        """What comes behind `row`, newest request first."""
        same = models.Q(created_at=row.created_at, pk__lt=row.pk)
        return self.filter(models.Q(created_at__lt=row.created_at) | same)

    def with_details(self) -> "RequestQuerySet":
        """Requests of which all is known."""
        return self.exclude(status=Status.DRAFT)

    def for_website(self, website: str) -> "RequestQuerySet":
        """Requests for the same website that stand, newest first.

        Without those that were cancelled, or that no API of Google's can answer any more.
        """
        rows = self.filter(website_url__in=spellings(website)).exclude(status=Status.CANCELLED)
        rows = rows.exclude(status=Status.FAILED, failure=FailureReason.API_GONE)
        return rows.select_related("connection", "account", "tenant").order_by("-created_at", "-pk")

    def needing_a_person(self) -> "RequestQuerySet":
        """Requests that wait for somebody to do something.

        The very list of the index of these states, in its order, so that PostgreSQL knows it
        again. SQLite sees through no parameters: it reads the newest changes until it has enough.
        """
        return self.filter(status__in=sorted(NEEDS_A_PERSON))


RequestManager = TenantManager.from_queryset(RequestQuerySet)


class ProvisioningRequest(SearchableModel, TenantFirstModel):
    """One account wished for, and where the wish stands.

    `status` is written by `provisioning.requests.services.transitions` only. `due_at` says when
    a worker has something to do; who leases it raises `fencing_token` and may write only
    while the fencing token is still the one it raised.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # What the form carried, so that a double click or a reload makes one request.
    submission = models.UUIDField(default=uuid.uuid4, editable=False)
    backend = models.CharField(max_length=4, choices=Backend, default=Backend.GA4)
    connection = models.ForeignKey(
        "tokens.GoogleConnection", null=True, on_delete=models.PROTECT, related_name="requests"
    )
    authorization = models.ForeignKey(
        "tokens.OAuthFlow", null=True, on_delete=models.SET_NULL, related_name="requests"
    )

    account_name = models.CharField(max_length=100)
    property_name = models.CharField(max_length=100)
    stream_name = models.CharField(max_length=255)
    website_url = models.CharField("website", max_length=500)
    search_text = SearchTextField(sources=("account_name", "property_name", "website_url"))
    time_zone = models.CharField(max_length=64)
    region_code = models.CharField("region", max_length=2)
    # Options: empty means that nothing of the kind is set up.
    event_retention = models.CharField(
        max_length=20, choices=Retention, blank=True, db_default="", default=""
    )
    access_email = AddressField(blank=True, db_default="", default="")
    access_role = models.CharField(
        max_length=10, choices=AccessRole, blank=True, db_default="", default=""
    )

    read_through = models.EmailField(
        blank=True,
        db_default="",
        default="",
        help_text="The service account that an existing account was found through.",
    )
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    failure = models.CharField(max_length=20, choices=FailureReason, blank=True)
    problem = models.CharField(
        max_length=300, blank=True, help_text="The last thing that went wrong, as a sentence."
    )
    candidates = models.JSONField(
        default=list,
        help_text="Accounts of which a person has to say which one it is: id, name, time.",
    )
    chosen_account_id = models.CharField(
        max_length=20,
        blank=True,
        help_text="What a person chose of them; verified like any report.",
    )
    due_at = models.DateTimeField(null=True, db_index=True)
    fencing_token = models.PositiveBigIntegerField(default=0)
    version = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="Counts its moves. Forms carry it, so that an old page changes nothing.",
    )
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
            models.Index(
                fields=("tenant", "status", "-updated_at", "-id"),
                name="requests_by_state_and_change",
            ),
            models.Index(
                fields=("tenant", "-updated_at", "-id"),
                condition=models.Q(status__in=sorted(NEEDS_A_PERSON)),
                name="requests_needing_a_person",
            ),
            models.Index(fields=("tenant", "-updated_at", "-id"), name="requests_by_change_and_id"),
            models.Index(fields=("tenant", "-created_at", "-id"), name="requests_by_age"),
            models.Index(fields=("tenant", "account_name", "id"), name="requests_by_name"),
            models.Index(fields=("tenant", "website_url"), name="requests_by_website"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("tenant", "submission"), name="one_request_per_form"),
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="known_request_status"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=("draft", "authorizing", "cancelled"))
                | models.Q(connection__isnull=False)
                | models.Q(status="completed") & ~models.Q(read_through=""),
                name="worked_request_has_connection",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The request's page, inside its tenant."""
        return reverse("request", args=[self.tenant.slug, self.pk])

    @property
    def title(self) -> str:
        """What people know it by; a draft may not have a name yet."""
        return self.account_name or self.host or "New Analytics account"

    @property
    def display(self) -> StatusDisplay:
        """How this request's state is shown."""
        status, legacy = Status(self.status), self.backend == Backend.V3
        made = self.provisioned
        if made is None:
            return display_of(status, legacy=legacy, failure=self.failure)
        return display_with_account(status, legacy=legacy, picked=made.existing)

    @property
    def word(self) -> str:
        """The name of this request's state, as its pill says it."""
        return self.display.label or self.get_status_display()

    @property
    def host(self) -> str:
        """The website without its scheme, as people say it."""
        return host_shown(self.website_url)

    @property
    def provisioned(self) -> "ProvisionedAccount | None":
        """The verified result, once there is one."""
        return getattr(self, "account", None)

    @property
    def to_choose(self) -> list[Candidate]:
        """The accounts to choose from, oldest first as Google lists them."""
        return [
            Candidate(
                found["account_id"],
                found["name"],
                datetime.fromisoformat(found["created_at"]) if found["created_at"] else None,
            )
            for found in self.candidates
        ]

    def current_ticket(self) -> "AccountTicket | None":
        """The newest ticket, whatever became of it."""
        return self.tickets.order_by("-created_at").first()
