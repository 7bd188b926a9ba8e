"""Attempts, the tickets they obtained and what came back for them."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.tenancy.scope import TenantManager, TenantModel
from provisioning.requests.candidates import TicketFacts
from provisioning.requests.certainty import TicketRecord
from provisioning.requests.tos import NOTHING_CREATED, Outcome

if TYPE_CHECKING:
    from provisioning.requests.models.request import ProvisioningRequest


class AttemptResult(models.TextChoices):
    """How an attempt ended."""

    RUNNING = "running", "Running"
    ACCEPTED = "accepted", "Terms accepted"
    USER_CANCEL = "user_cancel", "Terms declined"
    MAX_ACCOUNTS_REACHED = "max_accounts_reached", "Account limit reached"
    BACKEND_ERROR = "backend_error", "Google's back end failed"
    NO_RETURN = "no_return", "Nobody came back"
    ERROR = "error", "The ticket could not be obtained"
    CANCELLED = "cancelled", "Cancelled"


# What Google's terms page can answer, whatever the answer is.
ANSWERED = (
    AttemptResult.ACCEPTED,
    AttemptResult.USER_CANCEL,
    AttemptResult.MAX_ACCOUNTS_REACHED,
    AttemptResult.BACKEND_ERROR,
)


class ProvisioningAttempt(TenantModel):
    """One try at a request, from asking for a ticket to the answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        "provisioning.ProvisioningRequest",
        on_delete=models.CASCADE,
        related_name="attempts",
        db_index=False,
    )
    number = models.PositiveSmallIntegerField()
    result = models.CharField(max_length=20, choices=AttemptResult, default=AttemptResult.RUNNING)
    error_kind = models.CharField(max_length=30, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    retry_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[TenantManager["ProvisioningAttempt"]] = TenantManager()

    class Meta:
        verbose_name = "attempt"
        ordering = ("number",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("request", "number"), name="attempts_are_numbered")
        ]

    def __str__(self) -> str:
        return f"attempt {self.number}"


class TicketStatus(models.TextChoices):
    """What may still be done with a ticket."""

    OPEN = "open", "Waiting for an answer"
    ANSWERED = "answered", "Answered"
    CLOSED = "closed", "Closed without an answer"
    DISOWNED = "disowned", "Set aside for a new ticket"


class AccountTicket(TenantModel):
    """A ticket that Google issued: who accepts the terms with it creates the account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        "provisioning.ProvisioningRequest", on_delete=models.CASCADE, related_name="tickets"
    )
    attempt = models.OneToOneField(
        ProvisioningAttempt, on_delete=models.CASCADE, related_name="ticket"
    )
    connection = models.ForeignKey(
        "tokens.GoogleConnection",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The Google account that the ticket is bound to.",
        db_index=False,
    )
    ticket_id = models.CharField("Google's ticket id", max_length=255, unique=True)
    account_name = models.CharField(
        max_length=100,
        blank=True,
        db_default="",
        default="",
        help_text="The name that the account was to get; the request's may change afterwards.",
    )
    redirect_uri = models.CharField(max_length=500)
    accounts_before = models.JSONField(
        default=list,
        help_text="Account ids that it did not make: the Google account could see them before, "
        "or a person ruled them out.",
    )
    status = models.CharField(max_length=10, choices=TicketStatus, default=TicketStatus.OPEN)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    opened_session = models.CharField(max_length=64, blank=True)
    opened_at = models.DateTimeField(null=True, help_text="When its terms were first opened.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    made_account_id = models.CharField(
        max_length=20, blank=True, db_default="", default="", help_text="The account it made."
    )
    look_at = models.DateTimeField(
        null=True,
        help_text="When the portal looks at Google next for what it may have made; "
        "empty when nothing is expected of it.",
    )
    looks = models.PositiveSmallIntegerField(default=0, db_default=0)
    looked_at = models.DateTimeField(null=True, help_text="The last look that Google answered.")

    objects: ClassVar[TenantManager["AccountTicket"]] = TenantManager()

    class Meta:
        ordering = ("-created_at",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("connection", "-created_at"), name="tickets_by_connection"),
            models.Index(
                fields=("look_at",),
                condition=models.Q(look_at__isnull=False),
                name="tickets_to_look_for",
            ),
        ]

    def __str__(self) -> str:
        return f"ticket {self.ticket_id[:14]}…"

    @property
    def is_open(self) -> bool:
        """Whether the terms can still be accepted with it."""
        return self.status == TicketStatus.OPEN and self.expires_at > timezone.now()

    @property
    def facts(self) -> TicketFacts:
        """What is known of it, for weighing. Reads its outcomes and its request."""
        outcomes = list(self.outcomes.all())
        counted = next((one for one in outcomes if one.counted), None)
        accepted = [one for one in outcomes if one.kind == Outcome.ACCEPTED]
        believed = counted if counted in accepted else None
        refused = counted is not None and counted.kind in NOTHING_CREATED
        return TicketFacts(
            name=self.account_name or self.request.account_name,
            issued_at=self.created_at,
            expires_at=self.expires_at,
            not_made=frozenset(self.accounts_before),
            opened_at=self.opened_at,
            named=believed.reported_account_id if believed else "",
            named_at=believed.received_at if believed else None,
            hinted=frozenset(
                one.reported_account_id for one in accepted if one.reported_account_id
            ),
            refused=refused and not accepted,
            made=self.made_account_id,
        )

    @property
    def record(self) -> TicketRecord:
        """What the portal has seen of it, to say what is known. Reads its outcomes."""
        kinds = {one.kind for one in self.outcomes.all()}
        return TicketRecord(
            opened=self.opened_at is not None,
            expires_at=self.expires_at,
            refused=bool(kinds) and kinds <= NOTHING_CREATED,
            told=bool(kinds - NOTHING_CREATED),
            looked_at=self.looked_at,
            looks_on=self.look_at is not None,
            settled=bool(self.made_account_id),
        )


class TosOutcome(TenantModel):
    """One return from Google's terms page: a report, kept whether it counted or not."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(AccountTicket, on_delete=models.CASCADE, related_name="outcomes")
    kind = models.CharField(max_length=20, choices=[(o.value, o.value) for o in Outcome])
    reported_account_id = models.CharField(max_length=20, blank=True)
    # Only v3 brings these back.
    reported_property_id = models.CharField(max_length=30, blank=True, db_default="")
    reported_view_id = models.CharField(max_length=20, blank=True, db_default="")
    counted = models.BooleanField(help_text="The first answer to a ticket counts.")
    ignored_because = models.CharField(max_length=100, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    received_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[TenantManager["TosOutcome"]] = TenantManager()

    class Meta:
        verbose_name = "terms outcome"
        ordering = ("received_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("ticket",), condition=models.Q(counted=True), name="first_answer_counts"
            ),
            models.UniqueConstraint(
                fields=("ticket", "kind", "reported_account_id"),
                condition=models.Q(counted=False),
                name="ignored_answers_kept_once",
            ),
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def request(self) -> "ProvisioningRequest":
        """The request that this is an answer for."""
        return self.ticket.request
